/** Sizing for the most that can be served: jobs are worth what they weigh, and machines have other prices than what they cost. */
import type { CloudChooser } from '../allocation.ts';
import type { Returning } from './consolidate.ts';
import { sizeNodes, type Choice, type Sizing, type Source } from './sizing.ts';
import { weightOf, type Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** What a machine counts: the share that it takes of what is left, one place, or what it takes of the quota. */
export type Price = 'share' | 'place' | 'cost';

/** So much of the cost is part of each price: of equals the cheaper is taken. */
const LITTLE = 1e-6;

export interface PricedOptions<C extends Choice> {
  shapes: readonly Shape[];
  counts: Counts;
  source: Returning<C>;
  chooser: CloudChooser;
  room: number;
  price: Price;
  /** The group that machines are made for before all others. */
  first: number;
  /** Machines that cannot be had, though jobs may be meant for them. */
  isGone: (offer: C) => boolean;
}

export function sizeByPrice<C extends Choice>(options: PricedOptions<C>): Sizing<C> {
  const { shapes, counts, chooser, room, first } = options;
  const source = new Priced(options);
  const worth = shapes.map(weightOf);
  const { nodes, rest } = sizeNodes({ shapes, counts, chooser, room, first, source, nodeCost: 0, worth });
  return { nodes: nodes.map(({ offer, contents }) => ({ offer: offer.offer, contents })), rest };
}

interface PricedChoice<C> extends Choice {
  offer: C;
}

class Priced<C extends Choice> implements Source<PricedChoice<C>> {
  readonly #options: PricedOptions<C>;
  readonly #choices = new Map<C, PricedChoice<C>>();

  constructor(options: PricedOptions<C>) {
    this.#options = options;
  }

  suitable(shape: Shape): PricedChoice<C>[] {
    const suitable: PricedChoice<C>[] = [];
    for (const offer of this.#options.source.suitable(shape)) {
      let choice = this.#choices.get(offer);
      if (!choice) this.#choices.set(offer, (choice = this.#priced(offer)));
      // what cannot be had at all would only be looked at
      if (choice.cost < Infinity) suitable.push(choice);
    }
    return suitable;
  }

  available({ offer }: PricedChoice<C>): number {
    return this.#options.source.available(offer);
  }

  take({ offer }: PricedChoice<C>, times: number): void {
    this.#options.source.take(offer, times);
  }

  #priced(offer: C): PricedChoice<C> {
    return { cloud: offer.cloud, capacity: offer.capacity, cost: this.#costOf(offer), offer };
  }

  #costOf(offer: C): number {
    const { source, room, price, isGone } = this.#options;
    const available = isGone(offer) ? 0 : Math.min(room, source.available(offer));
    if (available === 0) return Infinity;
    if (price === 'cost') return offer.cost;
    return (price === 'share' ? 1 / available : 1) + LITTLE * offer.cost;
  }
}
