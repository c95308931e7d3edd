/**
 * The least cost of machines for a queue, by integer programming: which patterns (a flavor and what one node of it holds) are
 * made how often. Column generation gives a proven lower bound; then every pattern that an answer better than the known one
 * could contain goes into one integer program, so that its optimum is the optimum of all.
 */
import loadHighs, { type LegacyHighs } from 'highs';
import type { Demand } from '../../src/domain/plan-types.ts';
import { capacityOf, costOf, fits, minus, timesFit } from '../../src/domain/shapes.ts';
import type { Flavor, Shape } from '../../src/domain/snapshots.ts';

type SizedFlavor = Flavor & { yields: Shape };

export interface Exact {
  /** The optimum when it was proved, else a proven lower bound of it. */
  cost: number;
  proven: boolean;
}

interface Pattern {
  cost: number;
  contents: number[];
}

/** One flavor as the solver sees it. */
interface Kind {
  cost: number;
  capacity: Shape;
  /** Whether a node of it may be made for such a job; others may fill it up. */
  madeFor: boolean[];
}

/** Patterns and seconds that one integer program may take. */
const MOST_PATTERNS = 4000;
const MOST_SECONDS = 10;
/** Combinations that are looked at for one list of patterns. */
const MOST_STEPS = 2_000_000;
const EPSILON = 1e-6;
/** Costs are cores plus memory in MiB / 4096, so all are multiples of this. */
const COST_UNIT = 1 / 4096;

export class ExactSolver {
  readonly #highs: LegacyHighs;

  private constructor(highs: LegacyHighs) {
    this.#highs = highs;
  }

  static async load(): Promise<ExactSolver> {
    // its types are those of a CommonJS module, what is imported is an ES module
    const load = loadHighs as unknown as typeof loadHighs.default;
    return new ExactSolver(await load());
  }

  solve(demand: readonly Demand[], flavors: readonly SizedFlavor[]): Exact {
    const kinds = kindsOf(demand, flavors);
    const patterns = startOf(demand, kinds);
    const { bound, prices } = this.#generate(demand, kinds, patterns);
    const floor = roundedUp(bound, kinds);
    const known = this.#integer(demand, patterns);
    if (known <= floor + EPSILON) return { cost: known, proven: true };
    // a pattern whose reduced cost exceeds the gap is in no answer that is better than the known one
    const all = patternsWithin(demand, kinds, prices, known - bound);
    if (!all) return { cost: floor, proven: false };
    const best = Math.min(known, this.#integer(demand, all));
    return best < Infinity ? { cost: best, proven: true } : { cost: floor, proven: false };
  }

  /** Adds patterns until none can make the linear program cheaper. */
  #generate(
    demand: readonly Demand[],
    kinds: readonly Kind[],
    patterns: Pattern[],
  ): { bound: number; prices: number[] } {
    for (;;) {
      const { bound, prices } = this.#linear(demand, patterns);
      const better = kinds.flatMap((kind) => {
        const found = dearest(demand, kind, prices);
        return found.worth > kind.cost + EPSILON ? [{ cost: kind.cost, contents: found.contents }] : [];
      });
      if (better.length === 0) return { bound, prices };
      patterns.push(...better);
    }
  }

  #linear(demand: readonly Demand[], patterns: readonly Pattern[]): { bound: number; prices: number[] } {
    const result = this.#highs.solve(program(demand, patterns, false), { output_flag: false });
    if (result.Status !== 'Optimal') throw new Error(`the linear program ended with ${result.Status}`);
    const duals = new Map(result.Rows.flatMap((row) => ('Dual' in row ? [[row.Name, row.Dual]] : [])));
    const prices = demand.map((_, i) => Math.max(0, duals.get(`c${i}`) ?? 0));
    return { bound: result.ObjectiveValue, prices };
  }

  /** The cost is Infinity when the time was too short for a proof. */
  #integer(demand: readonly Demand[], patterns: readonly Pattern[]): number {
    const options = { output_flag: false, time_limit: MOST_SECONDS, mip_rel_gap: 0, mip_abs_gap: COST_UNIT / 2 };
    const result = this.#highs.solve(program(demand, patterns, true), options);
    return result.Status === 'Optimal' ? result.ObjectiveValue : Infinity;
  }
}

function kindsOf(demand: readonly Demand[], flavors: readonly SizedFlavor[]): Kind[] {
  return flavors.map((flavor) => ({
    cost: costOf(flavor),
    capacity: capacityOf(flavor),
    madeFor: demand.map((group) => mayBeMadeFor(group, flavor, flavors)),
  }));
}

/** Jobs without GPUs get a machine with some only where nothing else fits them. */
function mayBeMadeFor(group: Demand, flavor: SizedFlavor, flavors: readonly SizedFlavor[]): boolean {
  if (!fits(group, capacityOf(flavor))) return false;
  const hasPlain = flavors.some((other) => other.yields.gpus === 0 && fits(group, capacityOf(other)));
  return group.gpus > 0 || flavor.yields.gpus === 0 || !hasPlain;
}

/** Nodes filled with jobs of one group: enough for a first answer. */
function startOf(demand: readonly Demand[], kinds: readonly Kind[]): Pattern[] {
  return kinds.flatMap((kind) =>
    demand.flatMap((group, i) => {
      if (!kind.madeFor[i]) return [];
      const most = Math.min(group.count, timesFit(group, kind.capacity));
      return [{ cost: kind.cost, contents: demand.map((_, j) => (i === j ? most : 0)) }];
    }),
  );
}

/** The contents of one node that are worth most at these prices. */
function dearest(
  demand: readonly Demand[],
  kind: Kind,
  prices: readonly number[],
): { worth: number; contents: number[] } {
  let best = { worth: 0, contents: demand.map(() => 0) };
  const taken = demand.map(() => 0);
  const visit = (i: number, left: Shape, worth: number): void => {
    const group = demand[i];
    if (!group) {
      if (worth > best.worth && isMade(kind, taken)) best = { worth, contents: [...taken] };
      return;
    }
    const rest = demand.slice(i).reduce((sum, one, j) => sum + (prices[i + j] ?? 0) * mostOf(one, left), 0);
    if (worth + rest <= best.worth + EPSILON) return;
    for (let n = mostOf(group, left); n >= 0; n--) {
      taken[i] = n;
      visit(i + 1, minus(left, group, n), worth + n * (prices[i] ?? 0));
    }
    taken[i] = 0;
  };
  visit(0, kind.capacity, 0);
  return best;
}

/** All full patterns whose cost exceeds the worth of what they hold by less than `gap`; undefined when they are too many. */
function patternsWithin(
  demand: readonly Demand[],
  kinds: readonly Kind[],
  prices: readonly number[],
  gap: number,
): Pattern[] | undefined {
  const found: Pattern[] = [];
  let steps = 0;
  for (const kind of kinds) {
    const taken = demand.map(() => 0);
    const visit = (i: number, left: Shape, worth: number): void => {
      if (++steps > MOST_STEPS || found.length > MOST_PATTERNS) return;
      const group = demand[i];
      if (!group) {
        const full = demand.every((one, j) => (taken[j] ?? 0) >= one.count || !fits(one, left));
        if (full && isMade(kind, taken)) found.push({ cost: kind.cost, contents: [...taken] });
        return;
      }
      const rest = demand.slice(i).reduce((sum, one, j) => sum + (prices[i + j] ?? 0) * mostOf(one, left), 0);
      if (kind.cost - worth - rest > gap + EPSILON) return;
      for (let n = mostOf(group, left); n >= 0; n--) {
        taken[i] = n;
        visit(i + 1, minus(left, group, n), worth + n * (prices[i] ?? 0));
      }
      taken[i] = 0;
    };
    visit(0, kind.capacity, 0);
  }
  return steps > MOST_STEPS || found.length > MOST_PATTERNS ? undefined : found;
}

const mostOf = (group: Demand, left: Shape): number => Math.min(group.count, timesFit(group, left));

const isMade = (kind: Kind, contents: readonly number[]): boolean => contents.some((n, i) => n > 0 && kind.madeFor[i]);

/** The costs of all answers are multiples of what the costs of the flavors have in common. */
function roundedUp(bound: number, kinds: readonly Kind[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const unit = kinds.map((kind) => Math.round(kind.cost / COST_UNIT)).reduce(divisor) * COST_UNIT;
  return Math.ceil(bound / unit - EPSILON) * unit;
}

/** In the LP format of CPLEX. */
function program(demand: readonly Demand[], patterns: readonly Pattern[], whole: boolean): string {
  const sum = (of: (pattern: Pattern) => number): string =>
    patterns.flatMap((pattern, p) => (of(pattern) > 0 ? [`${of(pattern)} x${p}`] : [])).join(' + ');
  const cover = demand.map((group, i) => `c${i}: ${sum((pattern) => pattern.contents[i] ?? 0)} >= ${group.count}`);
  const names = patterns.map((_, p) => `x${p}`).join(' ');
  const general = whole ? ['General', names] : [];
  return ['Minimize', `cost: ${sum((pattern) => pattern.cost)}`, 'Subject To', ...cover, ...general, 'End'].join('\n');
}
