/** What can be had where: the allowed flavors of each cloud, what stands against them now, and the headroom as it is used up. */
import { be, count, memoryWords } from './words.ts';
import type { Plan, PlanCloud } from './plan-types.ts';
import { capacityOf, costOf, fits } from './shapes.ts';
import type { Shape } from './snapshots.ts';

/** One flavor on one cloud. */
export interface Offer {
  /** Index of the cloud in the pool's order. */
  cloud: number;
  cloudName: string;
  flavor: PlanCloud['flavors'][number];
  /** What a node of it gives to jobs. */
  capacity: Shape;
  /** In cores. */
  cost: number;
}

export type Limited = NonNullable<Plan['limited']>;

/** In the order in which they are told: the first is what an admin has to change. */
const REASONS: readonly Limited['reason'][] = ['MaxNodes', 'Quota', 'CloudUnavailable', 'Cooldown', 'Throttled'];
const RESOURCES = ['instances', 'cores', 'memory'] as const;

export class Market {
  /** All that the pool allows, whatever stands against it now; in the user's order. */
  readonly offers: readonly Offer[];
  readonly #clouds: readonly PlanCloud[];
  readonly #left: { instances: number; cores: number; memory: number }[];
  readonly #now: number;

  constructor(clouds: readonly PlanCloud[], now: number) {
    this.#clouds = clouds;
    this.#now = now;
    this.#left = clouds.map((cloud) => ({ ...cloud.headroom }));
    this.offers = clouds.flatMap((cloud, i) =>
      cloud.flavors.map((flavor) => ({
        cloud: i,
        cloudName: cloud.name,
        flavor,
        capacity: capacityOf(flavor),
        cost: costOf(flavor),
      })),
    );
  }

  /** A market of the same offers where nothing stands against any of them: what would be wanted. */
  static unlimited(clouds: readonly PlanCloud[], now: number): Market {
    const headroom = { instances: Infinity, cores: Infinity, memory: Infinity };
    const free = { unavailable: undefined, headroom, cooldowns: new Map<string, never>() };
    return new Market(
      clouds.map((cloud) => ({ ...cloud, ...free })),
      now,
    );
  }

  /** The offers into which one such job fits. GPU machines are for GPU jobs, unless the pool allows nothing else that fits. */
  suitable(shape: Shape): Offer[] {
    const fitting = this.offers.filter((offer) => fits(shape, offer.capacity));
    const plain = fitting.filter((offer) => offer.capacity.gpus === 0);
    return shape.gpus === 0 && plain.length > 0 ? plain : fitting;
  }

  isAvailable(offer: Offer): boolean {
    const cloud = this.#clouds[offer.cloud];
    if (!cloud || cloud.unavailable !== undefined || this.#cooldown(offer) !== undefined) return false;
    return this.#shortOf(offer).length === 0;
  }

  take(offer: Offer): void {
    this.#book(offer, 1);
  }

  release(offer: Offer): void {
    this.#book(offer, -1);
  }

  /** What stands against these offers now, in words, the weightiest reason first; undefined when one of them can be had. */
  obstacles(offers: readonly Offer[]): Limited | undefined {
    if (offers.some((offer) => this.isAvailable(offer))) return undefined;
    const found: Limited[] = [];
    this.#clouds.forEach((cloud, i) => {
      const here = offers.filter((offer) => offer.cloud === i);
      if (cloud.unavailable !== undefined) {
        // a cloud that has not been seen yet has no flavors to speak of, and may have the right one
        if (here.length > 0 || cloud.flavors.length === 0)
          found.push({ reason: 'CloudUnavailable', message: `${cloud.name}: ${cloud.unavailable}` });
        return;
      }
      found.push(...this.#obstaclesOn(cloud, here));
    });
    return joinLimits(found);
  }

  #obstaclesOn(cloud: PlanCloud, offers: readonly Offer[]): Limited[] {
    const found: Limited[] = [];
    for (const offer of offers) {
      const cooldown = this.#cooldown(offer);
      if (cooldown)
        found.push({ reason: 'Cooldown', message: `${cloud.name}: ${offer.flavor.name} rests: ${cooldown.reason}` });
    }
    // the cheapest one says best how much is missing
    const resting = offers.filter((offer) => this.#cooldown(offer) === undefined);
    const least = [...resting].sort((a, b) => a.cost - b.cost)[0];
    const short = least && this.#shortOf(least)[0];
    if (least && short)
      found.push({ reason: 'Quota', message: `${cloud.name}: ${this.#shortage(cloud, least, short)}` });
    return found;
  }

  #shortage(cloud: PlanCloud, offer: Offer, resource: (typeof RESOURCES)[number]): string {
    const words = (n: number): string => (resource === 'memory' ? memoryWords(n) : String(n));
    const usage = cloud.usage?.[resource];
    if (cloud.headroom[resource] <= 0) {
      const figures = usage ? ` (${words(usage.used)} of ${words(usage.limit)})` : '';
      return `${usage?.by ?? 'quota'} of ${resource} is used up${figures}`;
    }
    const left = cloud.headroom[resource];
    const needed = resource === 'instances' ? 1 : offer.flavor[resource];
    const what = resource === 'memory' ? `${memoryWords(left)} of memory` : count(left, resource.slice(0, -1));
    const verb = resource === 'memory' ? 'is' : be(left);
    return left < needed
      ? `only ${what} ${verb} left, ${offer.flavor.name} needs ${words(needed)}`
      : `${what} ${verb} left, too little for all`;
  }

  #cooldown(offer: Offer): { reason: string; until: number } | undefined {
    const cooldown = this.#clouds[offer.cloud]?.cooldowns.get(offer.flavor.name);
    return cooldown && cooldown.until > this.#now ? cooldown : undefined;
  }

  /** Milliseconds from `now` until the first cooldown ends; undefined when nothing rests. */
  firstCooldownEnd(now: number): number | undefined {
    const ends = this.offers.flatMap((offer) => this.#cooldown(offer)?.until ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends) - now;
  }

  #shortOf(offer: Offer): (typeof RESOURCES)[number][] {
    const left = this.#left[offer.cloud];
    if (!left) return [...RESOURCES];
    const need = { instances: 1, cores: offer.flavor.cores, memory: offer.flavor.memory };
    return RESOURCES.filter((resource) => left[resource] < need[resource]);
  }

  #book(offer: Offer, times: number): void {
    const left = this.#left[offer.cloud];
    if (!left) return;
    left.instances -= times;
    left.cores -= times * offer.flavor.cores;
    left.memory -= times * offer.flavor.memory;
  }
}

/** Several limits as one: the weightiest reason, all messages, each once. */
export function joinLimits(limits: readonly Limited[]): Limited | undefined {
  const sorted = [...limits].sort((a, b) => REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason));
  const first = sorted[0];
  if (!first) return undefined;
  return { reason: first.reason, message: [...new Set(sorted.map((limit) => limit.message))].join('; ') };
}
