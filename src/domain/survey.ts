/** The situation of a pool before anything is decided: its nodes by state, and what of the queue they can take. */
import { mergeShapes } from './demand.ts';
import { isPlaced, pack, shapesServed, type Packing } from './packing/pack.ts';
import { withoutPhantoms } from './phantoms.ts';
import type { Demand, Phantom, PlanInput, PlanNode, PlanNodeState, Unsatisfiable } from './plan-types.ts';
import { isReplaceable } from './replacement.ts';
import { fits, NOTHING, weightOf } from './shapes.ts';
import type { Shape } from './snapshots.ts';
import { splitDemand, type SplitDemand } from './unsatisfiable.ts';

/** How large the pool shall be. A fixed size is a minimum and a maximum at once, without spares. */
export interface PoolSize {
  min: number;
  max: number;
  spare: number;
  /** Set by spec.replicas. */
  fixed: boolean;
}

export interface Survey {
  size: PoolSize;
  nodes: Record<PlanNodeState, PlanNode[]>;
  /** All but those that are leaving. */
  staying: number;
  /** Idle jobs that count and that some flavor can run, larger first; empty when HTCondor's data are missing. */
  demand: Demand[];
  unsatisfiable: Unsatisfiable[];
  uncertain: SplitDemand['uncertain'];
  /** Idle jobs that do not count for a while. */
  phantoms: Phantom[];
  /** Live nodes, those that are called back, and booting ones, in the order in which jobs are packed onto them. */
  machines: PlanNode[];
  packing: Packing;
  /** Leaving nodes that are called back for queued jobs. */
  recalled: PlanNode[];
  /** Cores of the queued jobs that live and booting nodes can take. */
  coresFree: number;
  coresBooting: number;
  /** Booting nodes of which it is not known what they will offer (their cloud or flavor is not seen now). */
  unknownBooting: number;
  /** Idle nodes, the one that is needed least first. */
  leastNeeded: PlanNode[];
  /** Names of nodes onto which jobs were packed. */
  needed: ReadonlySet<string>;
  /** Outdated nodes that may be told to leave. */
  replaceable: PlanNode[];
}

export function surveyOf(input: PlanInput): Survey {
  const nodes: Survey['nodes'] = { Starting: [], Idle: [], Busy: [], Blocked: [], Leaving: [], Lost: [] };
  for (const node of input.nodes) nodes[node.state].push(node);
  const queued = mergeShapes(input.demand ?? []);
  const counted = withoutPhantoms(queued, input.phantoms);
  const { possible: demand, uncertain, unsatisfiable } = splitDemand(counted.demand, input);
  const leastNeeded = [...nodes.Idle].sort(leastNeededFirst(queued));
  const size = sizeOf(input);
  const staying = input.nodes.length - nodes.Leaving.length;
  const { machines, packing, recalled } = placed(nodes, leastNeeded, demand, Math.max(0, size.max - staying));
  let coresBooting = 0;
  const needed = new Set<string>();
  for (let m = 0; m < machines.length; m++) {
    const [node, contents] = [machines[m], packing.contents[m]];
    if (node === undefined || contents === undefined) continue;
    needed.add(node.name);
    if (node.state === 'Starting') coresBooting += coresOf(contents, demand);
  }
  return {
    size,
    nodes,
    staying,
    demand,
    unsatisfiable,
    uncertain,
    phantoms: counted.left,
    machines,
    packing,
    recalled,
    coresFree: coresPlaced(packing, demand) - coresBooting,
    coresBooting,
    unknownBooting: nodes.Starting.filter((node) => capacityFor(node).cpus === 0).length,
    leastNeeded,
    needed,
    replaceable: input.nodes.filter(isReplaceable),
  };
}

/**
 * Nodes on their way out are called back only for jobs that would have to wait otherwise: for a new node, or for one that boots; and no
 * more than `room`: one above the size of the pool would be sent away again.
 */
function placed(
  nodes: Survey['nodes'],
  leastNeeded: readonly PlanNode[],
  demand: readonly Demand[],
  room: number,
): Pick<Survey, 'machines' | 'packing' | 'recalled'> {
  const recallable = nodes.Leaving.filter((node) => node.recallable && !node.deleteFirst && isUsable(node, demand))
    .sort(byAge)
    .slice(0, room);
  const machines = inPackingOrder(nodes, leastNeeded, []);
  const packing = packOnto(machines, demand);
  const booting = machines.some((node, m) => node.state === 'Starting' && packing.contents[m] !== undefined);
  if (recallable.length === 0 || (isPlaced(packing) && !booting)) return { machines, packing, recalled: [] };
  const all = inPackingOrder(nodes, leastNeeded, recallable);
  const onAll = packOnto(all, demand);
  const recalled = all.filter((node, m) => node.state === 'Leaving' && onAll.contents[m] !== undefined);
  return recalled.length === 0 ? { machines, packing, recalled } : { machines: all, packing: onAll, recalled };
}

function isUsable(node: PlanNode, demand: readonly Demand[]): boolean {
  return demand.some((group) => fits(group, capacityFor(node)));
}

export function packOnto(machines: readonly PlanNode[], demand: readonly Demand[]): Packing {
  return pack(
    demand,
    demand.map((group) => group.count),
    machines.map(capacityFor),
  );
}

export function coresOf(counts: readonly number[], demand: readonly Demand[]): number {
  let cores = 0;
  for (let i = 0; i < counts.length; i++) cores += (counts[i] ?? 0) * (demand[i]?.cpus ?? 0);
  return cores;
}

/** Cores of all jobs that found a place: of each group what does not wait, which costs less than to look into each machine. */
function coresPlaced({ rest }: Packing, demand: readonly Demand[]): number {
  return demand.reduce((cores, group, i) => cores + (group.count - (rest[i] ?? 0)) * group.cpus, 0);
}

/** The groups with other counts, without those that have become empty. */
export function withCounts(demand: readonly Demand[], counts: readonly number[]): Demand[] {
  return demand.flatMap((group, i) => {
    const count = counts[i] ?? 0;
    return count > 0 ? [{ ...group, count }] : [];
  });
}

/**
 * What of a node counts as capacity. For a booting one all that it will offer; its disk is unknown where the flavor has none.
 * An idle one that has nothing free contradicts itself: its ad was not in the last answer, and counting it as full would
 * make another node in its place.
 */
export function capacityFor(node: PlanNode): Shape {
  if (node.state === 'Starting') return node.total.disk === 0 ? { ...node.total, disk: Infinity } : node.total;
  if (node.state === 'Idle') return node.free.cpus === 0 ? node.total : node.free;
  return node.state === 'Busy' || (node.state === 'Leaving' && node.recallable) ? node.free : NOTHING;
}

function sizeOf({ pool }: PlanInput): PoolSize {
  if (pool.replicas === undefined)
    return { min: Math.min(pool.minNodes, pool.maxNodes), max: pool.maxNodes, spare: pool.spareNodes, fixed: false };
  const replicas = Math.min(pool.replicas, pool.maxNodes);
  return { min: replicas, max: replicas, spare: 0, fixed: true };
}

/**
 * Busy nodes first (they stay anyway), then idle ones, those that would be removed first last, then those called back, then booting ones.
 * Machines with GPUs come after all others, so that jobs without keep them free.
 */
function inPackingOrder(
  nodes: Survey['nodes'],
  leastNeeded: readonly PlanNode[],
  recallable: readonly PlanNode[],
): PlanNode[] {
  const ordered = [
    ...smallerFirst(nodes.Busy),
    ...[...leastNeeded].reverse(),
    ...recallable,
    ...smallerFirst(nodes.Starting),
  ];
  return [...ordered.filter((node) => node.total.gpus === 0), ...ordered.filter((node) => node.total.gpus > 0)];
}

function smallerFirst(nodes: readonly PlanNode[]): PlanNode[] {
  const weighed = nodes.map((node) => ({ node, weight: weightOf(capacityFor(node)) }));
  return weighed.sort((a, b) => a.weight - b.weight || byAge(a.node, b.node)).map(({ node }) => node);
}

function byAge(a: PlanNode, b: PlanNode): number {
  return a.createdAt - b.createdAt || byName(a, b);
}

/** delete-first, then idle longest, then worst fit for what is queued, then the more expensive, then the older. Protected nodes come last. */
function leastNeededFirst(demand: readonly Demand[]): (a: PlanNode, b: PlanNode) => number {
  const served = new Map<PlanNode, number>();
  const servedBy = (node: PlanNode): number => {
    const known = served.get(node) ?? shapesServed(demand, node.total);
    served.set(node, known);
    return known;
  };
  return (a, b) =>
    Number(a.doNotDisrupt) - Number(b.doNotDisrupt) ||
    Number(b.deleteFirst) - Number(a.deleteFirst) ||
    compareTimes(a.idleSince, b.idleSince) ||
    servedBy(a) - servedBy(b) ||
    weightOf(b.total) - weightOf(a.total) ||
    byAge(a, b);
}

/** Earlier first; what is not known last. */
function compareTimes(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  return (a ?? Infinity) < (b ?? Infinity) ? -1 : 1;
}

function byName(a: PlanNode, b: PlanNode): number {
  return a.name < b.name ? -1 : 1;
}
