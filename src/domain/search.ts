/**
 * The cheapest set of machines for a few jobs, by branch and bound over contents that leave no room for a further job.
 * Ends after a fixed effort with the best it has found, so its time is bounded and its answer always the same.
 */
import { fits, minus, timesFit, type Counts } from './shapes.ts';
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
  /** Most combinations of jobs in one machine that are looked at, over the whole search. */
  effort: number;
  /** Whether the first set that is found will do. */
  anyWillDo: boolean;
}

/** Contents that are tried for one machine at one step. */
const MOST_CONTENTS = 100;
/** Share of the effort that the choice for one machine may take: the search must get to the last machine, too. */
const SHARE_PER_MACHINE = 1 / 64;
const EPSILON = 1e-9;

/** A set of machines that holds all jobs and costs less than the bound, or undefined when none was found. */
export function cheapestMachines(
  allShapes: readonly Shape[],
  allCounts: Counts,
  kinds: readonly MachineKind[],
  limits: SearchLimits,
): Machine[] | undefined {
  // groups without jobs would only be stepped over, again and again
  const groups = [...allCounts.keys()].filter((i) => (allCounts[i] ?? 0) > 0);
  const shapes = groups.flatMap((i) => allShapes[i] ?? []);
  const counts = groups.map((i) => allCounts[i] ?? 0);
  const own = kinds.map((kind) => ({ ...kind, madeFor: groups.map((i) => kind.madeFor[i] ?? false) }));
  const found = new Search(shapes, own, limits).run(counts);
  return found?.map(({ kind, contents }) => {
    const all = allCounts.map(() => 0);
    groups.forEach((i, g) => (all[i] = contents[g] ?? 0));
    return { kind, contents: all };
  });
}

class Search {
  readonly #shapes: readonly Shape[];
  readonly #kinds: readonly MachineKind[];
  readonly #limits: SearchLimits;
  /** What a job of each group costs at least, once for each price vector. */
  readonly #prices: readonly number[][];
  readonly #supply: number[];
  /** Rest and supply -> the least cost at which they were reached. */
  readonly #seen = new Map<string, number>();
  readonly #chosen: Machine[] = [];
  #effort: number;
  #bound: number;
  #best: Machine[] | undefined;

  constructor(shapes: readonly Shape[], kinds: readonly MachineKind[], limits: SearchLimits) {
    this.#shapes = shapes;
    this.#kinds = kinds;
    this.#limits = limits;
    this.#prices = lowerPrices(shapes, kinds).map((price) => shapes.map((shape) => valueAt(shape, price)));
    this.#supply = kinds.map((kind) => kind.supply);
    this.#effort = limits.effort;
    this.#bound = limits.bound;
  }

  run(counts: Counts): Machine[] | undefined {
    this.#visit(counts, 0);
    return this.#best;
  }

  #visit(rest: Counts, cost: number): void {
    const anchor = rest.findIndex((n) => n > 0);
    if (anchor < 0) {
      this.#best = [...this.#chosen];
      this.#bound = this.#limits.anyWillDo ? -Infinity : cost;
      return;
    }
    this.#effort -= 1;
    if (cost + this.#floorOf(rest) >= this.#bound - EPSILON) return;
    const key = `${rest.join()}|${this.#supply.join()}`;
    if ((this.#seen.get(key) ?? Infinity) <= cost + EPSILON) return;
    this.#seen.set(key, cost);
    for (const machine of this.#branches(anchor, rest)) {
      if (this.#effort <= 0) return;
      const costAfter = cost + (this.#kinds[machine.kind]?.cost ?? 0);
      if (costAfter >= this.#bound - EPSILON) continue;
      this.#supply[machine.kind] = (this.#supply[machine.kind] ?? 0) - 1;
      this.#chosen.push(machine);
      const after = rest.map((n, i) => n - (machine.contents[i] ?? 0));
      this.#visit(after, costAfter);
      this.#chosen.pop();
      this.#supply[machine.kind] = (this.#supply[machine.kind] ?? 0) + 1;
    }
  }

  /** Ways to fill one machine that holds a job of group `anchor`, the least waste first. */
  #branches(anchor: number, rest: Counts): Machine[] {
    const usable = [...this.#kinds.entries()].filter(
      ([k, kind]) => kind.madeFor[anchor] && (this.#supply[k] ?? 0) >= 1,
    );
    const effort = Math.max(1, Math.floor((this.#limits.effort * SHARE_PER_MACHINE) / usable.length));
    const found = usable.flatMap(([k, { capacity, cost }]) =>
      this.#fullContents(anchor, rest, capacity, effort).map((contents) => ({
        machine: { kind: k, contents },
        waste: cost - this.#floorOf(contents),
      })),
    );
    return found.sort((a, b) => a.waste - b.waste).map(({ machine }) => machine);
  }

  /** Contents with at least one job of group `anchor` to which none of the rest can be added; the fullest of the first groups first. */
  #fullContents(anchor: number, rest: Counts, capacity: Shape, effort: number): number[][] {
    const shapes = this.#shapes;
    const found: number[][] = [];
    const taken = rest.map(() => 0);
    let looked = 0;
    const extend = (group: number, left: Shape): void => {
      if (found.length >= MOST_CONTENTS || looked++ >= effort) return;
      const shape = shapes[group];
      if (!shape) {
        if (shapes.every((one, i) => (taken[i] ?? 0) >= (rest[i] ?? 0) || !fits(one, left))) found.push([...taken]);
        return;
      }
      const most = Math.min(rest[group] ?? 0, timesFit(shape, left));
      for (let n = most; n >= (group === anchor ? 1 : 0); n--) {
        taken[group] = n;
        extend(group + 1, n === 0 ? left : minus(left, shape, n));
      }
      taken[group] = 0;
    };
    extend(anchor, capacity);
    this.#effort -= looked;
    return found;
  }

  /** No set of machines that holds these jobs costs less. */
  #floorOf(counts: Counts): number {
    let highest = 0;
    for (const prices of this.#prices) {
      let bound = 0;
      for (const [i, n] of counts.entries()) if (n > 0) bound += n * (prices[i] ?? 0);
      if (bound > highest) highest = bound;
    }
    return highest;
  }
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
