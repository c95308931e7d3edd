/** The situation of a pool before anything is decided: its nodes by state, and what of the queue they can take. */
import { mergeShapes } from './demand.ts';
import { Market } from './market.ts';
import { pack, shapesServed, type Packing } from './packing.ts';
import type { Demand, PlanInput, PlanNode, PlanNodeState, Unsatisfiable } from './plan-types.ts';
import { NOTHING, weightOf } from './shapes.ts';
import type { Shape } from './snapshots.ts';
import { splitDemand } from './unsatisfiable.ts';

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
  /** Idle jobs that some flavor can run, larger first; empty when HTCondor's data are missing. */
  demand: Demand[];
  unsatisfiable: Unsatisfiable[];
  /** Live nodes and booting ones, in the order in which jobs are packed onto them. */
  machines: PlanNode[];
  packing: Packing;
  /** Cores of the queued jobs that live and booting nodes can take. */
  coresFree: number;
  coresBooting: number;
  /** Booting nodes of which it is not known what they will offer (their cloud or flavor is not seen now). */
  unknownBooting: number;
  /** Idle nodes, the one that is needed least first. */
  leastNeeded: PlanNode[];
  /** Names of nodes onto which jobs were packed. */
  needed: Set<string>;
}

export function surveyOf(input: PlanInput): Survey {
  const nodes: Survey['nodes'] = { Starting: [], Idle: [], Busy: [], Leaving: [], Lost: [] };
  for (const node of input.nodes) nodes[node.state].push(node);
  const market = new Market(input.clouds, input.now);
  const queued = mergeShapes(input.demand ?? []);
  const { possible: demand, unsatisfiable } = splitDemand(queued, market.offers, input.clouds);
  const leastNeeded = [...nodes.Idle].sort(leastNeededFirst(queued));
  const machines = inPackingOrder(nodes, leastNeeded);
  const packing = packOnto(machines, demand);
  const coresOn = (isHere: (node: PlanNode) => boolean): number =>
    machines.reduce((sum, node, m) => (isHere(node) ? sum + coresOf(packing.contents[m] ?? [], demand) : sum), 0);
  return {
    size: sizeOf(input),
    nodes,
    staying: input.nodes.length - nodes.Leaving.length,
    demand,
    unsatisfiable,
    machines,
    packing,
    coresFree: coresOn((node) => node.state !== 'Starting'),
    coresBooting: coresOn((node) => node.state === 'Starting'),
    unknownBooting: nodes.Starting.filter((node) => capacityFor(node).cpus === 0).length,
    leastNeeded,
    needed: new Set(machines.filter((_, m) => packing.contents[m] !== undefined).map((node) => node.name)),
  };
}

export function packOnto(machines: readonly PlanNode[], demand: readonly Demand[]): Packing {
  return pack(
    demand,
    demand.map((group) => group.count),
    machines.map(capacityFor),
  );
}

export function coresOf(counts: readonly number[], demand: readonly Demand[]): number {
  return counts.reduce((sum, n, i) => sum + n * (demand[i]?.cpus ?? 0), 0);
}

/** The groups with other counts, without those that have become empty. */
export function withCounts(demand: readonly Demand[], counts: readonly number[]): Demand[] {
  return demand.map((group, i) => ({ ...group, count: counts[i] ?? 0 })).filter((group) => group.count > 0);
}

/**
 * What of a node counts as capacity. For a booting one all that it will offer; its disk is unknown where the flavor has none.
 * An idle one that has nothing free contradicts itself: its ad was not in the last answer, and counting it as full would
 * make another node in its place.
 */
export function capacityFor(node: PlanNode): Shape {
  if (node.state === 'Starting') return node.total.disk === 0 ? { ...node.total, disk: Infinity } : node.total;
  if (node.state === 'Idle') return node.free.cpus === 0 ? node.total : node.free;
  return node.state === 'Busy' ? node.free : NOTHING;
}

function sizeOf({ pool }: PlanInput): PoolSize {
  if (pool.replicas === undefined)
    return { min: Math.min(pool.minNodes, pool.maxNodes), max: pool.maxNodes, spare: pool.spareNodes, fixed: false };
  const replicas = Math.min(pool.replicas, pool.maxNodes);
  return { min: replicas, max: replicas, spare: 0, fixed: true };
}

/**
 * Busy nodes first (they stay anyway), then idle ones, those that would be removed first last, then booting ones.
 * Machines with GPUs come after all others, so that jobs without keep them free.
 */
function inPackingOrder(nodes: Survey['nodes'], leastNeeded: readonly PlanNode[]): PlanNode[] {
  const smallerFirst = (a: PlanNode, b: PlanNode): number =>
    weightOf(capacityFor(a)) - weightOf(capacityFor(b)) || a.createdAt - b.createdAt || byName(a, b);
  const ordered = [
    ...[...nodes.Busy].sort(smallerFirst),
    ...[...leastNeeded].reverse(),
    ...[...nodes.Starting].sort(smallerFirst),
  ];
  return [...ordered.filter((node) => node.total.gpus === 0), ...ordered.filter((node) => node.total.gpus > 0)];
}

/** delete-first, then idle longest, then worst fit for what is queued, then the larger, then the older. Protected nodes come last. */
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
    a.createdAt - b.createdAt ||
    byName(a, b);
}

/** Earlier first; what is not known last. */
function compareTimes(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  return (a ?? Infinity) < (b ?? Infinity) ? -1 : 1;
}

function byName(a: PlanNode, b: PlanNode): number {
  return a.name < b.name ? -1 : 1;
}
