/**
 * Which machines a set of jobs takes: machine and content are chosen together, one machine after the other.
 * Each step takes the largest job that can be placed at all (so no shape blocks another), lets the allocation choose the cloud,
 * and there the machine whose content is worth most for its cost. Equal machines are taken without looking again.
 */
import type { CloudChooser } from './allocation.ts';
import { fillersFor, type Filler } from './fillers.ts';
import { dominantShare, minus, timesFit, type Counts } from './shapes.ts';
import type { Shape } from './snapshots.ts';

/** A machine that can be had. */
export interface Choice {
  /** Index of the cloud. */
  cloud: number;
  capacity: Shape;
  /** In cores. */
  cost: number;
}

/** Where machines come from. */
export interface Source<C extends Choice> {
  /** The choices that may be made for such a job, whether they can be had now or not. */
  suitable(shape: Shape): C[];
  isAvailable(choice: C): boolean;
  take(choice: C): void;
}

export interface SizedNode<C extends Choice> {
  offer: C;
  /** Jobs of each group for which it is made. */
  contents: number[];
}

export interface Sizing<C extends Choice> {
  nodes: SizedNode<C>[];
  /** Jobs for which no machine can be had, or for which there is no room. */
  rest: number[];
}

export interface SizingOptions<C extends Choice> {
  shapes: readonly Shape[];
  counts: Counts;
  source: Source<C>;
  chooser: CloudChooser;
  /** Most machines. */
  room: number;
  /** What a machine costs beside its flavor, in cores: more makes fewer and larger ones. */
  nodeCost: number;
}

/** A node is a boot, an address and an instance of the quota: among equals the fewer. */
export const NODE_COST = 0.05;
const EPSILON = 1e-9;

/** Takes what it chooses from the source. */
export function sizeNodes<C extends Choice>(options: SizingOptions<C>): Sizing<C> {
  const { shapes, source, chooser, room, nodeCost } = options;
  const rest = [...options.counts];
  const suitable = shapes.map((shape) => source.suitable(shape));
  const worth = shapes.map((shape, i) => worthOf(shape, suitable[i] ?? [], nodeCost));
  const fillers = fillersFor(shapes);
  const known = new Map<string, SizedNode<C>>();
  const nodes: SizedNode<C>[] = [];
  while (nodes.length < room) {
    const next = firstPlaceable(rest, suitable, source);
    if (!next) break;
    const cloud = chooser.choose([...new Set(next.offers.map((offer) => offer.cloud))].sort((a, b) => a - b));
    const key = `${next.group}/${cloud ?? 'any'}`;
    let node = known.get(key);
    if (!node || !source.isAvailable(node.offer) || node.contents.some((n, i) => n > (rest[i] ?? 0))) {
      const offers = cloud === undefined ? next.offers : next.offers.filter((offer) => offer.cloud === cloud);
      node = bestNode(next.group, offers, rest, worth, { shapes, fillers, nodeCost });
      if (!node) break;
      known.set(key, node);
    }
    source.take(node.offer);
    node.contents.forEach((n, i) => (rest[i] = (rest[i] ?? 0) - n));
    nodes.push({ ...node });
  }
  return { nodes, rest };
}

/** What a job is worth: the share of the cheapest machine that it would have to pay for alone. */
export function worthOf(shape: Shape, choices: readonly Choice[], nodeCost: number): number {
  return Math.min(...choices.map((choice) => (choice.cost + nodeCost) * dominantShare(shape, choice.capacity)));
}

/** What all jobs of a content are worth. */
export function worthOfContents(contents: Counts, worth: readonly number[]): number {
  return contents.reduce((sum, n, i) => (n > 0 ? sum + n * (worth[i] ?? 0) : sum), 0);
}

function firstPlaceable<C extends Choice>(
  rest: Counts,
  suitable: readonly C[][],
  source: Source<C>,
): { group: number; offers: C[] } | undefined {
  for (const [group, offers] of suitable.entries()) {
    if ((rest[group] ?? 0) === 0) continue;
    const available = offers.filter((offer) => source.isAvailable(offer));
    if (available.length > 0) return { group, offers: available };
  }
  return undefined;
}

interface Filling {
  shapes: readonly Shape[];
  fillers: readonly Filler[];
  nodeCost: number;
}

/** The machine, holding at least one job of `group`, whose content is worth most for its cost; among equals the larger, then the first. */
function bestNode<C extends Choice>(
  group: number,
  offers: readonly C[],
  rest: Counts,
  worth: readonly number[],
  filling: Filling,
): SizedNode<C> | undefined {
  let best: SizedNode<C> | undefined;
  let bestValue = 0;
  let bestWorth = 0;
  for (const offer of offers) {
    for (const contents of contentsAround(group, offer.capacity, rest, filling)) {
      const total = worthOfContents(contents, worth);
      const value = total / (offer.cost + filling.nodeCost);
      if (value > bestValue + EPSILON || (value > bestValue - EPSILON && total > bestWorth + EPSILON))
        [best, bestValue, bestWorth] = [{ offer, contents }, value, total];
    }
  }
  return best;
}

/** Ways to fill a machine around jobs of one group: as many of them as fit, or one, and the rest by each filler. */
function* contentsAround(group: number, capacity: Shape, rest: Counts, filling: Filling): Generator<number[]> {
  const { shapes, fillers } = filling;
  const shape = shapes[group];
  if (!shape) return;
  const most = Math.min(rest[group] ?? 0, timesFit(shape, capacity));
  for (const first of most > 1 ? [most, 1] : [1]) {
    const others = rest.map((n, i) => (i === group ? n - first : n));
    const left = minus(capacity, shape, first);
    for (const filler of fillers) {
      const contents = filler(shapes, others, left);
      contents[group] = (contents[group] ?? 0) + first;
      yield contents;
    }
  }
}
