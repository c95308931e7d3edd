/** Jobs that no flavor of the pool can run on any cloud, whatever quota and load: they are no demand, and are told apart with the reason. */
import type { Offer } from './market.ts';
import type { Demand, PlanCloud, Unsatisfiable } from './plan-types.ts';
import { fits, weightOf } from './shapes.ts';
import type { Shape } from './snapshots.ts';
import { count, diskWords, memoryWords, shapeWords } from './words.ts';

const REMEDY = 'allow a larger flavor or request less';

/** `amount` without and `whole` with the name of the resource, where the amount alone does not say it. */
const RESOURCES: readonly { key: keyof Shape; amount: (n: number) => string; whole: (n: number) => string }[] = [
  { key: 'cpus', amount: String, whole: (n) => count(n, 'core') },
  { key: 'memory', amount: memoryWords, whole: (n) => `${memoryWords(n)} of memory` },
  { key: 'gpus', amount: String, whole: (n) => count(n, 'GPU') },
  { key: 'disk', amount: diskWords, whole: (n) => `${diskWords(n)} of disk` },
];

/** The demand that can be met, and what cannot. A cloud that has not been seen yet may have the right flavor: then nothing is given up. */
export function splitDemand(
  demand: readonly Demand[],
  offers: readonly Offer[],
  clouds: readonly PlanCloud[],
): { possible: Demand[]; unsatisfiable: Unsatisfiable[] } {
  const unseen = clouds.some((cloud) => cloud.unavailable !== undefined && cloud.flavors.length === 0);
  const isPossible = (group: Demand): boolean => unseen || offers.some((offer) => fits(group, offer.capacity));
  return {
    possible: demand.filter(isPossible),
    unsatisfiable: demand
      .filter((group) => !isPossible(group))
      .map((group) => ({ ...group, reason: reasonFor(group, offers, clouds) })),
  };
}

function reasonFor(shape: Shape, offers: readonly Offer[], clouds: readonly PlanCloud[]): string {
  const unknown = clouds.flatMap((cloud) => cloud.unknownFlavors.map((name) => `${name} on cloud ${cloud.name}`));
  if (offers.length === 0)
    return `there is no flavor to choose from${unknown.length > 0 ? `, unknown: ${unknown.join(', ')}` : ''}`;
  const reason = tooLarge(shape, offers) ?? withheld(shape, offers) ?? notTogether(shape, offers);
  return `${reason}: ${REMEDY}${unknown.length > 0 ? ` (unknown flavors: ${unknown.join(', ')})` : ''}`;
}

/** A resource of which even the largest flavor has too little by its own description. */
function tooLarge(shape: Shape, offers: readonly Offer[]): string | undefined {
  for (const { key, amount, whole } of RESOURCES) {
    const largest = largestBy(offers, (offer) => nominal(offer)[key]);
    const has = largest ? nominal(largest)[key] : Infinity;
    if (!largest || has >= shape[key]) continue;
    const limit = has === 0 ? 'no flavor has any' : `the largest flavor has ${amount(has)} (${nameOf(largest)})`;
    return `needs ${whole(shape[key])}, ${limit}`;
  }
  return undefined;
}

/** The flavor says enough, but its nodes give less to jobs: the system keeps a part (incident I29). */
function withheld(shape: Shape, offers: readonly Offer[]): string | undefined {
  const enough = offers.filter((offer) => fits(shape, nominal(offer)));
  const closest = largestBy(enough, (offer) => weightOf(offer.capacity));
  const short = closest && RESOURCES.find(({ key }) => closest.capacity[key] < shape[key]);
  if (!short) return undefined;
  const { key, amount, whole } = short;
  const given = `${amount(closest.capacity[key])} of their ${amount(nominal(closest)[key])} to jobs`;
  return `needs ${whole(shape[key])}, nodes of ${nameOf(closest)} give ${given}`;
}

function notTogether(shape: Shape, offers: readonly Offer[]): string {
  const largest = largestBy(offers, (offer) => weightOf(offer.capacity));
  const example = largest ? `; ${nameOf(largest)} gives ${shapeWords(finite(largest.capacity))}` : '';
  return `needs ${shapeWords(shape)} together, which no flavor has${example}`;
}

/** What the flavor says, the disk of one without its own being that of its volume. */
function nominal({ flavor, capacity }: Offer): Shape {
  return {
    cpus: flavor.cores,
    memory: flavor.memory,
    disk: flavor.disk === 0 ? capacity.disk : flavor.disk,
    gpus: flavor.gpus,
  };
}

function finite(shape: Shape): Shape {
  return { ...shape, disk: Number.isFinite(shape.disk) ? shape.disk : 0 };
}

function largestBy(offers: readonly Offer[], key: (offer: Offer) => number): Offer | undefined {
  return offers.reduce<Offer | undefined>((best, one) => (best && key(best) >= key(one) ? best : one), undefined);
}

function nameOf(offer: Offer): string {
  return `${offer.flavor.name} on cloud ${offer.cloudName}`;
}
