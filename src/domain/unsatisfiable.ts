/**
 * Jobs that the pool can never run, whatever the load: no flavor is large enough, or those that are cannot boot the image or pass a quota,
 * a limit or maxNodes. They are no demand, and are told apart with the reason and what would have to change.
 */
import { barrierOf, type Barrier } from './barriers.ts';
import type { Demand, PlanCloud, PlanFlavor, PlanInput, Unsatisfiable } from './plan-types.ts';
import { capacityOf, fits, weightOf } from './shapes.ts';
import type { Shape } from './snapshots.ts';
import { count, diskWords, memoryWords, shapeWords } from './words.ts';

const LARGER: Pick<Unsatisfiable, 'remedy'> = { remedy: 'allow a larger flavor or request less' };

/** `amount` without and `whole` with the name of the resource, where the amount alone does not say it. */
const PARTS: readonly { key: keyof Shape; amount: (n: number) => string; whole: (n: number) => string }[] = [
  { key: 'cpus', amount: String, whole: (n) => count(n, 'core') },
  { key: 'memory', amount: memoryWords, whole: (n) => `${memoryWords(n)} of memory` },
  { key: 'gpus', amount: String, whole: (n) => count(n, 'GPU') },
  { key: 'disk', amount: diskWords, whole: (n) => `${diskWords(n)} of disk` },
];

/** A flavor of a cloud, and what bars it for ever. */
interface Candidate {
  cloud: PlanCloud;
  flavor: PlanFlavor;
  capacity: Shape;
  barred: Barrier | undefined;
}

export interface SplitDemand {
  /** What some flavor can run. */
  possible: Demand[];
  /** What a flavor may be able to run, by what it says of itself, though less than that is expected: nobody has seen a node of it yet. */
  uncertain: { group: Demand; flavors: ReadonlySet<PlanFlavor> }[];
  unsatisfiable: Unsatisfiable[];
}

/** A cloud that has not been seen yet may have the right flavor: then nothing is given up. */
export function splitDemand(demand: readonly Demand[], input: Pick<PlanInput, 'clouds' | 'pool'>): SplitDemand {
  const { clouds, pool } = input;
  const unseen = clouds.some((cloud) => cloud.unavailable !== undefined && cloud.flavors.length === 0);
  const size = Math.min(pool.maxNodes, pool.replicas ?? Infinity);
  const closed: Barrier | undefined =
    size > 0 || pool.deleting
      ? undefined
      : pool.maxNodes === 0
        ? { reason: 'maxNodes is 0', remedy: 'raise maxNodes' }
        : { reason: 'replicas is 0', remedy: 'raise replicas, or remove it to scale by the queue' };
  const candidates = clouds.flatMap((cloud) => cloud.flavors.map((flavor) => candidateOf(cloud, flavor)));
  const open = candidates.filter(({ barred }) => barred === undefined);
  const split: SplitDemand = { possible: [], uncertain: [], unsatisfiable: [] };
  const isPossible = (group: Demand): boolean => open.some(({ capacity }) => fits(group, capacity));
  for (const rounded of demand) {
    const group = unseen || isPossible(rounded) ? rounded : unrounded(rounded);
    if (closed && !unseen) split.unsatisfiable.push({ ...group, ...closed });
    else if (unseen || isPossible(group)) split.possible.push(group);
    else {
      const flavors = open.filter(({ flavor, capacity }) => !flavor.learned && fits(group, nominal(flavor, capacity)));
      if (flavors.length > 0) split.uncertain.push({ group, flavors: new Set(flavors.map(({ flavor }) => flavor)) });
      else split.unsatisfiable.push({ ...group, ...objectionTo(group, candidates, clouds) });
    }
  }
  return split;
}

/** A job that needs nearly all of a node would be rounded beyond it, and runs there all the same. */
function unrounded(group: Demand): Demand {
  return group.asked === undefined ? group : { ...group, memory: Math.min(group.memory, group.asked) };
}

function candidateOf(cloud: PlanCloud, flavor: PlanFlavor): Candidate {
  return { cloud, flavor, capacity: capacityOf(flavor), barred: barrierOf(cloud, flavor) };
}

function objectionTo(shape: Shape, candidates: readonly Candidate[], clouds: readonly PlanCloud[]): Barrier {
  const unknown = clouds.flatMap((cloud) => cloud.unknownFlavors.map((name) => `${name} on cloud ${cloud.name}`));
  if (candidates.length === 0) {
    const named = unknown.length > 0 ? `, unknown: ${unknown.join(', ')}` : '';
    return { reason: `there is no flavor to choose from${named}`, remedy: 'name flavors that the clouds have' };
  }
  const barred = candidates.find(({ capacity, barred: bar }) => bar !== undefined && fits(shape, capacity))?.barred;
  if (barred) return barred;
  const reason = tooLarge(shape, candidates) ?? withheld(shape, candidates) ?? notTogether(shape, candidates);
  return { reason: unknown.length > 0 ? `${reason} (unknown flavors: ${unknown.join(', ')})` : reason, ...LARGER };
}

/** A resource of which even the largest flavor has too little by its own description. */
function tooLarge(shape: Shape, candidates: readonly Candidate[]): string | undefined {
  for (const { key, amount, whole } of PARTS) {
    const largest = largestBy(candidates, (one) => nominalOf(one)[key]);
    const has = largest ? nominalOf(largest)[key] : Infinity;
    if (!largest || has >= shape[key]) continue;
    const limit = has === 0 ? 'no flavor has any' : `the largest flavor has ${amount(has)} (${nameOf(largest)})`;
    return `needs ${whole(shape[key])}, ${limit}`;
  }
  return undefined;
}

/** The flavor says enough, but its nodes give less to jobs: the system keeps a part (incident I29). */
function withheld(shape: Shape, candidates: readonly Candidate[]): string | undefined {
  const enough = candidates.filter((one) => fits(shape, nominalOf(one)));
  const closest = largestBy(enough, ({ capacity }) => weightOf(capacity));
  const short = closest && PARTS.find(({ key }) => closest.capacity[key] < shape[key]);
  if (!short) return undefined;
  const { key, amount, whole } = short;
  const given = `${amount(closest.capacity[key])} of their ${amount(nominalOf(closest)[key])} to jobs`;
  return `needs ${whole(shape[key])}, nodes of ${nameOf(closest)} give ${given}`;
}

function notTogether(shape: Shape, candidates: readonly Candidate[]): string {
  const largest = largestBy(candidates, ({ capacity }) => weightOf(capacity));
  const example = largest ? `; ${nameOf(largest)} gives ${shapeWords(finite(largest.capacity))}` : '';
  return `needs ${shapeWords(shape)} together, which no flavor has${example}`;
}

function nominalOf({ flavor, capacity }: Candidate): Shape {
  return nominal(flavor, capacity);
}

/** What the flavor says, the disk of one without its own being that of its volume. */
function nominal(flavor: PlanFlavor, capacity: Shape): Shape {
  const disk = flavor.disk === 0 ? capacity.disk : flavor.disk;
  return { cpus: flavor.cores, memory: flavor.memory, disk, gpus: flavor.gpus };
}

function finite(shape: Shape): Shape {
  return { ...shape, disk: Number.isFinite(shape.disk) ? shape.disk : 0 };
}

function largestBy(candidates: readonly Candidate[], key: (one: Candidate) => number): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, one) => (best && key(best) >= key(one) ? best : one),
    undefined,
  );
}

function nameOf({ flavor, cloud }: Candidate): string {
  return `${flavor.name} on cloud ${cloud.name}`;
}

/** `12 jobs: needs 64 cores, the largest flavor has 16 (m1.xlarge on cloud a): allow a larger flavor or request less`. */
export function unsatisfiableWords({ reason, remedy }: Barrier): string {
  return `${reason}: ${remedy}`;
}
