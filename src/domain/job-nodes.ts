/** The new nodes that queued jobs without a place need, and what keeps some of them from being made. */
import type { CloudChooser } from './allocation.ts';
import { consolidate, isCheaper } from './consolidate.ts';
import { Market, type Limited, type Offer } from './market.ts';
import { isPlaced } from './packing.ts';
import type { Demand, PlanInput, PlanNode } from './plan-types.ts';
import { NODE_COST, sizeNodes, worthOf, worthOfContents, type SizedNode, type Sizing } from './sizing.ts';
import { packOnto, withCounts, type Survey } from './survey.ts';
import { jobsWords } from './words.ts';

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
  chooser: CloudChooser,
  room: number,
): JobWishes {
  const { demand, packing, unknownBooting } = survey;
  if (isPlaced(packing)) return { wishes: [], more: 0, unserved: 0, limits: [] };
  // a booting node of unknown size is taken for one of those that its jobs need
  const sized = sizeWithin(room + unknownBooting, input, survey, market, chooser);
  sized.nodes.slice(0, unknownBooting).forEach((node) => market.release(node.offer));
  const wishes = sized.nodes
    .slice(unknownBooting)
    .map(({ offer, contents }) => ({ offer, reason: `for ${jobsWords(withCounts(demand, contents), '')}` }));
  const waiting = withCounts(demand, sized.rest);
  if (waiting.length === 0) return { wishes, more: 0, unserved: 0, limits: [] };
  const more = nodesWanted(sized.rest, input, survey);
  const limits = limitsFor(waiting, input, survey, market);
  const givesWay = limits.some(({ reason }) => reason === 'MaxNodes' || reason === 'Quota');
  return { wishes, more, unserved: givesWay ? more : 0, limits };
}

/** How many nodes the jobs would take if nothing stood against any flavor. */
function nodesWanted(counts: readonly number[], input: PlanInput, survey: Survey): number {
  return sizeNodes({
    shapes: survey.demand,
    counts,
    source: Market.unlimited(input.clouds, input.now),
    chooser: { choose: () => undefined },
    room: Math.max(1, survey.size.max),
    nodeCost: NODE_COST,
  }).nodes.length;
}

/** The cheapest sizing; when there is no room for all of it, the one that serves most of the jobs. */
function sizeWithin(
  room: number,
  input: PlanInput,
  survey: Survey,
  market: Market,
  chooser: CloudChooser,
): Sizing<Offer> {
  const { demand, packing } = survey;
  const options = { shapes: demand, counts: packing.rest, source: market, chooser, room };
  const cheap = sizeNodes({ ...options, nodeCost: NODE_COST });
  if (room === 0) return cheap;
  if (cheap.nodes.length < room || cheap.rest.every((n) => n === 0))
    return { nodes: steady(cheap.nodes, input, survey, market), rest: cheap.rest };
  // no more nodes than these: a price on each makes for larger ones
  cheap.nodes.forEach((node) => market.release(node.offer));
  const perNode = 2 * Math.max(...market.offers.map((offer) => offer.cost));
  const large = sizeNodes({ ...options, nodeCost: perNode });
  const worth = demand.map((shape) => worthOf(shape, market.suitable(shape), NODE_COST));
  if (worthOfContents(large.rest, worth) < worthOfContents(cheap.rest, worth)) return large;
  large.nodes.forEach((node) => market.release(node.offer));
  cheap.nodes.forEach((node) => market.take(node.offer));
  return cheap;
}

/**
 * The consolidated nodes, unless the packing of the next pass would not find that arrangement again while it finds that of
 * the greedy ones: then one node more would be made for the same jobs.
 */
function steady(nodes: SizedNode<Offer>[], input: PlanInput, survey: Survey, market: Market): SizedNode<Offer>[] {
  const better = consolidate(nodes, survey.demand, market);
  if (!isCheaper(better, nodes)) return nodes;
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
    state: 'Starting',
    free: offer.capacity,
    total: offer.capacity,
    createdAt: input.now,
    idleSince: undefined,
    deleteFirst: false,
    doNotDisrupt: false,
  }));
  const served = survey.demand.map((group, i) => ({
    ...group,
    count: group.count - (survey.packing.rest[i] ?? 0) + nodes.reduce((sum, node) => sum + (node.contents[i] ?? 0), 0),
  }));
  return isPlaced(packOnto([...survey.machines, ...booting], served));
}

/** What stands against nodes for the jobs that wait; where nothing else does, it is the size of the pool. */
function limitsFor(waiting: readonly Demand[], input: PlanInput, survey: Survey, market: Market): Limited[] {
  const judged = waiting.map((group) => ({ group, obstacle: market.obstacles(market.suitable(group)) }));
  const limits = judged.flatMap(({ obstacle }) => obstacle ?? []);
  const lackRoom = judged.filter(({ obstacle }) => obstacle === undefined).map(({ group }) => group);
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
