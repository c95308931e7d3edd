/** All ways to fill one machine so that no further job fits. */
import type { Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

export class FullContents {
  readonly #shapes: readonly Shape[];
  #rest: Counts = [];
  #taken: number[] = [];
  #found: number[][] = [];
  #anchor = 0;
  #effort = 0;
  #most = 0;
  /** Combinations that were looked at the last time. */
  looked = 0;

  constructor(shapes: readonly Shape[]) {
    this.#shapes = shapes;
  }

  /** Those with at least one job of group `anchor` and none of the groups before it, the fullest of the first groups first; `most` at most. */
  around(anchor: number, rest: Counts, capacity: Shape, most: number, effort: number): number[][] {
    this.#rest = rest;
    this.#taken = rest.map(() => 0);
    this.#found = [];
    this.#anchor = anchor;
    this.#effort = effort;
    this.#most = most;
    this.looked = 0;
    this.#extend(anchor, capacity.cpus, capacity.memory, capacity.disk, capacity.gpus);
    return this.#found;
  }

  #extend(group: number, cpus: number, memory: number, disk: number, gpus: number): void {
    if (this.#found.length >= this.#most || this.looked++ >= this.#effort) return;
    const shape = this.#shapes[group];
    if (!shape) {
      if (this.#isFull(cpus, memory, disk, gpus)) this.#found.push([...this.#taken]);
      return;
    }
    let most = this.#rest[group] ?? 0;
    if (most * shape.cpus > cpus) most = Math.floor(cpus / shape.cpus);
    if (most * shape.memory > memory) most = Math.floor(memory / shape.memory);
    if (most * shape.disk > disk) most = Math.floor(disk / shape.disk);
    if (most * shape.gpus > gpus) most = Math.floor(gpus / shape.gpus);
    const least = group === this.#anchor ? 1 : 0;
    for (let n = most; n >= least; n--) {
      this.#taken[group] = n;
      this.#extend(
        group + 1,
        cpus - n * shape.cpus,
        memory - n * shape.memory,
        disk - n * shape.disk,
        gpus - n * shape.gpus,
      );
    }
    this.#taken[group] = 0;
  }

  #isFull(cpus: number, memory: number, disk: number, gpus: number): boolean {
    for (let i = 0; i < this.#shapes.length; i++) {
      const shape = this.#shapes[i];
      if (!shape || (this.#taken[i] ?? 0) >= (this.#rest[i] ?? 0)) continue;
      if (shape.cpus <= cpus && shape.memory <= memory && shape.disk <= disk && shape.gpus <= gpus) return false;
    }
    return true;
  }
}
