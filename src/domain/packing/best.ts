/**
 * The sizing that serves most when there is too little of something: places, or quota. One greedy pass may serve less with more
 * of it, because it takes a larger machine where two smaller ones held more; so several ways are tried and the best is kept.
 * Served is what the jobs weigh, not how many there are: else large jobs would wait for ever.
 */
import type { CloudChooser } from '../allocation.ts';
import type { Returning } from './consolidate.ts';
import { Kinds } from './kinds.ts';
import { NODE_COST, sizeNodes, type Choice, type SizedNode, type Sizing } from './sizing.ts';
import { sizeByPrice, type Price } from './ways.ts';
import { weightOfJobs, type Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

export interface BestSizingOptions<C extends Choice> {
  shapes: readonly Shape[];
  counts: Counts;
  source: Returning<C>;
  /** Makes a chooser at the position where this plan begins: each way begins there. */
  chooser: () => CloudChooser;
  /** Most machines. */
  room: number;
}

/** Groups x machines up to which other ways are searched for: with more, one machine is no matter. */
const SMALL = 400;
/** Sizings that such a search makes at most. */
const EFFORT = 120;
/** How many of the last machines are given up to try others in their place. */
const LAST: readonly number[] = [1, 2, 3, 4, 6, 8];
const PRICES: readonly Price[] = ['share', 'place', 'cost'];
const ANY_CLOUD: CloudChooser = { choose: () => undefined };
const EPSILON = 1e-9;

/** The cheapest machines for all jobs; where not all can be served, those that serve the jobs that weigh most. Takes them from the source. */
export function sizeBest<C extends Choice>(options: BestSizingOptions<C>): Sizing<C> {
  const { shapes, source, chooser, room } = options;
  const kinds = new Kinds<C>();
  const cheap = sizeNodes({ ...options, kinds, chooser: chooser(), nodeCost: NODE_COST });
  if (room === 0 || cheap.rest.every((n) => n === 0)) return cheap;
  const search = new Search(options, cheap);
  if (cheap.nodes.length >= room) {
    // with a price on each machine they are larger: that helps when there are too few places
    const nodeCost = 2 * Math.max(...source.offers.map((offer) => offer.cost));
    search.compare(() => sizeNodes({ ...options, kinds, chooser: chooser(), nodeCost }));
  }
  if (cheap.nodes.length * shapes.length <= SMALL) {
    search.tryPrices();
    search.improve();
  }
  return search.best;
}

/** Keeps the best sizing that was found, and that one booked. */
class Search<C extends Choice> {
  best: Sizing<C>;
  readonly #options: BestSizingOptions<C>;
  #effort = EFFORT;

  constructor(options: BestSizingOptions<C>, first: Sizing<C>) {
    this.#options = options;
    this.best = first;
  }

  /** Whether this way is better than the best. The `given` machines of the best are given up for it, the others are part of both. */
  compare(
    size: () => Sizing<C>,
    given: readonly SizedNode<C>[] = this.best.nodes,
    kept: readonly SizedNode<C>[] = [],
  ): boolean {
    this.#effort -= 1;
    const { source } = this.#options;
    for (const [offer, n] of countsOf(given)) source.release(offer, n);
    const { nodes, rest } = size();
    const other = { nodes: [...kept, ...nodes], rest };
    if (this.#isBetter(other)) {
      this.best = other;
      return true;
    }
    for (const [offer, n] of countsOf(nodes)) source.release(offer, n);
    for (const [offer, n] of countsOf(given)) source.take(offer, n);
    return false;
  }

  /** By each price, with each group first, with each size of machine as the largest. */
  tryPrices(): void {
    const options = this.#options;
    const costs = [...new Set(options.source.offers.map((offer) => offer.cost))].sort((a, b) => b - a);
    for (const most of costs)
      for (const first of waitingIn(options.counts))
        for (const price of PRICES) {
          if (this.#effort <= EFFORT / 2) return;
          const isGone = (offer: C): boolean => offer.cost > most;
          this.compare(() => sizeByPrice({ ...options, chooser: options.chooser(), price, first, isGone }));
        }
  }

  /** Gives up some machines and takes others in their place, as long as that serves more. */
  improve(): void {
    while (this.#effort > 0) {
      const byLast = LAST.some((last) => this.#replace((_, at) => at >= this.best.nodes.length - last));
      if (byLast) continue;
      const offers = [...new Set(this.best.nodes.map(({ offer }) => offer))];
      if (!offers.some((offer) => this.#replaceSome(offer))) return;
    }
  }

  /** One, two or all of one kind. */
  #replaceSome(offer: C): boolean {
    const all = this.best.nodes.filter((node) => node.offer === offer);
    return [1, 2, all.length].some((n) => {
      const given = new Set(all.slice(-n));
      return this.#replace((node) => given.has(node));
    });
  }

  /** Others of any cloud in the place of these, or of any but one of their sizes, with each group first. */
  #replace(isGiven: (node: SizedNode<C>, at: number) => boolean): boolean {
    const { nodes, rest } = this.best;
    const given = nodes.filter(isGiven);
    const kept = nodes.filter((node, at) => !isGiven(node, at));
    const counts = rest.map((n, i) => given.reduce((sum, node) => sum + (node.contents[i] ?? 0), n));
    const part = { ...this.#options, counts, chooser: ANY_CLOUD, room: this.#options.room - kept.length };
    const sizes = [...new Set(given.map(({ offer }) => offer.capacity))];
    return [undefined, ...sizes].some((size) =>
      waitingIn(counts).some((first) => {
        if (this.#effort <= 0) return false;
        const isGone = (offer: C): boolean => offer.capacity === size;
        return this.compare(() => sizeByPrice({ ...part, price: 'share', first, isGone }), given, kept);
      }),
    );
  }

  #isBetter(other: Sizing<C>): boolean {
    const { shapes } = this.#options;
    const more = weightOfJobs(this.best.rest, shapes) - weightOfJobs(other.rest, shapes);
    if (Math.abs(more) > EPSILON) return more > 0;
    return costOfAll(other.nodes) < costOfAll(this.best.nodes) - EPSILON;
  }
}

function countsOf<C extends Choice>(nodes: readonly SizedNode<C>[]): Map<C, number> {
  const counts = new Map<C, number>();
  for (const { offer } of nodes) counts.set(offer, (counts.get(offer) ?? 0) + 1);
  return counts;
}

function waitingIn(counts: Counts): number[] {
  return counts.flatMap((n, i) => (n > 0 ? i : []));
}

function costOfAll(nodes: readonly SizedNode<Choice>[]): number {
  return nodes.reduce((sum, { offer }) => sum + offer.cost + NODE_COST, 0);
}
