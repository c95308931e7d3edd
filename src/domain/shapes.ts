/** Arithmetic on what jobs ask for and machines offer. Units as in snapshots.ts: memory MiB, disk KiB. */
import type { Demand } from './plan-types.ts';
import type { Flavor, Shape } from './snapshots.ts';

/** Memory that weighs as much as one core: what general-purpose flavors give per core. */
const MEMORY_PER_CORE = 4096;
/** Cores that weigh as much as one GPU: a GPU machine must never look cheap to a job without one. */
const CORES_PER_GPU = 50;

/** How many jobs of each group; the index is that of the group. */
export type Counts = readonly number[];

export const NOTHING: Shape = { cpus: 0, memory: 0, disk: 0, gpus: 0 };

/** How often `need` fits whole into `capacity`; Infinity for a need of nothing. */
export function timesFit(need: Shape, capacity: Shape): number {
  const least = Math.min(
    timesOf(need.cpus, capacity.cpus),
    timesOf(need.memory, capacity.memory),
    timesOf(need.disk, capacity.disk),
    timesOf(need.gpus, capacity.gpus),
  );
  return Math.max(0, Math.floor(least));
}

function timesOf(wanted: number, offered: number): number {
  return wanted > 0 ? offered / wanted : Infinity;
}

export function fits(need: Shape, capacity: Shape): boolean {
  return (
    need.cpus <= capacity.cpus &&
    need.memory <= capacity.memory &&
    need.disk <= capacity.disk &&
    need.gpus <= capacity.gpus
  );
}

/** `capacity` less `times` x `need`. */
export function minus(capacity: Shape, need: Shape, times: number): Shape {
  return {
    cpus: capacity.cpus - times * need.cpus,
    memory: capacity.memory - times * need.memory,
    disk: capacity.disk - times * need.disk,
    gpus: capacity.gpus - times * need.gpus,
  };
}

/** The largest share of `capacity` that `need` takes in any one resource; Infinity when it asks for what is not there. */
export function dominantShare(need: Shape, capacity: Shape): number {
  return Math.max(
    shareOf(need.cpus, capacity.cpus),
    shareOf(need.memory, capacity.memory),
    shareOf(need.disk, capacity.disk),
    shareOf(need.gpus, capacity.gpus),
  );
}

function shareOf(wanted: number, offered: number): number {
  return wanted > 0 ? wanted / offered : 0;
}

/** What a shape weighs, in cores: the measure for larger and smaller. Disk does not count: it is rarely what a machine is bought for. */
export function weightOf(shape: Shape): number {
  return shape.cpus + shape.memory / MEMORY_PER_CORE + shape.gpus * CORES_PER_GPU;
}

/** What so many jobs of each group weigh together. */
export function weightOfJobs(counts: Counts, shapes: readonly Shape[]): number {
  let weight = 0;
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i] ?? 0;
    const shape = shapes[i];
    if (n > 0 && shape) weight += n * weightOf(shape);
  }
  return weight;
}

/** What a server of this flavor costs, in cores: what it takes from the quota, not what it yields. */
export function costOf(flavor: Flavor): number {
  return weightOf({ cpus: flavor.cores, memory: flavor.memory, disk: 0, gpus: flavor.gpus });
}

/**
 * What a node of this flavor gives to jobs. A flavor with disk 0 boots from a volume or takes the image's own size:
 * as long as nothing is known about its disk, disk limits nothing (the first node that joins shows what there is).
 */
export function capacityOf(flavor: Flavor & { yields: Shape }): Shape {
  return flavor.disk === 0 && flavor.yields.disk === 0 ? { ...flavor.yields, disk: Infinity } : flavor.yields;
}

/** What needs GPUs first (others can fill up the machines made for it), then larger first; equal only for equal shapes. */
export function compareLargerFirst(a: Shape, b: Shape): number {
  return b.gpus - a.gpus || weightOf(b) - weightOf(a) || b.disk - a.disk || b.cpus - a.cpus || b.memory - a.memory;
}

export function totalCount(groups: readonly Demand[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}
