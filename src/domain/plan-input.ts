/** The planner's view of one pool, made from the resources and the snapshots. */
import { parseDuration } from '../base/duration.ts';
import { DELETE_FIRST, DO_NOT_DISRUPT, type EhosCloud, type EhosNode, type EhosNodePool } from '../api/resources.ts';
import { roomIn } from './headroom.ts';
import type { Demand, PlanCloud, PlanInput, PlanNode, PlanNodeState } from './plan-types.ts';
import type { CloudSnapshot, Flavor, Shape, Startd } from './snapshots.ts';
import { fromTime } from './times.ts';
import { estimateYield } from './yields.ts';

/** One of the pool's clouds as the controller knows it now. */
export interface CloudFacts {
  name: string;
  /** undefined: there is no such EhosCloud. */
  cloud: EhosCloud | undefined;
  snapshot: CloudSnapshot | undefined;
  /** Why it can take no new nodes of this pool (not ready, stale, template does not resolve), in words. */
  problem: string | undefined;
  /** Allowed flavors, in the user's order. */
  flavors: string[];
  rootVolumeGiB: number | undefined;
  imageId: string | undefined;
  cooldowns: Map<string, { reason: string; until: number }>;
  weight: number;
}

export interface PoolFacts {
  now: number;
  pool: EhosNodePool;
  demand: Demand[] | undefined;
  demandMissing: string | undefined;
  /** Nodes of this pool. */
  nodes: EhosNode[];
  /** Nodes of all pools, by the name of their cloud: they share its quota. */
  nodesByCloud: Map<string, EhosNode[]>;
  startds: Map<string, Startd>;
  clouds: CloudFacts[];
  learned: (cloud: string, flavor: Flavor, image: string) => Shape | undefined;
  recentCreates: number[];
  roundRobin: number;
  random: () => number;
}

export function planInputOf(facts: PoolFacts): PlanInput {
  const { pool, now } = facts;
  const { spec } = pool;
  const clouds = facts.clouds.map((cloud) => planCloud(cloud, facts));
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
      deleting: pool.metadata.deletionTimestamp !== undefined,
      doNotDisrupt: isSet(pool, DO_NOT_DISRUPT),
    },
    demand: facts.demand,
    demandMissing: facts.demandMissing,
    nodes: facts.nodes.flatMap((node) => planNode(node, facts, clouds) ?? []),
    clouds,
    recentCreates: facts.recentCreates,
    roundRobin: facts.roundRobin,
    random: facts.random,
  };
}

function planCloud(facts: CloudFacts, { nodesByCloud, learned }: PoolFacts): PlanCloud {
  const { snapshot, cloud } = facts;
  const known = facts.flavors.flatMap((name) => snapshot?.flavors.get(name) ?? []);
  const flavors = known.map((flavor) => ({
    ...flavor,
    yields:
      (facts.imageId === undefined ? undefined : learned(facts.name, flavor, facts.imageId)) ??
      estimateYield(flavor, facts.rootVolumeGiB),
  }));
  const none = { headroom: { instances: 0, cores: 0, memory: 0 }, usage: {} };
  const room = cloud && snapshot ? roomIn(cloud, snapshot, nodesByCloud.get(facts.name) ?? []) : none;
  return {
    name: facts.name,
    weight: facts.weight,
    unavailable: facts.problem,
    flavors,
    unknownFlavors: snapshot ? facts.flavors.filter((name) => !snapshot.flavors.has(name)) : [],
    ...room,
    cooldowns: facts.cooldowns,
  };
}

/** undefined for a record that has no server and will get none: it is no node any more. */
function planNode(node: EhosNode, facts: PoolFacts, clouds: PlanCloud[]): PlanNode | undefined {
  const status = node.status ?? {};
  const leaving = status.drainRequested !== undefined || node.metadata.deletionTimestamp !== undefined;
  if (leaving && status.serverID === undefined) return undefined;
  const startd = facts.startds.get(node.metadata.uid ?? '');
  const flavor = clouds
    .find((c) => c.name === node.spec.cloudRef.name)
    ?.flavors.find((f) => f.name === node.spec.flavor);
  const promised: Shape = flavor?.yields ?? { cpus: 0, memory: 0, disk: 0, gpus: 0 };
  const busy = (startd?.dynamicSlots ?? 0) > 0 || (startd === undefined && status.nodeState === 'Busy');
  const state: PlanNodeState = leaving
    ? 'Leaving'
    : status.lostSince !== undefined
      ? 'Lost'
      : status.joined === undefined
        ? 'Starting'
        : busy
          ? 'Busy'
          : 'Idle';
  return {
    name: node.metadata.name,
    cloud: node.spec.cloudRef.name,
    flavor: node.spec.flavor,
    state,
    free: state === 'Starting' ? promised : (startd?.free ?? { cpus: 0, memory: 0, disk: 0, gpus: 0 }),
    total: startd?.total ?? promised,
    createdAt: fromTime(node.metadata.creationTimestamp) ?? facts.now,
    idleSince: state === 'Idle' ? fromTime(status.idleSince) : undefined,
    deleteFirst: isSet(node, DELETE_FIRST),
    doNotDisrupt: isSet(node, DO_NOT_DISRUPT),
  };
}

/** An annotation counts unless it says "false". */
function isSet(object: { metadata: { annotations?: Record<string, string> } }, annotation: string): boolean {
  const value = object.metadata.annotations?.[annotation];
  return value !== undefined && value !== 'false';
}
