/** The planner's view of one pool, made from the resources and the snapshots. */
import { parseDuration } from '../base/duration.ts';
import { DELETE_FIRST, DO_NOT_DISRUPT, type EhosNode, type EhosNodePool } from '../api/resources.ts';
import type { Canary } from './breakers.ts';
import type { Room } from './headroom.ts';
import { isBlackHole, isForeignDrain, isGivenUp } from './node-states.ts';
import type { Demand, Phantom, PlanCloud, PlanFlavor, PlanInput, PlanNode, PlanNodeState, Rest } from './plan-types.ts';
import { NOTHING } from './shapes.ts';
import type { Flavor, Shape, Startd } from './snapshots.ts';
import { fromTime } from './times.ts';
import { estimateYield, seenWith, type SeenFlavor } from './yields.ts';

/** One of the pool's clouds as the controller knows it now. */
export interface CloudFacts {
  name: string;
  /** All flavors that the project may use; undefined when the cloud was not seen yet. */
  known: ReadonlyMap<string, Flavor> | undefined;
  serverGroupMembers: number;
  /** Why it can take no new nodes of this pool (not ready, stale, template does not resolve), in words. */
  problem: string | undefined;
  /** Allowed flavors, in the user's order. */
  flavors: string[];
  zones: string[];
  rootVolumeGiB: number | undefined;
  scratchVolumeGiB?: number | undefined;
  /** The image, once it was looked up: what it needs, MiB and GiB. */
  image: { id: string; minRam: number; minDisk: number } | undefined;
  /** What nodes of flavors were seen to give. */
  seen: readonly SeenFlavor[];
  /** Nodes of one pool have a server group of their own here. */
  serverGroup: boolean;
  rests: ReadonlyMap<string, Rest>;
  /** Servers of this pool did not join here. */
  canary?: Canary | undefined;
  weight: number;
  room: Room;
}

export interface PoolFacts {
  now: number;
  pool: EhosNodePool;
  demand: Demand[] | undefined;
  demandMissing: string | undefined;
  phantoms: Phantom[];
  /** Nodes of this pool. */
  nodes: PlanNode[];
  clouds: readonly CloudFacts[];
  recentCreates: number[];
  roundRobin: number;
  seed: number;
  unproven?: boolean | undefined;
  oneAtATime?: string | undefined;
  blind?: boolean | undefined;
}

export function planInputOf(facts: PoolFacts): PlanInput {
  const { pool, now } = facts;
  const { spec } = pool;
  return {
    now,
    pool: {
      name: pool.metadata.name,
      minNodes: spec.minNodes ?? 0,
      maxNodes: spec.maxNodes,
      spareNodes: spec.spareNodes ?? 0,
      replicas: spec.replicas,
      mode: spec.mode ?? 'Active',
      allocation: spec.allocation ?? 'RoundRobin',
      maxBooting: spec.scaleUp?.maxBooting ?? 50,
      maxPerMinute: spec.scaleUp?.maxPerMinute ?? 100,
      consolidateAfter: parseDuration(spec.scaleDown?.consolidateAfter ?? '5m', 'spec.scaleDown.consolidateAfter'),
      budgets: (spec.disruption?.budgets ?? []).map(({ nodes }) => nodes),
      deleting: pool.metadata.deletionTimestamp !== undefined,
      doNotDisrupt: isSet(pool, DO_NOT_DISRUPT),
      ...(facts.unproven === true && { unproven: true }),
      ...(facts.oneAtATime !== undefined && { oneAtATime: facts.oneAtATime }),
      ...(facts.blind === true && { blind: true }),
    },
    demand: facts.demand,
    demandMissing: facts.demandMissing,
    phantoms: facts.phantoms,
    nodes: facts.nodes,
    clouds: facts.clouds.map((cloud) => planCloud(cloud, facts.nodes)),
    recentCreates: facts.recentCreates,
    roundRobin: facts.roundRobin,
    seed: facts.seed,
  };
}

function planCloud(facts: CloudFacts, nodes: readonly PlanNode[]): PlanCloud {
  const { name, known, room } = facts;
  const seen = seenWith(facts.seen, facts.image?.id);
  return {
    name,
    weight: facts.weight,
    unavailable: facts.problem,
    flavors: facts.flavors
      .flatMap((one) => known?.get(one) ?? [])
      .map((flavor) => planFlavor(flavor, seen.get(flavor.name), facts)),
    unknownFlavors: known ? facts.flavors.filter((one) => !known.has(one)) : [],
    zones: facts.zones,
    ...room,
    rootVolumeGiB: facts.rootVolumeGiB,
    scratchVolumeGiB: facts.scratchVolumeGiB,
    groupRoom: Math.min(facts.serverGroup ? groupRoom(facts, nodes) : Infinity, facts.canary?.room ?? Infinity),
    ...(facts.canary && { canary: facts.canary }),
    rests: facts.rests,
  };
}

function planFlavor(flavor: Flavor, seen: SeenFlavor | undefined, { image, rootVolumeGiB }: CloudFacts): PlanFlavor {
  const yields = seen && { cpus: seen.cores, memory: seen.memory, disk: seen.disk, gpus: flavor.gpus };
  return {
    ...flavor,
    yields: yields ?? estimateYield(flavor, rootVolumeGiB),
    learned: yields !== undefined,
    unfit: image && unfitFor(flavor, image, rootVolumeGiB),
    bootTime: seen?.bootSeconds === undefined ? undefined : seen.bootSeconds * 1000,
  };
}

/** Nova refuses an image on a flavor that has less than the image says it needs; a root volume takes the place of the flavor's disk. */
function unfitFor(
  flavor: Flavor,
  { minRam, minDisk }: { minRam: number; minDisk: number },
  rootVolumeGiB: number | undefined,
): string | undefined {
  if (flavor.memory < minRam) return `it needs ${minRam} MiB of memory, the flavor has ${flavor.memory}`;
  const gib = Math.floor(flavor.disk / 1024 / 1024);
  // a flavor without a disk takes the size of the image
  if (rootVolumeGiB === undefined && flavor.disk > 0 && gib < minDisk)
    return `it needs ${minDisk} GiB of disk, the flavor has ${gib}`;
  return undefined;
}

/** Members of the pool's server group are its nodes in this cloud. */
function groupRoom({ name, serverGroupMembers: most }: CloudFacts, nodes: readonly PlanNode[]): number {
  if (most < 0) return Infinity;
  return Math.max(0, most - nodes.filter(({ cloud }) => cloud === name).length);
}

/** `promised`: what a node of this kind is expected to give. undefined for a record that has no server and will get none: it is no node any more. */
export function planNode(
  node: EhosNode,
  startd: Startd | undefined,
  promised: Shape,
  now: number,
): PlanNode | undefined {
  const status = node.status ?? {};
  const leaving = status.drainRequested !== undefined || node.metadata.deletionTimestamp !== undefined;
  if (isGivenUp(node)) return undefined;
  const state = stateOf(node, startd, leaving);
  const total = startd?.total ?? promised;
  const recallable = leaving && isRecallable(node);
  return {
    name: node.metadata.name,
    cloud: node.spec.cloudRef.name,
    flavor: node.spec.flavor,
    zone: node.spec.availabilityZone,
    state,
    free: state === 'Starting' ? promised : recallable ? total : (startd?.free ?? NOTHING),
    total,
    createdAt: fromTime(node.metadata.creationTimestamp) ?? now,
    idleSince: state === 'Idle' ? fromTime(status.idleSince) : undefined,
    deleteFirst: isSet(node, DELETE_FIRST),
    doNotDisrupt: isSet(node, DO_NOT_DISRUPT),
    recallable,
  };
}

/** What nodes of a flavor with an image are expected to give: as seen, or estimated. */
export function promiseOf(
  flavor: Flavor | undefined,
  image: string,
  seen: readonly SeenFlavor[],
  rootVolumeGiB: number | undefined,
): Shape {
  if (!flavor) return NOTHING;
  const known = seen.find((one) => one.flavor === flavor.name && one.image === image);
  if (!known) return estimateYield(flavor, rootVolumeGiB);
  return { cpus: known.cores, memory: known.memory, disk: known.disk, gpus: flavor.gpus };
}

function stateOf({ status = {} }: EhosNode, startd: Startd | undefined, leaving: boolean): PlanNodeState {
  if (leaving) return 'Leaving';
  // what is suspended or switched off will be silent soon, and takes no job in the meantime
  const stopped = status.joined !== undefined && (status.vmState === 'Suspended' || status.vmState === 'Stopping');
  if (status.lostSince !== undefined || stopped) return 'Lost';
  if (status.joined === undefined) return 'Starting';
  if (isBlackHole(status)) return 'Blocked';
  // a drain of ours that is being called off is over soon
  if (startd && !startd.accepts && (!startd.draining || isForeignDrain(startd))) return 'Blocked';
  const busy = (startd?.dynamicSlots ?? 0) > 0 || (startd === undefined && status.nodeState === 'Busy');
  return busy ? 'Busy' : 'Idle';
}

/** Only the plan wants it gone, it is in the pool, and its server was not asked to be deleted. */
function isRecallable({ metadata, status = {} }: EhosNode): boolean {
  if (metadata.deletionTimestamp !== undefined || status.joined === undefined || status.deleted !== undefined)
    return false;
  return status.lostSince === undefined && status.vmState === 'Active' && status.unneeded === true;
}

/** An annotation counts unless it says "false". */
export function isSet(object: { metadata: { annotations?: Record<string, string> } }, annotation: string): boolean {
  const value = object.metadata.annotations?.[annotation];
  return value !== undefined && value !== 'false';
}
