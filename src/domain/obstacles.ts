/** What stands against new nodes, in words that say what an admin can do about it. */
import { RESOURCES, type Resource } from './amounts.ts';
import type { Market, Offer } from './market.ts';
import { placeOf, type Limited, type LimitReason, type PlanCloud, type Rest } from './plan-types.ts';
import { be, count, memoryWords } from './words.ts';

/** In the order in which they are told: the first is what an admin has to change. */
const REASONS: readonly LimitReason[] = ['MaxNodes', 'Quota', 'CloudUnavailable', 'Cooldown', 'Throttled'];

/** What stands against these offers now, the weightiest reason first; undefined when one of them can be had. */
export function obstacles(
  market: Market,
  clouds: readonly PlanCloud[],
  offers: readonly Offer[],
  now: number,
): Limited | undefined {
  if (offers.some((offer) => market.available(offer) > 0)) return undefined;
  const found = clouds.flatMap((cloud, i) => {
    const here = offers.filter((offer) => offer.cloud === i);
    if (cloud.unavailable === undefined) return obstaclesOn(market, cloud, here, now);
    // a cloud that has not been seen yet has no flavors to speak of, and may have the right one
    if (here.length === 0 && cloud.flavors.length > 0) return [];
    return [{ reason: 'CloudUnavailable' as const, message: `${cloud.name}: ${cloud.unavailable}` }];
  });
  return joinLimits(found);
}

function obstaclesOn(market: Market, cloud: PlanCloud, offers: readonly Offer[], now: number): Limited[] {
  const [first] = offers;
  if (first && cloud.canary && market.groupRoomIn(first.cloud) < 1)
    return [{ reason: 'Cooldown', message: `${cloud.name}: ${cloud.canary.reason}` }];
  const found: Limited[] = [];
  const open: Offer[] = [];
  for (const offer of offers) {
    const rests = restsOf(cloud, offer.flavor.name);
    if (rests.length < Math.max(1, cloud.zones.length)) open.push(offer);
    else
      for (const rest of rests) found.push({ reason: 'Cooldown', message: `${cloud.name}: ${restWords(rest, now)}` });
  }
  // the cheapest one says best how much is missing
  const least = open.reduce<Offer | undefined>((best, one) => (best && best.cost <= one.cost ? best : one), undefined);
  if (least) found.push(...shortages(market, cloud, least));
  return found;
}

function restsOf(cloud: PlanCloud, flavor: string): Rest[] {
  if (cloud.rests.size === 0) return [];
  const zones = cloud.zones.length === 0 ? [undefined] : cloud.zones;
  return zones.flatMap((zone) => cloud.rests.get(placeOf(zone, flavor)) ?? []);
}

/** `m1.large rests: ...`; once the pause is over: `m1.large is tried with one node first: ...`. */
export function restWords({ zone, flavor, reason, until }: Rest, now: number): string {
  const place = zone === undefined ? flavor : `${flavor} in zone ${zone}`;
  return until > now ? `${place} rests: ${reason}` : `${place} is tried with one node first: ${reason}`;
}

function shortages(market: Market, cloud: PlanCloud, offer: Offer): Limited[] {
  if (market.groupRoomIn(offer.cloud) < 1)
    return [{ reason: 'Quota', message: `${cloud.name}: the server group of the pool can take no more members` }];
  const left = market.leftIn(offer.cloud);
  const short = RESOURCES.find((resource) => left[resource] < offer.takes[resource]);
  return short === undefined ? [] : [{ reason: 'Quota', message: `${cloud.name}: ${shortage(cloud, offer, short)}` }];
}

function shortage(cloud: PlanCloud, offer: Offer, resource: Resource): string {
  const words = (n: number): string => (resource === 'memory' ? memoryWords(n) : String(n));
  const usage = cloud.usage[resource];
  const left = cloud.headroom[resource];
  if (left <= 0) {
    const figures = usage ? ` (${words(usage.used)} of ${words(usage.limit)})` : '';
    return `${usage?.by ?? 'quota'} of ${resource} is used up${figures}`;
  }
  const needed = offer.takes[resource];
  const what = resource === 'memory' ? `${memoryWords(left)} of memory` : count(left, resource.slice(0, -1));
  const verb = resource === 'memory' ? 'is' : be(left);
  return left < needed
    ? `only ${what} ${verb} left, ${offer.flavor.name} needs ${words(needed)}`
    : `${what} ${verb} left, too little for all`;
}

/** Several limits as one: the weightiest reason, all messages, each once. */
export function joinLimits(limits: readonly Limited[]): Limited | undefined {
  const sorted = [...limits].sort((a, b) => REASONS.indexOf(a.reason) - REASONS.indexOf(b.reason));
  const first = sorted[0];
  if (!first) return undefined;
  return { reason: first.reason, message: [...new Set(sorted.map((limit) => limit.message))].join('; ') };
}

/** Milliseconds from `now` until the first pause ends; undefined when nothing rests. */
export function firstRestEnd(clouds: readonly PlanCloud[], now: number): number | undefined {
  const ends = clouds.flatMap(({ rests }) => [...rests.values()].map(({ until }) => until)).filter((at) => at > now);
  return ends.length === 0 ? undefined : Math.min(...ends) - now;
}
