/** Gathers what the pools of one namespace are planned from: resources, and the last snapshots of masters and clouds. */
import { keyOf, nodeIdOf, type EhosCloud, type EhosNode, type EhosNodePool } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import type { NodeVolumes } from '../domain/amounts.ts';
import { claimedIn } from '../domain/claims.ts';
import { demandOf } from '../domain/demand.ts';
import {
  jobsOf,
  type CloudSight,
  type FleetSight,
  type MasterSight,
  type PoolCloudSight,
  type PoolSight,
} from '../domain/fleet-sight.ts';
import { figuresOf, type Tenant } from '../domain/headroom.ts';
import { massLostWords } from '../domain/mass-lost.ts';
import { planNode, promiseOf } from '../domain/plan-input.ts';
import type { Phantom } from '../domain/plan-types.ts';
import { poolNameOf, servedPools } from '../domain/pool-jobs.ts';
import type { Startd } from '../domain/snapshots.ts';
import { seenFlavors } from '../domain/yields.ts';
import { breakerOf, type Boot } from './boot-watch.ts';
import type { Context } from './context.ts';
import { pollIntervalOf, type MasterController } from './master-controller.ts';
import { flagsOf, OutdatedWatch, type Judged } from './outdated.ts';
import { PhantomWatch } from './phantom-watch.ts';
import { poolCloudSight } from './pool-cloud-sight.ts';
import type { PoolLookups, Resolved } from './pool-lookups.ts';
import { isForAdmin } from './problem.ts';

/** What a pool's status says beside its plan. */
export interface PoolAround {
  pool: EhosNodePool;
  nodes: EhosNode[];
  /** Clouds whose template could be resolved. */
  templates: Map<string, ResolvedTemplate>;
  /** What an admin must mend, each with the cloud that it concerns; not all of them. */
  invalid: string[];
  jobs: { idle: number; running: number; held: number } | undefined;
  master: { synced: boolean; message: string };
  phantoms: Phantom[];
  /** By the name of the node: whether it is what the pool would make now. */
  judged: ReadonlyMap<string, Judged>;
  /** Clouds on which its last servers did not join. */
  boots: readonly Boot[];
}

/** What the controller remembers of a pool. */
export interface PoolMemory {
  recentCreates: number[];
  roundRobin: number;
}

export interface FleetLook {
  sight: FleetSight;
  /** In the order of the pools. */
  around: PoolAround[];
}

type Inventory = Map<string, EhosNode[]>;

export class FleetView {
  readonly #phantoms: PhantomWatch;
  readonly #outdated = new OutdatedWatch();

  constructor(
    private readonly context: Context,
    private readonly lookups: PoolLookups,
    private readonly masters: MasterController,
  ) {
    this.#phantoms = new PhantomWatch(context);
  }

  forget(poolKey: string): void {
    this.#phantoms.forget(poolKey);
    this.#outdated.forget(poolKey);
  }

  /** `pools`: all of the namespace, each with what was looked up for it. */
  look(
    namespace: string,
    pools: readonly { pool: EhosNodePool; resolved: Resolved; memory: PoolMemory }[],
    now: number,
  ): FleetLook {
    const nodes = this.context.stores.nodes.list().filter(({ metadata }) => metadata.namespace === namespace);
    const byPool = groupBy(nodes, ({ spec }) => spec.poolRef.name);
    const byCloud = groupBy(nodes, ({ spec }) => spec.cloudRef.name);
    const sight: FleetSight = {
      now,
      clouds: this.#clouds(
        namespace,
        pools.map(({ pool }) => pool),
        byCloud,
      ),
      masters: this.#masters(namespace, now),
      pools: [],
    };
    const around: PoolAround[] = [];
    const seen: PoolSight[] = [];
    for (const { pool, resolved, memory } of pools) {
      const own = byPool.get(pool.metadata.name) ?? [];
      const look = this.#pool({ pool, resolved, memory, nodes: own }, sight, now);
      seen.push(look.sight);
      around.push(look.around);
    }
    const whole = { ...sight, pools: seen };
    return { sight: whole, around: around.map((one) => ({ ...one, jobs: jobsOf(whole, one.pool) ?? undefined })) };
  }

  #clouds(namespace: string, pools: readonly EhosNodePool[], byCloud: Inventory): CloudSight[] {
    const byName = new Map(pools.map((pool) => [pool.metadata.name, pool]));
    return this.context.stores.clouds
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((cloud) => this.#cloud(cloud, byCloud.get(cloud.metadata.name) ?? [], byName));
  }

  #cloud(cloud: EhosCloud, nodes: readonly EhosNode[], pools: ReadonlyMap<string, EhosNodePool>): CloudSight {
    const snapshot = this.lookups.sessionOf(keyOf(cloud))?.snapshot;
    const tenants = nodes.map((node): Tenant => ({ node, ...volumesOf(pools.get(node.spec.poolRef.name), cloud) }));
    return {
      object: { metadata: { name: cloud.metadata.name }, spec: cloud.spec },
      flavors: snapshot?.flavors,
      serverGroupMembers: snapshot?.serverGroupMembers ?? -1,
      figures: snapshot ? figuresOf(cloud, snapshot, tenants) : {},
      seen: seenFlavors(cloud.status?.flavors ?? [], nodes, snapshot?.flavors),
    };
  }

  #masters(namespace: string, now: number): MasterSight[] {
    return this.context.stores.masters
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map((master) => {
        const session = this.masters.session(keyOf(master));
        const queue = session?.snapshot?.jobs;
        if (session && queue && session.isFresh(now, pollIntervalOf(master)))
          return { name: master.metadata.name, queue, problem: undefined };
        const why = session?.problem?.message ?? 'not read yet';
        return { name: master.metadata.name, queue: undefined, problem: `no fresh data of HTCondor: ${why}` };
      });
  }

  #pool(
    {
      pool,
      resolved,
      memory,
      nodes,
    }: { pool: EhosNodePool; resolved: Resolved; memory: PoolMemory; nodes: EhosNode[] },
    fleet: FleetSight,
    now: number,
  ): { sight: PoolSight; around: PoolAround } {
    const startds = this.masters.session(this.lookups.masterOf(pool).key)?.startds ?? new Map<string, Startd>();
    const master = this.#masterOf(pool, fleet);
    const phantoms = this.#phantomsOf(pool, nodes, startds, fleet);
    const clouds = pool.spec.clouds.map((entry) => poolCloudSight(this.lookups, { pool, entry, resolved, nodes }, now));
    const templates = new Map<string, ResolvedTemplate>();
    for (const [name, { template }] of resolved.lookups) if (template) templates.set(name, template);
    const clouded = new Map(fleet.clouds.map(({ object }) => [object.metadata.name, object]));
    const judgement = this.#outdated.judge({ pool, nodes, templates, clouds: clouded, now });
    const around: PoolAround = {
      pool,
      nodes,
      judged: judgement.nodes,
      templates,
      invalid: this.#invalid(pool, clouds, resolved),
      jobs: undefined,
      master,
      phantoms,
      boots: this.#boots(pool),
    };
    const promised = promiser(pool, fleet.clouds);
    const ours = nodes.flatMap((node) => startds.get(nodeIdOf(node)) ?? []);
    return {
      around,
      sight: {
        pool,
        clouds,
        nodes: nodes.flatMap((node) => {
          const planned = planNode(node, startds.get(nodeIdOf(node)), promised(node), now);
          return planned ? { ...planned, ...flagsOf(node, judgement.nodes.get(node.metadata.name)) } : [];
        }),
        claimed: claimedIn(ours),
        recentCreates: memory.recentCreates,
        roundRobin: memory.roundRobin,
        seed: drawsLots(pool) ? Math.floor(this.context.random.next() * 2 ** 32) : 0,
        phantoms,
        ...(judgement.unproven && { unproven: true }),
        ...this.#oneAtATime(pool),
        ...(this.#isBlind(pool) && { blind: true }),
      },
    };
  }

  #boots(pool: EhosNodePool): Boot[] {
    return pool.spec.clouds.flatMap(({ name }) => {
      const { session } = this.lookups.cloudOf(pool, name);
      const breaker = session && breakerOf(session, pool, name);
      return breaker ? [{ cloud: name, breaker }] : [];
    });
  }

  /** Where nobody seems to be heard, what is made now would not be heard either. */
  #oneAtATime(pool: EhosNodePool): Pick<PoolSight, 'oneAtATime'> {
    const lost = this.masters.session(this.lookups.masterOf(pool).key)?.massLost;
    if (!lost || lost.confirmed || lost.hears) return {};
    return { oneAtATime: `one at a time: ${massLostWords(lost)}` };
  }

  #isBlind(pool: EhosNodePool): boolean {
    const session = this.masters.session(this.lookups.masterOf(pool).key);
    return session !== undefined && !session.isCurrent();
  }

  #masterOf(pool: EhosNodePool, { masters }: FleetSight): PoolAround['master'] {
    const { name } = pool.spec.masterRef;
    const master = masters.find((one) => one.name === name);
    if (!master) {
      const message = `spec.masterRef.name: there is no EhosMaster "${name}" in this namespace; waiting for it`;
      return { synced: false, message };
    }
    return { synced: master.queue !== undefined, message: master.problem ?? 'queue and nodes are read' };
  }

  #phantomsOf(
    pool: EhosNodePool,
    nodes: readonly EhosNode[],
    startds: ReadonlyMap<string, Startd>,
    { masters }: FleetSight,
  ): Phantom[] {
    const { master, key } = this.lookups.masterOf(pool);
    const session = this.masters.session(key);
    const queue = masters.find(({ name }) => name === pool.spec.masterRef.name)?.queue;
    if (!master || !session || !queue || session.startdsAt === undefined) return this.#phantoms.known(pool);
    const served = servedPools(this.context.stores.pools.list(), {
      namespace: pool.metadata.namespace,
      name: pool.spec.masterRef.name,
    });
    return this.#phantoms.observe({
      pool,
      master,
      session,
      queue,
      sight: {
        observedAt: session.startdsAt,
        demand: demandOf(queue, poolNameOf(pool), served).demand,
        nodes: witnesses(nodes, startds),
        cycles: session.snapshot?.negotiation,
        negotiatorInterval: (session.facts?.negotiatorInterval ?? 60) * 1000,
      },
    });
  }

  #invalid(pool: EhosNodePool, clouds: readonly PoolCloudSight[], resolved: Resolved): string[] {
    const invalid = clouds.flatMap(({ name, problem }) => {
      const { cloud } = this.lookups.cloudOf(pool, name);
      const message = cloud ? resolved.lookups.get(name)?.invalid : problem;
      return message === undefined ? [] : [`${name}: ${message}`];
    });
    if (resolved.worker && isForAdmin(resolved.worker)) invalid.unshift(resolved.worker.message);
    return invalid;
  }
}

/** Nodes that take jobs now, with what is free on them and since when it has been. */
function witnesses(
  nodes: readonly EhosNode[],
  startds: ReadonlyMap<string, Startd>,
): { cloud: string; flavor: string; free: Startd['free']; freeSince: number | undefined }[] {
  return nodes.flatMap((node) => {
    const { spec, status = {} } = node;
    const startd = startds.get(nodeIdOf(node));
    const working =
      status.joined !== undefined && status.lostSince === undefined && status.drainRequested === undefined;
    if (!startd?.accepts || !working) return [];
    return [{ cloud: spec.cloudRef.name, flavor: spec.flavor, free: startd.free, freeSince: startd.slotsChangedAt }];
  });
}

/** What a node of the pool is expected to give to jobs before its startd says so. */
function promiser(pool: EhosNodePool, clouds: readonly CloudSight[]): (node: EhosNode) => Startd['total'] {
  const known = new Map<string, Startd['total']>();
  const volume = pool.spec.template?.rootVolume?.size;
  return ({ spec: { cloudRef, flavor, image } }) => {
    const key = JSON.stringify([cloudRef.name, flavor, image]);
    const cloud = clouds.find(({ object }) => object.metadata.name === cloudRef.name);
    const promise = known.get(key) ?? promiseOf(cloud?.flavors?.get(flavor), image, cloud?.seen ?? [], volume);
    known.set(key, promise);
    return promise;
  };
}

function volumesOf(pool: EhosNodePool | undefined, { metadata }: EhosCloud): NodeVolumes {
  const entry = pool?.spec.clouds.find(({ name }) => name === metadata.name);
  const template = pool?.spec.template;
  return {
    rootVolumeGiB: template?.rootVolume?.size,
    scratchVolumeGiB: (entry?.scratchVolume ?? template?.scratchVolume)?.size,
  };
}

function drawsLots({ spec }: EhosNodePool): boolean {
  return spec.allocation === 'Random' || spec.allocation === 'Weighted';
}

function groupBy(nodes: readonly EhosNode[], key: (node: EhosNode) => string): Inventory {
  const groups: Inventory = new Map();
  for (const node of nodes) {
    const group = groups.get(key(node));
    if (group) group.push(node);
    else groups.set(key(node), [node]);
  }
  return groups;
}
