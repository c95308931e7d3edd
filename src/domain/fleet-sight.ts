/**
 * Everything that the pools of one namespace are planned from, as plain data: what the operator gathers before it plans, and what a
 * snapshot file holds. The same sight gives the same plan, in the operator and in `ehos plan`.
 */
import type { EhosCloud, EhosNodePool } from '../api/resources.ts';
import type { Canary } from './breakers.ts';
import { lessClaimed } from './claims.ts';
import { demandOf, type PoolDemand } from './demand.ts';
import { NO_ROOM, roomOf, type Figures } from './headroom.ts';
import { planInputOf, type CloudFacts } from './plan-input.ts';
import type { Demand, Phantom, PlanInput, PlanNode, Rest } from './plan-types.ts';
import { shapeKey } from './phantoms.ts';
import { poolNameOf, servedPools } from './pool-jobs.ts';
import { fits } from './shapes.ts';
import type { Flavor, JobGroup, Shape } from './snapshots.ts';
import { mergeTemplate } from './templates.ts';
import type { SeenFlavor } from './yields.ts';

/** One EhosCloud, as it was last listed. */
export interface CloudSight {
  /** Its metadata.name and its spec. */
  object: Pick<EhosCloud, 'metadata' | 'spec'>;
  /** All that the project may use; undefined when the cloud was not seen yet. */
  flavors: ReadonlyMap<string, Flavor> | undefined;
  /** Members that a server group may have; -1: no limit. */
  serverGroupMembers: number;
  /** Quota and own limits, and what of them is in use or under way. */
  figures: Figures;
  /** What nodes of its flavors were seen to give. */
  seen: readonly SeenFlavor[];
}

/** One EhosMaster, as it was last read. */
export interface MasterSight {
  name: string;
  /** undefined when there are no fresh data; `problem` says why. */
  queue: readonly JobGroup[] | undefined;
  problem: string | undefined;
}

/** One cloud of a pool. */
export interface PoolCloudSight {
  name: string;
  /** Why it can take no new nodes of this pool, in words. */
  problem: string | undefined;
  /** The image, once it was looked up: what it needs, MiB and GiB. */
  image: { id: string; minRam: number; minDisk: number } | undefined;
  /** By `placeOf`. */
  rests: ReadonlyMap<string, Rest>;
  /** Servers of this pool did not join here. */
  canary?: Canary;
}

export interface PoolSight {
  pool: EhosNodePool;
  /** One for each entry of spec.clouds. */
  clouds: readonly PoolCloudSight[];
  nodes: readonly PlanNode[];
  /** Jobs for which a slot is claimed already, though they do not run yet. */
  claimed: number;
  /** ms. */
  recentCreates: readonly number[];
  roundRobin: number;
  seed: number;
  phantoms: readonly Phantom[];
  /** Nodes are outdated, and none that was made as the pool says now has joined yet. */
  unproven?: boolean;
  /** Why only one node may be on its way at a time, in words. */
  oneAtATime?: string;
  /** What is known of queue and nodes is from before the last attempt to read them, which failed: no node begins to leave. */
  blind?: boolean;
}

export interface FleetSight {
  now: number;
  clouds: readonly CloudSight[];
  masters: readonly MasterSight[];
  /** All pools of the namespace, those of each master among them: they share its jobs. */
  pools: readonly PoolSight[];
}

/** In the order of the pools. */
export function planInputsOf(sight: FleetSight): PlanInput[] {
  return sight.pools.map((one) => {
    const { demand, missing } = demandFor(sight, one);
    return planInputOf({
      now: sight.now,
      pool: one.pool,
      demand,
      demandMissing: missing,
      phantoms: [...one.phantoms],
      nodes: [...one.nodes],
      clouds: one.pool.spec.clouds.map((entry) => cloudFacts(sight, one, entry)),
      recentCreates: [...one.recentCreates],
      roundRobin: one.roundRobin,
      seed: one.seed,
      unproven: one.unproven,
      oneAtATime: one.oneAtATime,
      blind: one.blind,
    });
  });
}

/** The jobs of a pool; undefined when its master was not read lately. */
export function jobsOf(sight: Pick<FleetSight, 'masters' | 'pools'>, pool: EhosNodePool): PoolDemand | undefined {
  const queue = sight.masters.find(({ name }) => name === pool.spec.masterRef.name)?.queue;
  if (!queue) return undefined;
  const all = sight.pools.map((one) => one.pool);
  const master = { namespace: pool.metadata.namespace, name: pool.spec.masterRef.name };
  return demandOf(queue, poolNameOf(pool), servedPools(all, master));
}

function demandFor(
  sight: FleetSight,
  { pool, claimed, nodes, phantoms }: PoolSight,
): { demand: Demand[] | undefined; missing: string | undefined } {
  const { name } = pool.spec.masterRef;
  const master = sight.masters.find((one) => one.name === name);
  const jobs = jobsOf(sight, pool);
  // what no node of the pool could hold, or HTCondor has not started for long, is not what the slots are claimed for
  const given = new Set(phantoms.map(shapeKey));
  const canBeClaimed = (shape: Shape): boolean =>
    !given.has(shapeKey(shape)) && nodes.some(({ total }) => fits(shape, total));
  if (jobs) return { demand: lessClaimed(jobs.demand, claimed, canBeClaimed), missing: undefined };
  return { demand: undefined, missing: master?.problem ?? `there is no master "${name}"` };
}

function cloudFacts(
  sight: FleetSight,
  { pool, clouds }: PoolSight,
  entry: EhosNodePool['spec']['clouds'][number],
): CloudFacts {
  const cloud = sight.clouds.find(({ object }) => object.metadata.name === entry.name);
  const here = clouds.find(({ name }) => name === entry.name);
  const merged = cloud && mergeTemplate(pool, entry, cloud.object);
  return {
    name: entry.name,
    known: cloud?.flavors,
    serverGroupMembers: cloud?.serverGroupMembers ?? -1,
    problem: here ? here.problem : 'it was not looked at yet',
    flavors: merged?.flavors ?? [],
    zones: merged?.availabilityZones ?? [],
    rootVolumeGiB: merged?.rootVolume?.size,
    scratchVolumeGiB: merged?.scratchVolume?.size,
    image: here?.image,
    seen: cloud?.seen ?? [],
    serverGroup: merged?.serverGroupPolicy !== undefined,
    rests: here?.rests ?? new Map<string, Rest>(),
    canary: here?.canary,
    weight: entry.weight ?? cloud?.object.spec.weight ?? 50,
    room: cloud?.flavors ? roomOf(cloud.figures) : NO_ROOM,
  };
}
