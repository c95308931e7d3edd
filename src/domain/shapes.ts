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
  const times = (wanted: number, offered: number): number => (wanted > 0 ? offered / wanted : Infinity);
  return Math.max(
    0,
    Math.floor(
      Math.min(
        times(need.cpus, capacity.cpus),
        times(need.memory, capacity.memory),
        times(need.disk, capacity.disk),
        times(need.gpus, capacity.gpus),
      ),
    ),
  );
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
  const share = (wanted: number, offered: number): number => (wanted > 0 ? wanted / offered : 0);
  return Math.max(
    share(need.cpus, capacity.cpus),
    share(need.memory, capacity.memory),
    share(need.disk, capacity.disk),
    share(need.gpus, capacity.gpus),
  );
}

/** What a shape weighs, in cores: the measure for larger and smaller. Disk does not count: it is rarely what a machine is bought for. */
export function weightOf(shape: Shape): number {
  return shape.cpus + shape.memory / MEMORY_PER_CORE + shape.gpus * CORES_PER_GPU;
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
