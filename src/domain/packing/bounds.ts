/**
 * What jobs cost at least, on whatever machines. Prices per unit of each resource at which no machine costs less than all that
 * it offers: what jobs cost at such prices is a lower bound of what their machines cost (weak duality).
 */
import type { Kind } from './kinds.ts';
import type { Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** Several price vectors are tried, and the highest bound counts. */
const DIRECTIONS: readonly Shape[] = [
  { cpus: 1, memory: 0, disk: 0, gpus: 0 },
  { cpus: 0, memory: 1, disk: 0, gpus: 0 },
  { cpus: 0, memory: 0, disk: 1, gpus: 0 },
  { cpus: 0, memory: 0, disk: 0, gpus: 1 },
  { cpus: 1, memory: 1 / 1024, disk: 0, gpus: 0 },
  { cpus: 1, memory: 1 / 2048, disk: 0, gpus: 0 },
  { cpus: 1, memory: 1 / 4096, disk: 0, gpus: 0 },
  { cpus: 1, memory: 1 / 8192, disk: 0, gpus: 0 },
  { cpus: 1, memory: 1 / 4096, disk: 0, gpus: 50 },
];

export class Floor {
  /** What a job of each group costs at least, for each price vector one after the other. */
  readonly #prices: Float64Array;
  readonly #groups: number;

  constructor(shapes: readonly Shape[], kinds: readonly Kind[]) {
    const useful = DIRECTIONS.filter((direction) => shapes.some((shape) => valueAt(shape, direction) > 0));
    this.#groups = shapes.length;
    this.#prices = Float64Array.from(
      useful.flatMap((direction) => {
        const scale = Math.min(...kinds.map((kind) => kind.cost / valueAt(kind.capacity, direction)));
        return shapes.map((shape) => scale * valueAt(shape, direction));
      }),
    );
  }

  /** No set of machines that holds these jobs costs less. */
  of(counts: Counts): number {
    let highest = 0;
    for (let at = 0; at < this.#prices.length; at += this.#groups) {
      let bound = 0;
      for (let i = 0; i < this.#groups; i++) bound += (counts[i] ?? 0) * (this.#prices[at + i] ?? 0);
      if (bound > highest) highest = bound;
    }
    return highest;
  }
}

function valueAt(shape: Shape, price: Shape): number {
  return (
    partOf(shape.cpus, price.cpus) +
    partOf(shape.memory, price.memory) +
    partOf(shape.disk, price.disk) +
    partOf(shape.gpus, price.gpus)
  );
}

/** A resource without a price counts nothing, even if there is no end of it. */
function partOf(amount: number, each: number): number {
  return each > 0 ? amount * each : 0;
}
