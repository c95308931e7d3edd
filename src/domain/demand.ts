/** Which jobs wait for which pool. */
import type { Demand } from './plan-types.ts';
import { compareLargerFirst } from './shapes.ts';
import type { JobGroup, JobState, Shape } from './snapshots.ts';

/** What of a pool says which jobs it serves. */
export interface PoolName {
  name: string;
  /** Serves the jobs that name no pool, if it is the first such pool of the master by name. */
  default: boolean;
}

export interface PoolDemand {
  /** Idle jobs by shape, larger shapes first. */
  demand: Demand[];
  running: number;
  held: number;
  idle: number;
}

/** States in which a job occupies a slot. Transfer of output does: the slot is given back after it. */
const RUNNING: readonly JobState[] = ['Running', 'TransferringOutput', 'Suspended'];

/** The jobs of `pool`; `allPools` are all pools of the master, `pool` among them. */
export function demandOf(jobs: readonly JobGroup[], pool: PoolName, allPools: readonly PoolName[]): PoolDemand {
  const served = jobs.filter((group) => poolOf(group, allPools) === pool.name);
  const countOf = (states: readonly JobState[]): number =>
    served.reduce((sum, group) => sum + (states.includes(group.state) && group.count > 0 ? group.count : 0), 0);
  return {
    demand: mergeShapes(served.filter((group) => group.state === 'Idle')),
    running: countOf(RUNNING),
    held: countOf(['Held']),
    idle: countOf(['Idle']),
  };
}

/** Idle jobs that no pool serves, by the pool that they name: one that does not exist, or (undefined) none where no pool is the default. */
export function unmatchedJobs(
  jobs: readonly JobGroup[],
  pools: readonly PoolName[],
): { pool: string | undefined; jobs: number }[] {
  const counts = new Map<string | undefined, number>();
  for (const group of jobs)
    if (group.state === 'Idle' && group.count > 0 && poolOf(group, pools) === undefined)
      counts.set(group.pool, (counts.get(group.pool) ?? 0) + group.count);
  const all = [...counts].map(([pool, n]) => ({ pool, jobs: n }));
  return all.sort((a, b) => b.jobs - a.jobs || ((a.pool ?? '') < (b.pool ?? '') ? -1 : 1));
}

/** Groups of equal shape as one, without empty ones, larger first. */
export function mergeShapes(groups: readonly (Shape & Pick<Demand, 'count' | 'asked'>)[]): Demand[] {
  const merged = new Map<string, Demand>();
  for (const group of groups) {
    const n = wholeCount(group.count);
    if (n === 0) continue;
    const shape = asRequested(group);
    const key = `${shape.cpus}/${shape.memory}/${shape.disk}/${shape.gpus}`;
    const found = merged.get(key);
    const asked = group.asked ?? group.memory;
    const less = asked > 0 && asked < shape.memory ? asked : shape.memory;
    if (found) {
      found.count += n;
      if (found.asked !== undefined) found.asked = Math.max(found.asked, less);
    } else merged.set(key, { ...shape, count: n, ...(less < shape.memory ? { asked: less } : {}) });
  }
  return [...merged.values()].sort(compareLargerFirst);
}

/** Jobs are whole, and never more than can be counted; what is no number is none. */
function wholeCount(count: number): number {
  return count > 0 ? Math.floor(Math.min(count, MOST_JOBS)) : 0;
}

/** More jobs of one shape than this make no difference to any plan, and sums of them stay exact. */
const MOST_JOBS = 1e12;

/** What HTCondor rounds requests up to when it carves a dynamic slot (MODIFY_REQUEST_EXPR_REQUESTMEMORY, ...DISK; measured): MiB, KiB. */
const MEMORY_STEP = 128;
const DISK_STEP = 1024;

/**
 * What a job takes of a machine. Requests are rounded up as HTCondor does it, and a slot has one core at least; a submit file can
 * contain nonsense, too: what is negative or no number asks for nothing.
 */
export function asRequested({ cpus, memory, disk, gpus }: Shape): Shape {
  const upTo = (step: number, amount: number): number =>
    Number.isNaN(amount) ? 0 : Math.max(0, step * Math.ceil(amount / step));
  return {
    cpus: Math.max(1, upTo(1, cpus)),
    memory: upTo(MEMORY_STEP, memory),
    disk: upTo(DISK_STEP, disk),
    gpus: upTo(1, gpus),
  };
}

/** Name of the pool that serves these jobs. ClassAds compare strings without regard to case, so the nodes' START expression does too. */
function poolOf(group: JobGroup, pools: readonly PoolName[]): string | undefined {
  if (group.pool !== undefined) {
    const wanted = group.pool.toLowerCase();
    return pools.find((pool) => pool.name.toLowerCase() === wanted)?.name;
  }
  const defaults = pools.filter((pool) => pool.default).map((pool) => pool.name);
  return defaults.length === 0 ? undefined : defaults.reduce((first, name) => (name < first ? name : first));
}
