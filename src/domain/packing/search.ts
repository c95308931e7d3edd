/**
 * The cheapest set of machines for a few jobs, by branch and bound over contents that leave no room for a further job.
 * Ends after a fixed effort with the best it has found, so its time is bounded and its answer always the same.
 */
import { Floor } from './bounds.ts';
import { FullContents } from './full-contents.ts';
import type { Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

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
  readonly #kinds: readonly MachineKind[];
  readonly #limits: SearchLimits;
  readonly #floor: Floor;
  readonly #contents: FullContents;
  readonly #supply: number[];
  /** Rest and supply -> the least cost at which they were reached. */
  readonly #seen = new Map<string, number>();
  readonly #chosen: Machine[] = [];
  #effort: number;
  #bound: number;
  #best: Machine[] | undefined;

  constructor(shapes: readonly Shape[], kinds: readonly MachineKind[], limits: SearchLimits) {
    this.#kinds = kinds;
    this.#limits = limits;
    this.#floor = new Floor(shapes, kinds);
    this.#contents = new FullContents(shapes);
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
    if (cost + this.#floor.of(rest) >= this.#bound - EPSILON) return;
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
    const found: { machine: Machine; waste: number }[] = [];
    for (const [kind, { capacity, cost }] of usable) {
      for (const contents of this.#contents.around(anchor, rest, capacity, MOST_CONTENTS, effort))
        found.push({ machine: { kind, contents }, waste: cost - this.#floor.of(contents) });
      this.#effort -= this.#contents.looked;
    }
    return found.sort((a, b) => a.waste - b.waste).map(({ machine }) => machine);
  }
}
