/** The new nodes that queued jobs without a place need, and what keeps some of them from being made. */
import type { CloudChooser } from './allocation.ts';
import { sizeBest } from './packing/best.ts';
import { consolidate, isCheaper } from './packing/consolidate.ts';
import { Market, type Offer } from './market.ts';
import { obstacles } from './obstacles.ts';
import { isPlaced } from './packing/pack.ts';
import type { Demand, Limited, PlanInput, PlanNode } from './plan-types.ts';
import { NODE_COST, sizeNodes, type SizedNode, type Sizing } from './packing/sizing.ts';
import { packOnto, withCounts, type Survey } from './survey.ts';
import { jobsWords, namedJobsWords, shapeWords, type NamedGroup } from './words.ts';

/** So many nodes are looked at twice before they are made. */
const FEW_NODES = 100;

/** A node to be made, and for what. */
export interface Wish {
  offer: Offer;
  reason: string;
}

export interface JobWishes {
  wishes: Wish[];
  /** Further nodes that the jobs need and that cannot be had now. */
  more: number;
  /** Of these, the ones that would be had if something else of this pool gave way: they lack room or quota. */
  unserved: number;
  limits: Limited[];
}

/** `room`: how many nodes may be added. What is wished for is taken from the market. */
export function wishesForJobs(
  input: PlanInput,
  survey: Survey,
  market: Market,
  chooser: () => CloudChooser,
  room: number,
): JobWishes {
  const { demand, packing, unknownBooting } = survey;
  if (isPlaced(packing)) return { wishes: [], more: 0, unserved: 0, limits: [] };
  // a booting node of unknown size is taken for one of those that its jobs need
  const sized = sizeWithin(room + unknownBooting, input, survey, market, chooser);
  sized.nodes.slice(0, unknownBooting).forEach((node) => market.release(node.offer));
  const words = reasonWords(demand);
  const wishes = sized.nodes.slice(unknownBooting).map(({ offer, contents }) => ({ offer, reason: words(contents) }));
  const waiting = withCounts(demand, sized.rest);
  if (waiting.length === 0) return { wishes, more: 0, unserved: 0, limits: [] };
  const more = nodesWanted(sized.rest, input, survey, wishes.length);
  const limits = limitsFor(waiting, input, survey, market);
  const givesWay = limits.some(({ reason }) => reason === 'MaxNodes' || reason === 'Quota');
  return { wishes, more, unserved: givesWay ? more : 0, limits };
}

/** What a node is made for; equal nodes share their contents, and the text with them. */
function reasonWords(demand: readonly Demand[]): (contents: readonly number[]) => string {
  const words = demand.map(shapeWords);
  const known = new Map<readonly number[], string>();
  return (contents) => {
    const reason = known.get(contents) ?? `for ${namedJobsWords(namedContents(contents, words), '')}`;
    known.set(contents, reason);
    return reason;
  };
}

function namedContents(contents: readonly number[], words: readonly string[]): NamedGroup[] {
  const groups: NamedGroup[] = [];
  for (const [i, count] of contents.entries()) if (count > 0) groups.push({ words: words[i] ?? '', count });
  return groups;
}

/**
 * How many more nodes the jobs would take if nothing stood against any flavor; no further than anybody asks: to the largest size of the
 * pool, and to the spares that would have to give way.
 */
function nodesWanted(counts: readonly number[], input: PlanInput, survey: Survey, wished: number): number {
  const { size, staying } = survey;
  const room = Math.max(1, size.spare, size.max - staying - wished);
  if (room === 1) return 1;
  return sizeNodes({
    shapes: survey.demand,
    counts,
    source: Market.unlimited(input),
    chooser: { choose: () => undefined },
    room,
    nodeCost: NODE_COST,
  }).nodes.length;
}

/** The cheapest sizing; when there is too little room or quota for all of it, the one that serves most. */
function sizeWithin(
  room: number,
  input: PlanInput,
  survey: Survey,
  market: Market,
  chooser: () => CloudChooser,
): Sizing<Offer> {
  const { demand, packing } = survey;
  const sized = sizeBest({ shapes: demand, counts: packing.rest, source: market, chooser, room });
  if (sized.nodes.length >= room && sized.rest.some((n) => n > 0)) return sized;
  return { nodes: steady(sized.nodes, room, input, survey, market), rest: sized.rest };
}

/**
 * The consolidated nodes, unless the packing of the next pass would not find that arrangement again while it finds that of
 * the greedy ones: then one node more would be made for the same jobs. Cheaper nodes may be more than there is room for.
 */
function steady(
  nodes: SizedNode<Offer>[],
  room: number,
  input: PlanInput,
  survey: Survey,
  market: Market,
): SizedNode<Offer>[] {
  const better = consolidate(nodes, survey.demand, market, room);
  if (!isCheaper(better, nodes)) return nodes;
  // among many one node more or less is no matter
  if (nodes.length > FEW_NODES) return better;
  if (isFoundAgain(better, input, survey) || !isFoundAgain(nodes, input, survey)) return better;
  better.forEach((node) => market.release(node.offer));
  nodes.forEach((node) => market.take(node.offer));
  return nodes;
}

/** Whether the next pass, which sees these nodes booting, places the same jobs on them. */
function isFoundAgain(nodes: readonly SizedNode<Offer>[], input: PlanInput, survey: Survey): boolean {
  const booting = nodes.map(({ offer }, n): PlanNode => ({
    name: `planned-${n}`,
    cloud: offer.cloudName,
    flavor: offer.flavor.name,
    zone: undefined,
    state: 'Starting',
    free: offer.capacity,
    total: offer.capacity,
    createdAt: input.now,
    idleSince: undefined,
    deleteFirst: false,
    doNotDisrupt: false,
    recallable: false,
  }));
  const served = survey.demand.map((group, i) => ({
    ...group,
    count: group.count - (survey.packing.rest[i] ?? 0) + nodes.reduce((sum, node) => sum + (node.contents[i] ?? 0), 0),
  }));
  return isPlaced(packOnto([...survey.machines, ...booting], served));
}

/** What stands against nodes for the jobs that wait; where nothing else does, it is the size of the pool. */
function limitsFor(waiting: readonly Demand[], input: PlanInput, survey: Survey, market: Market): Limited[] {
  const limits: Limited[] = [];
  const lackRoom: Demand[] = [];
  // shapes that fit the same offers meet the same obstacles
  const judged = new Map<readonly Offer[], Limited | undefined>();
  for (const group of waiting) {
    const offers = market.suitable(group);
    if (!judged.has(offers)) {
      const obstacle = obstacles(market, input.clouds, offers, input.now);
      judged.set(offers, obstacle);
      if (obstacle) limits.push(obstacle);
    }
    if (judged.get(offers) === undefined) lackRoom.push(group);
  }
  // a fixed size is what the admin asked for, not what limits it
  if (lackRoom.length === 0 || survey.size.fixed) return limits;
  return [
    ...limits,
    { reason: 'MaxNodes', message: `${maxWords(input, survey)}, ${jobsWords(lackRoom, '')} must wait` },
  ];
}

function maxWords(input: PlanInput, survey: Survey): string {
  const { Leaving, Lost } = survey.nodes;
  const gone = [
    ...(Leaving.length > 0 ? [`${Leaving.length} leaving`] : []),
    ...(Lost.length > 0 ? [`${Lost.length} lost`] : []),
  ];
  return `maxNodes ${input.pool.maxNodes} reached${gone.length > 0 ? ` (${gone.join(', ')})` : ''}`;
}
