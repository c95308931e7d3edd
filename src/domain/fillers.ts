/** Ways to fill one machine with groups of equal jobs: vector packing over cpus, memory, disk and GPUs. */
import { fits, minus, timesFit, type Counts } from './shapes.ts';
import type { Shape } from './snapshots.ts';

/** Chooses what goes into one machine: as much as fits, no more than `counts`. */
export type Filler = (shapes: readonly Shape[], counts: Counts, capacity: Shape) => number[];

/** Fills with the groups in the given order, as many of each as fit: O(groups), whatever the number of jobs. */
export function inOrder(order: readonly number[]): Filler {
  return (shapes, counts, capacity) => {
    const taken = counts.map(() => 0);
    let left = capacity;
    for (const i of order) {
      const shape = shapes[i];
      const waiting = counts[i] ?? 0;
      if (!shape || waiting === 0 || shape.cpus > left.cpus) continue;
      const n = Math.min(waiting, timesFit(shape, left));
      if (n === 0) continue;
      taken[i] = n;
      left = minus(left, shape, n);
    }
    return taken;
  };
}

/**
 * Fills job by job with the one that is most alike what is left (dot product heuristic of vector bin packing):
 * memory-hungry jobs go beside those that need cores.
 */
export const balanced: Filler = (shapes, counts, capacity) => {
  const taken = counts.map(() => 0);
  let left = capacity;
  for (;;) {
    let best = -1;
    let bestScore = -1;
    shapes.forEach((shape, i) => {
      if ((taken[i] ?? 0) >= (counts[i] ?? 0) || !fits(shape, left)) return;
      const score = alignment(shape, left, capacity);
      if (score > bestScore) [best, bestScore] = [i, score];
    });
    const shape = shapes[best];
    if (!shape) return taken;
    taken[best] = (taken[best] ?? 0) + 1;
    left = minus(left, shape, 1);
  }
};

function alignment(shape: Shape, left: Shape, capacity: Shape): number {
  const part = (need: number, free: number, all: number): number =>
    all > 0 && all < Infinity ? (need / all) * (free / all) : 0;
  return (
    part(shape.cpus, left.cpus, capacity.cpus) +
    part(shape.memory, left.memory, capacity.memory) +
    part(shape.disk, left.disk, capacity.disk) +
    part(shape.gpus, left.gpus, capacity.gpus)
  );
}

/** All that are worth trying for these shapes; the groups come larger first, so the first filler is first-fit decreasing. */
export function fillersFor(shapes: readonly Shape[]): [Filler, ...Filler[]] {
  const by = (key: (shape: Shape) => number): Filler => {
    const keyed = shapes.map((shape, i) => ({ i, key: key(shape) }));
    return inOrder(keyed.sort((a, b) => b.key - a.key || a.i - b.i).map(({ i }) => i));
  };
  return [inOrder(shapes.map((_, i) => i)), balanced, by((s) => s.memory), by((s) => s.cpus), by((s) => s.disk)];
}
