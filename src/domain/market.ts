/** What can be had where: the allowed flavors of each cloud, what stands against them now, and the headroom as it is used up. */
import { RESOURCES, timesIn, UNLIMITED, type Amounts } from './amounts.ts';
import { barrierOf, takesOf } from './barriers.ts';
import { Places, type Standing } from './places.ts';
import {
  kindOf,
  placeOf,
  type Demand,
  type PlanCloud,
  type PlanFlavor,
  type PlanInput,
  type PlanNode,
} from './plan-types.ts';
import { capacityOf, costOf, fits } from './shapes.ts';
import type { Shape } from './snapshots.ts';

/** One flavor on one cloud. */
export interface Offer {
  /** Its place among the offers of the market. */
  number: number;
  /** Index of the cloud in the pool's order. */
  cloud: number;
  cloudName: string;
  flavor: PlanFlavor;
  /** What a node of it gives to jobs. */
  capacity: Shape;
  /** In cores. */
  cost: number;
  /** What a node of it takes from quota and own limits. */
  takes: Amounts;
}

interface Stall {
  cloud: PlanCloud;
  /** What this pool may still take here. */
  left: Amounts;
  groupRoom: number;
  standing: Map<string, Standing>;
}

export class Market {
  /** All that the pool allows and that nothing bars for good, whatever stands against it now; in the user's order. */
  readonly offers: readonly Offer[];
  readonly #stalls: readonly Stall[];
  readonly #places: ReadonlyMap<Offer, Places>;
  readonly #suitable = new WeakMap<Shape, Offer[]>();
  readonly #lists = new Map<string, Offer[]>();

  /** `budgets`: what the pool may take of each cloud, by name, where that is less than its headroom (other pools want some, too). */
  constructor(
    input: Pick<PlanInput, 'clouds' | 'nodes' | 'now'>,
    budgets: ReadonlyMap<string, Amounts> = new Map<string, Amounts>(),
  ) {
    const standing = standingNodes(input.nodes);
    this.#stalls = input.clouds.map((cloud) => ({
      cloud,
      left: { ...(budgets.get(cloud.name) ?? cloud.headroom) },
      groupRoom: cloud.groupRoom,
      standing: standing.get(cloud.name) ?? new Map<string, Standing>(),
    }));
    this.offers = input.clouds.flatMap(offersOf).map((offer, number) => ({ ...offer, number }));
    this.#places = new Map(this.offers.map((offer) => [offer, this.#placesOf(offer, input.now)]));
  }

  /** A market of the same offers where nothing stands against any of them: what would be wanted. */
  static unlimited(input: Pick<PlanInput, 'clouds' | 'now'>): Market {
    const free = { unavailable: undefined, headroom: UNLIMITED, groupRoom: Infinity, rests: new Map<string, never>() };
    return new Market({ now: input.now, nodes: [], clouds: input.clouds.map((cloud) => ({ ...cloud, ...free })) });
  }

  /**
   * The offers into which one such job fits. GPU machines are for GPU jobs, and kinds of node that have refused these jobs are passed
   * over, unless the pool allows nothing else that fits and can be had.
   */
  suitable(shape: Shape & Pick<Demand, 'avoid'>): Offer[] {
    const known = this.#suitable.get(shape) ?? this.#suitableFor(shape);
    this.#suitable.set(shape, known);
    return known;
  }

  /** One list for all shapes that are offered the same: who is asked again and again need not compare them. */
  #suitableFor(shape: Shape & Pick<Demand, 'avoid'>): Offer[] {
    const found = this.#allowed(shape);
    const key = String.fromCharCode(...found.map(({ number }) => number));
    const known = this.#lists.get(key) ?? found;
    this.#lists.set(key, known);
    return known;
  }

  #allowed(shape: Shape & Pick<Demand, 'avoid'>): Offer[] {
    const fitting = this.offers.filter((offer) => fits(shape, offer.capacity));
    const plain = fitting.filter((offer) => offer.capacity.gpus === 0);
    const allowed = shape.gpus === 0 && plain.length > 0 ? plain : fitting;
    const { avoid } = shape;
    if (!avoid || avoid.length === 0) return allowed;
    const untried = allowed.filter((o) => !avoid.includes(kindOf({ flavor: o.flavor.name, cloud: o.cloudName })));
    // evidence is no verdict: what has refused them is tried again where nothing else can be had
    return untried.some((offer) => this.available(offer) > 0) ? untried : allowed;
  }

  /** How many of it can be had now; Infinity where nothing limits them. */
  available(offer: Offer): number {
    const stall = this.#stalls[offer.cloud];
    if (!stall || stall.cloud.unavailable !== undefined) return 0;
    return Math.min(timesIn(stall.left, offer.takes), stall.groupRoom, this.#places.get(offer)?.left ?? 0);
  }

  take(offer: Offer, times = 1): void {
    this.#book(offer, times);
    this.#places.get(offer)?.take(times);
  }

  release(offer: Offer, times = 1): void {
    this.#book(offer, -times);
    this.#places.get(offer)?.release(times);
  }

  /** The availability zones of the nodes taken of an offer. */
  zonesOf(offer: Offer): (string | undefined)[] {
    return this.#places.get(offer)?.zones() ?? [];
  }

  /** What is left of a cloud for this pool. */
  leftIn(cloud: number): Amounts {
    return this.#stalls[cloud]?.left ?? UNLIMITED;
  }

  groupRoomIn(cloud: number): number {
    return this.#stalls[cloud]?.groupRoom ?? Infinity;
  }

  #placesOf(offer: Offer, now: number): Places {
    const stall = this.#stalls[offer.cloud];
    if (!stall) throw new RangeError(`no cloud ${offer.cloud}`);
    return new Places(stall.cloud, offer.flavor.name, stall.standing, now);
  }

  #book(offer: Offer, times: number): void {
    const stall = this.#stalls[offer.cloud];
    if (!stall) return;
    for (const resource of RESOURCES) stall.left[resource] -= times * offer.takes[resource];
    stall.groupRoom -= times;
  }
}

function offersOf(cloud: PlanCloud, index: number): Omit<Offer, 'number'>[] {
  return cloud.flavors
    .filter((flavor) => barrierOf(cloud, flavor) === undefined)
    .map((flavor) => ({
      cloud: index,
      cloudName: cloud.name,
      flavor,
      capacity: capacityOf(flavor),
      cost: costOf(flavor),
      takes: takesOf(cloud, flavor),
    }));
}

/** Nodes by cloud and place. */
function standingNodes(nodes: readonly PlanNode[]): Map<string, Map<string, Standing>> {
  const clouds = new Map<string, Map<string, Standing>>();
  for (const { cloud, zone, flavor, state } of nodes) {
    const places = clouds.get(cloud) ?? new Map<string, Standing>();
    clouds.set(cloud, places);
    const place = placeOf(zone, flavor);
    const { nodes: before, starting } = places.get(place) ?? { nodes: 0, starting: 0 };
    places.set(place, { nodes: before + 1, starting: starting + (state === 'Starting' ? 1 : 0) });
  }
  return clouds;
}
