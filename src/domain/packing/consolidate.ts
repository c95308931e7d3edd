/**
 * Makes a sizing cheaper: the jobs of its most wasteful nodes are packed anew by exact search, on the same clouds
 * and within the same headroom. Greedy choice is at its worst in the last few nodes; this is where it is put right.
 */
import { Floor } from './bounds.ts';
import type { Kind } from './kinds.ts';
import { leastOf } from './least.ts';
import { cheapestMachines, type Machine, type MachineKind } from './search.ts';
import { NODE_COST, worthOf, worthOfContents, type Choice, type SizedNode, type Source } from './sizing.ts';
import type { Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** A source that takes machines back. */
export interface Returning<C extends Choice> extends Source<C> {
  /** All that there are, in the user's order. */
  readonly offers: readonly C[];
  release(choice: C, times: number): void;
}

/** Nodes that are packed anew together, and the effort of that search. */
const WINDOWS: readonly { nodes: number; effort: number }[] = [
  { nodes: 16, effort: 50_000 },
  { nodes: 6, effort: 50_000 },
  { nodes: 3, effort: 25_000 },
];
/** Among more nodes than this the last few matter less, and so much less is done about them. */
const FULL_EFFORT_UP_TO = 100;
/** Share of the cost of all nodes that must be in sight to be gained; with many nodes the look at it costs more. */
const LEAST_GAIN = { few: 0.002, many: 0.01 };
const EPSILON = 1e-9;

/** The same jobs on cheaper nodes, `room` at most, or `nodes` itself. Books the difference in the market. */
export function consolidate<C extends Choice>(
  nodes: readonly SizedNode<C>[],
  shapes: readonly Shape[],
  market: Returning<C>,
  room = Infinity,
): SizedNode<C>[] {
  const suitable = shapes.map((shape) => market.suitable(shape));
  const worth = shapes.map((shape, i) => worthOf(shape, suitable[i] ?? [], NODE_COST));
  const share = Math.min(1, FULL_EFFORT_UP_TO / nodes.length);
  const leastGain = Math.max(EPSILON, LEAST_GAIN[share < 1 ? 'many' : 'few'] * totalCost(nodes));
  let current = [...nodes];
  for (const window of WINDOWS) {
    const { wasteful, waste } = mostWasteful(current, worth, window.nodes);
    if (share < 1 && waste < leastGain) break;
    const effort = Math.floor(window.effort * share);
    const places = room - current.length + wasteful.size;
    const cheaper = repack([...wasteful], { shapes, suitable, market, effort, leastGain, places });
    if (cheaper) current = [...current.filter((node) => !wasteful.has(node)), ...cheaper];
    if (current.length <= window.nodes && !cheaper) break;
  }
  return current;
}

/**
 * The nodes whose content is worth least for their cost, among equals the last; and what they would cost less if their content
 * were worth as much for it as that of all nodes is.
 */
function mostWasteful<C extends Choice>(
  nodes: readonly SizedNode<C>[],
  worth: readonly number[],
  most: number,
): { wasteful: Set<SizedNode<C>>; waste: number } {
  const worths = new Map<Counts, number>();
  const lastFirst = nodes.toReversed();
  const worthIn = lastFirst.map(({ contents }) => {
    const known = worths.get(contents) ?? worthOfContents(contents, worth);
    worths.set(contents, known);
    return known;
  });
  const used = lastFirst.map(({ offer }, n) => (worthIn[n] ?? 0) / (offer.cost + NODE_COST));
  const least = leastOf(nodes.length, most, (n) => used[n] ?? 0);
  const wasteful = least.flatMap((n) => lastFirst[n] ?? []);
  const usedByAll = worthIn.reduce((sum, one) => sum + one, 0) / totalCost(nodes);
  const waste = totalCost(wasteful) - least.reduce((sum, n) => sum + (worthIn[n] ?? 0), 0) / usedByAll;
  return { wasteful: new Set(wasteful), waste };
}

interface Repacking<C extends Choice> {
  shapes: readonly Shape[];
  suitable: readonly (readonly C[])[];
  market: Returning<C>;
  effort: number;
  leastGain: number;
  /** Most nodes. */
  places: number;
}

function repack<C extends Choice>(nodes: readonly SizedNode<C>[], task: Repacking<C>): SizedNode<C>[] | undefined {
  const { shapes, market, effort, leastGain } = task;
  const counts = shapes.map(() => 0);
  for (const { contents } of nodes)
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) + (contents[i] ?? 0);
  const released = nodes.map((node) => node.offer);
  released.forEach((offer) => market.release(offer, 1));
  const kinds = kindsOf(released, counts, task);
  const bound = totalCost(nodes);
  const mayGain = bound - new Floor(shapes, kinds).of(counts) > leastGain;
  const machines = mayGain ? cheapestMachines(shapes, counts, kinds, { bound, effort, anyWillDo: false }) : undefined;
  const replaced = machines && machines.length <= task.places ? book(machines, kinds, released, market) : undefined;
  if (!replaced) released.forEach((offer) => market.take(offer, 1));
  return replaced;
}

interface OfferedKind<C> extends MachineKind {
  offers: C[];
}

/** Offers that can be had on the clouds of these nodes, equal machines of several clouds as one kind. */
function kindsOf<C extends Choice>(released: readonly C[], counts: Counts, task: Repacking<C>): OfferedKind<C>[] {
  const { market } = task;
  const clouds = new Set(released.map((offer) => offer.cloud));
  const kinds = new Map<string, OfferedKind<C>>();
  const waiting = [...counts.keys()].filter((i) => (counts[i] ?? 0) > 0);
  const suitable = waiting.map((i) => ({ i, offers: new Set(task.suitable[i]) }));
  for (const offer of market.offers) {
    if (!clouds.has(offer.cloud) || market.available(offer) === 0) continue;
    const { cpus, memory, disk, gpus } = offer.capacity;
    const groups = suitable.flatMap(({ i, offers }) => (offers.has(offer) ? i : []));
    const key = [cpus, memory, disk, gpus, offer.cost, ...groups].join('/');
    const kind = kinds.get(key);
    if (kind) {
      kind.offers.push(offer);
      continue;
    }
    const madeFor = counts.map(() => false);
    for (const i of groups) madeFor[i] = true;
    kinds.set(key, {
      capacity: offer.capacity,
      cost: offer.cost + NODE_COST,
      madeFor,
      supply: Infinity,
      offers: [offer],
    });
  }
  return [...kinds.values()];
}

/** Takes the machines from the market, on the clouds that were given up, one for one; undefined (and nothing taken) when they cannot all be had. */
function book<C extends Choice>(
  machines: readonly Machine[],
  kinds: readonly OfferedKind<C>[],
  released: readonly C[],
  market: Returning<C>,
): SizedNode<C>[] | undefined {
  const given = released.map((offer) => offer.cloud);
  const taken: SizedNode<C>[] = [];
  for (const machine of machines) {
    const available = kinds[machine.kind]?.offers.filter((offer) => market.available(offer) > 0) ?? [];
    const place = given.findIndex((cloud) => available.some((offer) => offer.cloud === cloud));
    const offer = available.find(({ cloud }) => cloud === given[place]) ?? available[0];
    if (!offer) {
      taken.forEach((node) => market.release(node.offer, 1));
      return undefined;
    }
    if (place >= 0) given.splice(place, 1);
    market.take(offer, 1);
    taken.push({ offer, contents: machine.contents });
  }
  return taken;
}

function totalCost(nodes: readonly { offer: Pick<Kind, 'cost'> }[]): number {
  return nodes.reduce((sum, node) => sum + node.offer.cost + NODE_COST, 0);
}

/** Whether `a` is cheaper than `b` by more than rounding. */
export function isCheaper(
  a: readonly { offer: Pick<Kind, 'cost'> }[],
  b: readonly { offer: Pick<Kind, 'cost'> }[],
): boolean {
  return totalCost(a) < totalCost(b) - EPSILON;
}
