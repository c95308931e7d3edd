/** What is queued: answers of `condor_q -group-by` and `condor_q -factory`. */
import { cut } from '../base/text.ts';
import type { JobGroup, JobState, Shape } from '../domain/snapshots.ts';
import { parseAds, type Ad } from './classad.ts';

/** HTCondor manual, job ClassAd attributes, JobStatus. */
const JOB_STATES: Record<number, JobState> = {
  1: 'Idle',
  2: 'Running',
  3: 'Removed',
  4: 'Completed',
  5: 'Held',
  6: 'TransferringOutput',
  7: 'Suspended',
};

/**
 * What counts for a job that says nothing, or whose expression needs what is not known here.
 * condor_submit itself fills in JOB_DEFAULT_REQUESTCPUS (1), JOB_DEFAULT_REQUESTMEMORY (ifthenelse(MemoryUsage isnt undefined, ...)) and
 * JOB_DEFAULT_REQUESTDISK (DiskUsage); 128 MiB and 1024 KiB are the least that a startd carves out
 * (MODIFY_REQUEST_EXPR_REQUESTMEMORY = quantize(RequestMemory,{128}), ...REQUESTDISK = quantize(RequestDisk,{1024}); read with condor_config_val).
 */
export const DEFAULT_REQUEST: Shape = { cpus: 1, memory: 128, disk: 1024, gpus: 0 };

/** Throws a plain Error when the output is not what condor_q prints. */
export function parseGroups(output: string): JobGroup[] {
  return parseAds(output).map((ad) => {
    const status = ad.number('JobStatus');
    const state = status === undefined ? undefined : JOB_STATES[status];
    const count = ad.number('JobCount');
    if (state === undefined || count === undefined || !Number.isSafeInteger(count) || count < 0)
      throw new Error('a group without JobStatus or JobCount');
    return { ...shapeOf(ad), pool: poolOf(ad), state, count };
  });
}

/**
 * Jobs of clusters that materialise late (max_idle) and are not in the queue yet; they count as idle.
 * A factory that is paused (held, or out of items) will not make any: JobMaterializePaused is then not 0.
 */
export function parseFactories(output: string): JobGroup[] {
  return parseAds(output).flatMap((ad) => {
    const count = jobsIn(ad, 'JobMaterializeLimit') - jobsIn(ad, 'JobMaterializeNextProcId');
    const paused = (ad.number('JobMaterializePaused') ?? 0) !== 0;
    return count > 0 && !paused ? [{ ...shapeOf(ad), pool: poolOf(ad), state: 'Idle' as const, count }] : [];
  });
}

function jobsIn(ad: Ad, name: string): number {
  const count = Math.ceil(ad.number(name) ?? 0);
  return Number.isSafeInteger(count) ? count : 0;
}

/** Id of the oldest idle job of a shape in what `parseGroups` reads; JobIds begins with the oldest. Undefined when there is none. */
export function oldestIdle(output: string, wanted: Shape & { pool: string | undefined }): string | undefined {
  const ids = parseAds(output).flatMap((ad) => {
    const [first] = /^\d{1,9}\.\d{1,9}/.exec(ad.text('JobIds') ?? '') ?? [];
    const idle = ad.number('JobStatus') === 1;
    return first !== undefined && idle && isOf(wanted, { ...shapeOf(ad), pool: poolOf(ad) }) ? [first] : [];
  });
  return ids.sort(byAge)[0];
}

function isOf(wanted: Shape & { pool: string | undefined }, found: Shape & { pool: string | undefined }): boolean {
  return (['pool', 'cpus', 'memory', 'disk', 'gpus'] as const).every((field) => found[field] === wanted[field]);
}

function byAge(a: string, b: string): number {
  const [clusterA = 0, procA = 0] = a.split('.').map(Number);
  const [clusterB = 0, procB = 0] = b.split('.').map(Number);
  return clusterA - clusterB || procA - procB;
}

function shapeOf(ad: Ad): Shape {
  return {
    cpus: amount(ad, 'RequestCpus', DEFAULT_REQUEST.cpus, 1),
    memory: amount(ad, 'RequestMemory', DEFAULT_REQUEST.memory, 0),
    disk: amount(ad, 'RequestDisk', DEFAULT_REQUEST.disk, 0),
    gpus: amount(ad, 'RequestGPUs', DEFAULT_REQUEST.gpus, 0),
  };
}

/**
 * A request may be any number, or none: condor_submit takes -5, 1e300, real("INF") and "abc" as they come (measured). Less than nothing counts
 * as nothing, what is not a number as the default, and what is larger than anything stays finite.
 */
function amount(ad: Ad, attribute: string, missing: number, least: number): number {
  const value = ad.get(attribute);
  const asked = typeof value === 'number' && !Number.isNaN(value) ? value : missing;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(least, Math.ceil(asked)));
}

/** Characters of a pool's name that are kept; names in Kubernetes have 253 at most. */
const MOST_OF_POOL = 300;

/**
 * In lower case, since START compares pools with `==`, which knows no case.
 * A value that is no text (`+EhosPool = pool-a` without quotes is a subtraction) stays as printed: it names a pool that nobody has,
 * as on the node, where it matches none.
 */
export function poolOf(ad: Ad): string | undefined {
  const raw = ad.raw('EhosPool');
  if (raw === undefined || raw === null) return undefined;
  const name = ad.text('EhosPool') ?? (typeof raw === 'string' ? raw : JSON.stringify(raw));
  return cut(name.toLowerCase(), MOST_OF_POOL);
}
