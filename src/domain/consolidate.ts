/**
 * Makes a sizing cheaper: the jobs of its most wasteful nodes are packed anew by exact search, on the same clouds
 * and within the same headroom. Greedy choice is at its worst in the last few nodes; this is where it is put right.
 */
import type { Market, Offer } from './market.ts';
import { cheapestMachines, type Machine, type MachineKind } from './search.ts';
import { NODE_COST, worthOf, worthOfContents, type SizedNode } from './sizing.ts';
import type { Shape } from './snapshots.ts';

/** Nodes that are packed anew together, and the effort of that search. */
const WINDOWS: readonly { nodes: number; effort: number }[] = [
  { nodes: 16, effort: 50_000 },
  { nodes: 6, effort: 50_000 },
  { nodes: 3, effort: 25_000 },
];
const EPSILON = 1e-9;

interface Kind extends MachineKind {
  offers: Offer[];
}

/** The same jobs on cheaper nodes, or `nodes` itself. Books the difference in the market. */
export function consolidate(
  nodes: readonly SizedNode<Offer>[],
  shapes: readonly Shape[],
  market: Market,
): SizedNode<Offer>[] {
  const worth = shapes.map((shape) => worthOf(shape, market.suitable(shape), NODE_COST));
  let current = [...nodes];
  for (const window of WINDOWS) {
    const wasteful = mostWasteful(current, worth, window.nodes);
    const cheaper = repack(wasteful, shapes, market, window.effort);
    if (cheaper) current = [...current.filter((node) => !wasteful.includes(node)), ...cheaper];
    if (current.length <= window.nodes && !cheaper) break;
  }
  return current;
}

function mostWasteful(nodes: readonly SizedNode<Offer>[], worth: readonly number[], most: number): SizedNode<Offer>[] {
  if (nodes.length <= most) return [...nodes];
  const used = (node: SizedNode<Offer>): number =>
    worthOfContents(node.contents, worth) / (node.offer.cost + NODE_COST);
  const byUse = nodes.map((node, at) => ({ node, at, used: used(node) }));
  byUse.sort((a, b) => a.used - b.used || b.at - a.at);
  return byUse.slice(0, most).map(({ node }) => node);
}

function repack(
  nodes: readonly SizedNode<Offer>[],
  shapes: readonly Shape[],
  market: Market,
  effort: number,
): SizedNode<Offer>[] | undefined {
  const counts = shapes.map((_, i) => nodes.reduce((sum, node) => sum + (node.contents[i] ?? 0), 0));
  const cost = nodes.reduce((sum, node) => sum + node.offer.cost + NODE_COST, 0);
  const released = nodes.map((node) => node.offer);
  released.forEach((offer) => market.release(offer));
  const kinds = kindsOf(released, shapes, market);
  const machines = cheapestMachines(shapes, counts, kinds, { bound: cost, effort, anyWillDo: false });
  const replaced = machines && book(machines, kinds, released, market);
  if (!replaced) released.forEach((offer) => market.take(offer));
  return replaced;
}

/** Offers that can be had on the clouds of these nodes, equal machines of several clouds as one kind. */
function kindsOf(released: readonly Offer[], shapes: readonly Shape[], market: Market): Kind[] {
  const clouds = new Set(released.map((offer) => offer.cloud));
  const kinds = new Map<string, Kind>();
  const suitable = shapes.map((shape) => new Set(market.suitable(shape)));
  for (const offer of market.offers) {
    if (!clouds.has(offer.cloud) || !market.isAvailable(offer)) continue;
    const { cpus, memory, disk, gpus } = offer.capacity;
    const madeFor = suitable.map((offers) => offers.has(offer));
    const key = [cpus, memory, disk, gpus, offer.cost, ...madeFor].join('/');
    const kind = kinds.get(key);
    if (kind) kind.offers.push(offer);
    else
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
function book(
  machines: readonly Machine[],
  kinds: readonly Kind[],
  released: readonly Offer[],
  market: Market,
): SizedNode<Offer>[] | undefined {
  const given = released.map((offer) => offer.cloud);
  const taken: SizedNode<Offer>[] = [];
  for (const machine of machines) {
    const available = kinds[machine.kind]?.offers.filter((offer) => market.isAvailable(offer)) ?? [];
    const place = given.findIndex((cloud) => available.some((offer) => offer.cloud === cloud));
    const offer = available.find(({ cloud }) => cloud === given[place]) ?? available[0];
    if (!offer) {
      taken.forEach((node) => market.release(node.offer));
      return undefined;
    }
    if (place >= 0) given.splice(place, 1);
    market.take(offer);
    taken.push({ offer, contents: machine.contents });
  }
  return taken;
}

function totalCost(nodes: readonly SizedNode<Offer>[]): number {
  return nodes.reduce((sum, node) => sum + node.offer.cost + NODE_COST, 0);
}

/** Whether `a` is cheaper than `b` by more than rounding. */
export function isCheaper(a: readonly SizedNode<Offer>[], b: readonly SizedNode<Offer>[]): boolean {
  return totalCost(a) < totalCost(b) - EPSILON;
}
