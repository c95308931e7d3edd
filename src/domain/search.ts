/**
 * The cheapest set of machines for a few jobs, by branch and bound over contents that leave no room for a further job.
 * Ends after a fixed number of steps with the best it has found, so its time is bounded and its answer always the same.
 */
import { minus, timesFit, type Counts } from './shapes.ts';
import type { Shape } from './snapshots.ts';

export interface MachineKind {
  capacity: Shape;
  cost: number;
  /** For which groups such a machine may be made; others may fill it up. */
  madeFor: readonly boolean[];
  /** How many there are; Infinity: as many as wanted. */
  supply: number;
}

export interface Machine {
  /** Index of the kind. */
  kind: number;
  contents: number[];
}

export interface SearchLimits {
  /** What is found must cost less. */
  bound: number;
  /** Most machines that are tried, over all branches. */
  steps: number;
  /** Whether the first set that is found will do. */
  anyWillDo: boolean;
}

/** Contents that are looked at for one machine at one step. */
const MOST_CONTENTS = 400;
/** Combinations that are looked at to find them. */
const MOST_COMBINATIONS = 4000;
const EPSILON = 1e-9;

/** A set of machines that holds all jobs and costs less than the bound, or undefined when none was found. */
export function cheapestMachines(
  shapes: readonly Shape[],
  counts: Counts,
  kinds: readonly MachineKind[],
  limits: SearchLimits,
): Machine[] | undefined {
  const prices = lowerPrices(shapes, kinds);
  const seen = new Map<string, number>();
  const supply = kinds.map((kind) => kind.supply);
  const chosen: Machine[] = [];
  let { steps, bound } = limits;
  let best: Machine[] | undefined;

  const visit = (rest: Counts, cost: number): void => {
    const anchor = rest.findIndex((n) => n > 0);
    if (anchor < 0) {
      [best, bound] = [[...chosen], limits.anyWillDo ? -Infinity : cost];
      return;
    }
    if (steps-- <= 0 || cost + floorOf(rest, shapes, prices) >= bound - EPSILON) return;
    const key = `${rest.join()}|${supply.join()}`;
    if ((seen.get(key) ?? Infinity) <= cost + EPSILON) return;
    seen.set(key, cost);
    for (const { machine } of branches(anchor, rest, shapes, kinds, prices)) {
      const costAfter = cost + (kinds[machine.kind]?.cost ?? 0);
      if ((supply[machine.kind] ?? 0) < 1 || costAfter >= bound - EPSILON) continue;
      if (steps <= 0) return;
      supply[machine.kind] = (supply[machine.kind] ?? 0) - 1;
      chosen.push(machine);
      visit(
        rest.map((n, i) => n - (machine.contents[i] ?? 0)),
        costAfter,
      );
      chosen.pop();
      supply[machine.kind] = (supply[machine.kind] ?? 0) + 1;
    }
  };
  visit(counts, 0);
  return best;
}

/** Every way to fill one machine that holds a job of group `anchor`, the least waste first. */
function branches(
  anchor: number,
  rest: Counts,
  shapes: readonly Shape[],
  kinds: readonly MachineKind[],
  prices: readonly Shape[],
): { machine: Machine; waste: number }[] {
  const found = kinds.flatMap((kind, k) =>
    (kind.madeFor[anchor] ? fullContents(anchor, rest, shapes, kind.capacity) : []).map((contents) => ({
      machine: { kind: k, contents },
      waste: kind.cost - floorOf(contents, shapes, prices),
    })),
  );
  return found.sort((a, b) => a.waste - b.waste);
}

/** Contents with at least one job of group `anchor` to which none of the rest can be added. */
function fullContents(anchor: number, rest: Counts, shapes: readonly Shape[], capacity: Shape): number[][] {
  const found: number[][] = [];
  let looked = 0;
  const extend = (group: number, left: Shape, taken: number[]): void => {
    if (found.length >= MOST_CONTENTS || looked++ >= MOST_COMBINATIONS) return;
    const shape = shapes[group];
    if (!shape) {
      const full = shapes.every((s, i) => (taken[i] ?? 0) >= (rest[i] ?? 0) || timesFit(s, left) === 0);
      if (full) found.push(taken);
      return;
    }
    const most = Math.min(rest[group] ?? 0, timesFit(shape, left));
    for (let n = most; n >= (group === anchor ? 1 : 0); n--) extend(group + 1, minus(left, shape, n), [...taken, n]);
  };
  extend(
    anchor,
    capacity,
    shapes.slice(0, anchor).map(() => 0),
  );
  return found;
}

/**
 * Prices per unit of each resource at which no machine costs less than all that it offers: what jobs cost at such prices
 * is a lower bound of what their machines cost (weak duality). Several price vectors are tried and the highest bound counts.
 */
function lowerPrices(shapes: readonly Shape[], kinds: readonly MachineKind[]): Shape[] {
  const directions: Shape[] = [
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
  const useful = directions.filter((d) => shapes.some((shape) => valueAt(shape, d) > 0));
  return useful.map((direction) => {
    const scale = Math.min(...kinds.map((kind) => kind.cost / valueAt(kind.capacity, direction)));
    return {
      cpus: direction.cpus * scale,
      memory: direction.memory * scale,
      disk: direction.disk * scale,
      gpus: direction.gpus * scale,
    };
  });
}

function floorOf(counts: Counts, shapes: readonly Shape[], prices: readonly Shape[]): number {
  return prices.reduce((highest, price) => {
    const bound = counts.reduce((sum, n, i) => {
      const shape = shapes[i];
      return n > 0 && shape ? sum + n * valueAt(shape, price) : sum;
    }, 0);
    return Math.max(highest, bound);
  }, 0);
}

/** A resource without a price counts nothing, even if there is no end of it. */
function valueAt(shape: Shape, price: Shape): number {
  const part = (amount: number, each: number): number => (each > 0 ? amount * each : 0);
  return (
    part(shape.cpus, price.cpus) +
    part(shape.memory, price.memory) +
    part(shape.disk, price.disk) +
    part(shape.gpus, price.gpus)
  );
}
