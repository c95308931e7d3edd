/** Ways to fill one machine with groups of equal jobs: vector packing over cpus, memory, disk and GPUs. */
import type { Groups, Load } from './groups.ts';
import type { Shape } from '../snapshots.ts';

/** Puts into the machine as much as fits, no more than waits. */
export interface Filler {
  fill(load: Load): void;
  /** Forgets the groups of which no job waits any more: none will come back. */
  compact(): void;
}

/** With jobs so small that more than these fit, several are put in at a time. */
const FINE_STEPS = 8;

/** Fills with the groups in one order, as many of each as fit: O(groups), whatever the number of jobs. */
export class InOrder implements Filler {
  readonly #all: Groups;
  readonly #order: Int32Array;
  #length: number;
  /** The fewest cores that a job of these groups asks for: with less left nothing fits. */
  #leastCpus = 0;

  constructor(all: Groups, order: readonly number[]) {
    this.#all = all;
    this.#order = Int32Array.from(order);
    this.#length = order.length;
    this.compact();
  }

  fill(load: Load): void {
    const { cpus, memory, disk, gpus } = this.#all;
    const order = this.#order;
    const length = this.#length;
    const least = this.#leastCpus;
    for (let k = 0; k < length && load.cpus >= least; k++) {
      const group = order[k] ?? 0;
      // most groups end here: one comparison instead of four divisions
      if ((cpus[group] ?? 0) > load.cpus || (memory[group] ?? 0) > load.memory) continue;
      if ((disk[group] ?? 0) > load.disk || (gpus[group] ?? 0) > load.gpus) continue;
      load.put(group, load.most(group));
    }
  }

  /** Whether the machine has cores enough for any of the groups. */
  mayFit(machine: Shape): boolean {
    return this.#length > 0 && machine.cpus > 0 && machine.cpus >= this.#leastCpus;
  }

  compact(): void {
    const { rest, cpus } = this.#all;
    let length = 0;
    this.#leastCpus = Infinity;
    for (let k = 0; k < this.#length; k++) {
      const group = this.#order[k] ?? 0;
      if ((rest[group] ?? 0) <= 0) continue;
      this.#order[length++] = group;
      this.#leastCpus = Math.min(this.#leastCpus, cpus[group] ?? 0);
    }
    this.#length = length;
  }
}

/**
 * Fills with the jobs that are most alike what is left (dot product heuristic of vector bin packing):
 * memory-hungry jobs go beside those that need cores.
 */
export class Balanced implements Filler {
  readonly #all: Groups;
  #groups: number[];

  constructor(all: Groups) {
    this.#all = all;
    this.#groups = all.shapes.map((_, i) => i);
    this.compact();
  }

  fill(load: Load): void {
    const scale = { cpus: per(load.cpus), memory: per(load.memory), disk: per(load.disk), gpus: per(load.gpus) };
    for (;;) {
      const group = this.#mostAlike(load, scale);
      if (group < 0) return;
      load.put(group, Math.max(1, Math.floor(load.most(group) / FINE_STEPS)));
    }
  }

  compact(): void {
    this.#groups = this.#groups.filter((group) => (this.#all.rest[group] ?? 0) > 0);
  }

  #mostAlike(load: Load, scale: Shape): number {
    const { cpus, memory, disk, gpus, rest } = this.#all;
    const forCpus = weigh(load.cpus, scale.cpus);
    const forMemory = weigh(load.memory, scale.memory);
    const forDisk = weigh(load.disk, scale.disk);
    const forGpus = weigh(load.gpus, scale.gpus);
    let best = -1;
    let bestScore = -1;
    for (const group of this.#groups) {
      const c = cpus[group] ?? 0;
      const m = memory[group] ?? 0;
      const d = disk[group] ?? 0;
      const g = gpus[group] ?? 0;
      if (c > load.cpus || m > load.memory || d > load.disk || g > load.gpus) continue;
      if ((load.taken[group] ?? 0) >= (rest[group] ?? 0)) continue;
      const score = c * forCpus + m * forMemory + d * forDisk + g * forGpus;
      if (score > bestScore) [best, bestScore] = [group, score];
    }
    return best;
  }
}

/** 1 / capacity; a resource of which there is none or no end counts nothing. */
function per(capacity: number): number {
  return capacity > 0 && capacity < Infinity ? 1 / capacity : 0;
}

/** Share that is left, per unit: what a job's need is multiplied by. */
function weigh(left: number, scale: number): number {
  return scale === 0 ? 0 : left * scale * scale;
}

export type Key = (shape: Shape) => number;

/** The groups with the largest of something first. */
export function largestFirst(all: Groups, key: Key): InOrder {
  const keyed = all.shapes.map((shape, i) => ({ i, key: key(shape) }));
  keyed.sort((a, b) => b.key - a.key || a.i - b.i);
  return new InOrder(
    all,
    keyed.map(({ i }) => i),
  );
}

/** The groups as they come. They come larger first, so this is first-fit decreasing. */
export function asTheyCome(all: Groups): InOrder {
  return new InOrder(
    all,
    all.shapes.map((_, i) => i),
  );
}
