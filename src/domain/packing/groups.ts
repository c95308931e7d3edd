/** Groups of equal jobs as columns of numbers: what the inner loops of packing read. The index of a group is its place in `shapes`. */
import type { Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

export interface Groups {
  readonly shapes: readonly Shape[];
  readonly cpus: Float64Array;
  readonly memory: Float64Array;
  readonly disk: Float64Array;
  readonly gpus: Float64Array;
  /** Jobs that wait; changed as they are placed. */
  readonly rest: Float64Array;
}

export function groupsOf(shapes: readonly Shape[], counts: Counts): Groups {
  const n = shapes.length;
  const cpus = new Float64Array(n);
  const memory = new Float64Array(n);
  const disk = new Float64Array(n);
  const gpus = new Float64Array(n);
  const rest = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const shape = shapes[i];
    if (!shape) continue;
    cpus[i] = shape.cpus;
    memory[i] = shape.memory;
    disk[i] = shape.disk;
    gpus[i] = shape.gpus;
    rest[i] = counts[i] ?? 0;
  }
  return { shapes, cpus, memory, disk, gpus, rest };
}

/** What one machine holds of which groups; only groups of which it holds something are named. */
export interface Pattern {
  readonly groups: readonly number[];
  readonly counts: readonly number[];
}

/** Whether so many still wait. */
export function isWaiting({ groups, counts }: Pattern, rest: Float64Array): boolean {
  for (let k = 0; k < groups.length; k++) if ((rest[groups[k] ?? 0] ?? 0) < (counts[k] ?? 0)) return false;
  return true;
}

/** Adds `sign` x pattern to the jobs that wait. */
export function addTo(rest: Float64Array, { groups, counts }: Pattern, sign: 1 | -1): void {
  for (let k = 0; k < groups.length; k++) {
    const group = groups[k] ?? 0;
    rest[group] = (rest[group] ?? 0) + sign * (counts[k] ?? 0);
  }
}

/** The pattern with one number for each group. */
export function contentsOf({ groups, counts }: Pattern, length: number): number[] {
  const contents = new Array<number>(length).fill(0);
  for (let k = 0; k < groups.length; k++) contents[groups[k] ?? 0] = counts[k] ?? 0;
  return contents;
}

/** The machine that is being filled: what is left of it, and what it holds. One is used for all, so that nothing is allocated. */
export class Load {
  cpus = 0;
  memory = 0;
  disk = 0;
  gpus = 0;
  /** Jobs of each group. */
  readonly taken: Float64Array;
  /** The groups of which there are some, in the order in which they were put in; `size` of them. */
  readonly held: Int32Array;
  size = 0;
  readonly #all: Groups;

  constructor(groups: Groups) {
    this.#all = groups;
    this.taken = new Float64Array(groups.shapes.length);
    this.held = new Int32Array(groups.shapes.length);
  }

  empty(capacity: Shape): void {
    for (let k = 0; k < this.size; k++) this.taken[this.held[k] ?? 0] = 0;
    this.size = 0;
    this.cpus = capacity.cpus;
    this.memory = capacity.memory;
    this.disk = capacity.disk;
    this.gpus = capacity.gpus;
  }

  /** How many more of a group can be put in: no more than wait, no more than fit. */
  most(group: number): number {
    const { cpus, memory, disk, gpus, rest } = this.#all;
    let most = (rest[group] ?? 0) - (this.taken[group] ?? 0);
    most = timesIn(most, cpus[group] ?? 0, this.cpus);
    most = timesIn(most, memory[group] ?? 0, this.memory);
    most = timesIn(most, disk[group] ?? 0, this.disk);
    return Math.max(0, timesIn(most, gpus[group] ?? 0, this.gpus));
  }

  put(group: number, n: number): void {
    if (n <= 0) return;
    const { cpus, memory, disk, gpus } = this.#all;
    if (this.taken[group] === 0) this.held[this.size++] = group;
    this.taken[group] = (this.taken[group] ?? 0) + n;
    this.cpus -= n * (cpus[group] ?? 0);
    this.memory -= n * (memory[group] ?? 0);
    this.disk -= n * (disk[group] ?? 0);
    this.gpus -= n * (gpus[group] ?? 0);
  }

  worth(worth: Float64Array): number {
    let sum = 0;
    for (let k = 0; k < this.size; k++) {
      const group = this.held[k] ?? 0;
      sum += (this.taken[group] ?? 0) * (worth[group] ?? 0);
    }
    return sum;
  }

  pattern(): Pattern {
    const groups: number[] = [];
    const counts: number[] = [];
    for (let k = 0; k < this.size; k++) {
      const group = this.held[k] ?? 0;
      groups.push(group);
      counts.push(this.taken[group] ?? 0);
    }
    return { groups, counts };
  }
}

/** How often `need` fits into `left`, at most `most` times: a division only when not all fit. */
function timesIn(most: number, need: number, left: number): number {
  return most * need > left ? Math.floor(left / need) : most;
}
