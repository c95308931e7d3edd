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
    served.reduce((sum, group) => sum + (states.includes(group.state) ? Math.max(0, group.count) : 0), 0);
  return {
    demand: mergeShapes(served.filter((group) => group.state === 'Idle')),
    running: countOf(RUNNING),
    held: countOf(['Held']),
    idle: countOf(['Idle']),
  };
}

/** Idle jobs that no pool serves: they name one that does not exist, or none where no pool is the default. */
export function unmatchedJobs(jobs: readonly JobGroup[], pools: readonly PoolName[]): number {
  return jobs
    .filter((group) => group.state === 'Idle' && poolOf(group, pools) === undefined)
    .reduce((sum, group) => sum + Math.max(0, group.count), 0);
}

/** Groups of equal shape as one, without empty ones, larger first. */
export function mergeShapes(groups: readonly (Shape & { count: number })[]): Demand[] {
  const merged = new Map<string, Demand>();
  for (const group of groups) {
    if (group.count <= 0) continue;
    const shape = asRequested(group);
    const key = `${shape.cpus}/${shape.memory}/${shape.disk}/${shape.gpus}`;
    const found = merged.get(key);
    if (found) found.count += group.count;
    else merged.set(key, { ...shape, count: group.count });
  }
  return [...merged.values()].sort(compareLargerFirst);
}

/**
 * HTCondor rounds RequestCpus up to whole cores when it carves a dynamic slot (MODIFY_REQUEST_EXPR_REQUESTCPUS),
 * and a slot has one at least; negative requests are nonsense that a submit file can contain.
 */
function asRequested(group: Shape): Shape {
  return {
    cpus: Math.max(1, Math.ceil(group.cpus)),
    memory: Math.max(0, group.memory),
    disk: Math.max(0, group.disk),
    gpus: Math.max(0, Math.ceil(group.gpus)),
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
