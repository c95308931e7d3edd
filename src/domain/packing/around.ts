/** The best way to fill a machine of each kind around jobs of one group. */
import { asTheyCome, Balanced, largestFirst, type Filler } from './fillers.ts';
import { contentsOf, isWaiting, Load, type Groups, type Pattern } from './groups.ts';
import type { Kind } from './kinds.ts';

/** A way to fill a machine of some kind, and what it is worth. */
export interface Filling {
  pattern: Pattern;
  contents: number[];
  worth: number;
  /** Worth for its cost; negative when the machine holds none of the group. */
  value: number;
}

/** With more groups than this the dearest filler is tried only on kinds that are best by the others. */
const FEW_GROUPS = 24;
const EPSILON = 1e-9;
const NO_KIND: Kind = { capacity: { cpus: 0, memory: 0, disk: 0, gpus: 0 }, cost: 0 };
const NOTHING_FITS: Filling = { pattern: { groups: [], counts: [] }, contents: [], worth: 0, value: -1 };

export class Around {
  readonly #groups: Groups;
  readonly #worth: Float64Array;
  readonly #kinds: readonly Kind[];
  readonly #nodeCost: number;
  readonly #load: Load;
  readonly #inOrder: Filler;
  readonly #others: readonly Filler[];
  readonly #balanced: Filler;
  readonly #known: (Filling | undefined)[] = [];
  /** Kinds for which the dearest filler was tried. */
  readonly #thorough = new Set<number>();
  #group = 0;
  #few = true;

  constructor(groups: Groups, worth: Float64Array, kinds: readonly Kind[], nodeCost: number) {
    this.#groups = groups;
    this.#worth = worth;
    this.#kinds = kinds;
    this.#nodeCost = nodeCost;
    this.#load = new Load(groups);
    this.#inOrder = asTheyCome(groups);
    this.#balanced = new Balanced(groups);
    this.#others = [
      largestFirst(groups, (shape) => shape.memory),
      largestFirst(groups, (shape) => shape.cpus),
      largestFirst(groups, (shape) => shape.disk),
    ];
  }

  /** All machines are filled around this group from now on; those before it have come to their end. */
  begin(group: number): void {
    this.#group = group;
    this.#known.length = 0;
    this.#thorough.clear();
    for (const filler of [this.#inOrder, this.#balanced, ...this.#others]) filler.compact();
    this.#few = this.#groups.rest.reduce((sum, n) => (n > 0 ? sum + 1 : sum), 0) <= FEW_GROUPS;
  }

  /** What was found for this kind, whether so many jobs still wait or not: with fewer jobs nothing better is to be expected. */
  known(kind: number): Filling {
    return this.#known[kind] ?? (this.#known[kind] = this.#few ? this.#thoroughly(kind) : this.#quickly(kind));
  }

  /** The best that the jobs that wait now can fill. */
  fresh(kind: number): Filling {
    const known = this.#known[kind];
    if (known && this.#thorough.has(kind) && isWaiting(known.pattern, this.#groups.rest)) return known;
    return (this.#known[kind] = this.#thoroughly(kind));
  }

  /** As many of the group as fit, or one, and the rest by each filler but the dearest. */
  #quickly(kind: number): Filling {
    const most = this.#open(kind, 0);
    if (most <= 0) return NOTHING_FITS;
    // with one of the group first this filler would come to the same: the group is the first that waits, but for one that was put first
    let best = this.#with(kind, most, this.#inOrder, undefined);
    for (const first of most > 1 ? [most, 1] : [1])
      for (const filler of this.#others) best = this.#with(kind, first, filler, best);
    return best ?? NOTHING_FITS;
  }

  #thoroughly(kind: number): Filling {
    this.#thorough.add(kind);
    const most = this.#open(kind, 0);
    if (most <= 0) return NOTHING_FITS;
    let best: Filling | undefined = this.#quickly(kind);
    for (const first of most > 1 ? [most, 1] : [1]) best = this.#with(kind, first, this.#balanced, best);
    return best ?? NOTHING_FITS;
  }

  /** Empties the machine but for so many jobs of the group; says how many more of them fit. */
  #open(kind: number, first: number): number {
    this.#load.empty((this.#kinds[kind] ?? NO_KIND).capacity);
    this.#load.put(this.#group, first);
    return this.#load.most(this.#group);
  }

  #with(kind: number, first: number, filler: Filler, best: Filling | undefined): Filling | undefined {
    this.#open(kind, first);
    filler.fill(this.#load);
    const worth = this.#load.worth(this.#worth);
    if (best && worth <= best.worth + EPSILON) return best;
    const pattern = this.#load.pattern();
    const cost = (this.#kinds[kind] ?? NO_KIND).cost + this.#nodeCost;
    return { pattern, contents: contentsOf(pattern, this.#worth.length), worth, value: worth / cost };
  }
}
