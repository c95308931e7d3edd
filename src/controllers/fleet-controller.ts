/** Plans for all EhosNodePools of a namespace at once, for they share the quota of its clouds; carries the plan out, and says why. */
import { keyOf, POOLS, type EhosNodePool, type KubeObject } from '../api/resources.ts';
import { planFleet } from '../domain/fleet.ts';
import { planInputsOf, type FleetSight } from '../domain/fleet-sight.ts';
import { PlanMemo } from '../domain/memo.ts';
import type { Plan } from '../domain/plan-types.ts';
import type { CloudController } from './cloud-controller.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context, Requeue } from './context.ts';
import { FleetView, type PoolAround, type PoolMemory } from './fleet-view.ts';
import type { MasterController } from './master-controller.ts';
import type { MasterSession } from './master-session.ts';
import { NodeMarks } from './node-marks.ts';
import { ensureFinalizer, removeFinalizer, writeStatus } from './objects.ts';
import { PoolActs } from './pool-acts.ts';
import { PoolLookups, type Resolved } from './pool-lookups.ts';
import { poolStatus } from './pool-status.ts';
import { removeServerGroups } from './server-group-removal.ts';

const MINUTE = 60_000;
/** A pool is planned again at least so often, in case a wake-up was lost. */
const SAFETY_NET = 5 * MINUTE;
/** How long after the start a cloud or master that was not looked at yet is waited for, and how often it is looked whether it was, ms. */
const FIRST_LOOKS = 10_000;
const EARLY_RETRY = 250;

/** More nodes are to be marked than one plan may, ms. */
const SOON = 2_000;

interface Ready {
  pool: EhosNodePool;
  resolved: Resolved;
  memory: PoolMemory;
  /** Nothing can be done in its name: its finalizer is not set, or its records are not known. It is planned for, so that no other takes its jobs. */
  failure: { error: unknown } | undefined;
}

export class FleetController {
  readonly #startedAt: number;
  readonly #lookups: PoolLookups;
  readonly #view: FleetView;
  readonly #acts: PoolActs;
  readonly #marks: NodeMarks;
  readonly #memories = new Map<string, PoolMemory>();
  readonly #memos = new Map<string, PlanMemo>();
  readonly #sights = new Map<string, FleetSight>();
  readonly #decisions = new Map<string, { pool: string; reason: string; count: number }>();

  constructor(
    private readonly context: Context,
    private readonly clouds: CloudController,
    private readonly masters: MasterController,
  ) {
    this.#startedAt = context.clock.now();
    this.#lookups = new PoolLookups(context, clouds, masters);
    this.#view = new FleetView(context, this.#lookups, masters);
    this.#acts = new PoolActs(context);
    this.#marks = new NodeMarks(context);
  }

  /** What the last plan of each namespace was made from. */
  sights(): ReadonlyMap<string, FleetSight> {
    return this.#sights;
  }

  /** How often each pool was decided so; `pool` is its key. */
  decisions(): { pool: string; reason: string; count: number }[] {
    return [...this.#decisions.values()];
  }

  async reconcile(namespace: string): Promise<Requeue> {
    const pools = this.context.stores.pools.list().filter(({ metadata }) => metadata.namespace === namespace);
    this.#forget(namespace, pools);
    if (pools.length === 0) return undefined;
    if (this.#isEarly(namespace)) {
      // what a template names is looked up while the others are read: the plan finds it in the caches
      await Promise.allSettled(pools.map(async (pool) => await this.#lookups.resolve(pool)));
      return { afterMs: EARLY_RETRY };
    }
    const prepared = await Promise.allSettled(pools.map(async (pool) => await this.#prepare(pool)));
    const ready = prepared.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const done = await this.#plan(namespace, ready);
    // one pool that fails holds up no other; it is tried again
    const failed = [...prepared, ...done].find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const rechecks = done.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []));
    return { afterMs: Math.min(SAFETY_NET, ...rechecks) };
  }

  /**
   * Clouds and masters are being looked at for the first time since the start: each wakes the pools when it was read, and what is not known
   * yet would only be told and taken back. One that does not answer holds nobody up for long.
   */
  #isEarly(namespace: string): boolean {
    const { clock, stores } = this.context;
    if (clock.now() - this.#startedAt > FIRST_LOOKS) return false;
    const here = ({ metadata }: KubeObject): boolean => metadata.namespace === namespace;
    const unseen = (session: CloudSession | MasterSession | undefined): boolean =>
      session?.snapshot === undefined && session?.problem === undefined;
    return (
      stores.clouds.list().some((cloud) => here(cloud) && unseen(this.clouds.session(keyOf(cloud)))) ||
      stores.masters.list().some((master) => here(master) && unseen(this.masters.session(keyOf(master))))
    );
  }

  /** Pools that are gone, and what was kept of them. */
  #forget(namespace: string, pools: readonly EhosNodePool[]): void {
    const there = new Set(pools.map(keyOf));
    for (const key of this.#memories.keys()) {
      if (!key.startsWith(`${namespace}/`) || there.has(key)) continue;
      this.#memories.delete(key);
      this.#lookups.forget(key);
      this.#view.forget(key);
      this.#acts.forget(key);
      for (const [id, { pool }] of this.#decisions) if (pool === key) this.#decisions.delete(id);
    }
    if (pools.length > 0) return;
    this.#memos.delete(namespace);
    this.#sights.delete(namespace);
  }

  async #prepare(stored: EhosNodePool): Promise<Ready> {
    const key = keyOf(stored);
    const memory = this.#memories.get(key) ?? { recentCreates: [], roundRobin: 0 };
    this.#memories.set(key, memory);
    const deleting = stored.metadata.deletionTimestamp !== undefined;
    let [pool, failure]: [EhosNodePool, Ready['failure']] = [stored, undefined];
    try {
      if (!deleting) pool = await ensureFinalizer(this.context, POOLS, stored);
      await this.#acts.settle(pool);
    } catch (error) {
      failure = { error };
    }
    return { pool, resolved: await this.#lookups.resolve(pool), memory, failure };
  }

  /** From the look to the records of new nodes nothing else plans for this namespace: its queue has one worker a key. */
  async #plan(namespace: string, ready: readonly Ready[]): Promise<PromiseSettledResult<number | undefined>[]> {
    const now = this.context.clock.now();
    for (const { memory } of ready) memory.recentCreates = memory.recentCreates.filter((at) => at > now - MINUTE);
    const { sight, around } = this.#view.look(namespace, ready, now);
    this.#sights.set(namespace, sight);
    const inputs = planInputsOf(sight);
    const plans = planFleet(inputs, this.#memoOf(namespace));
    return await Promise.allSettled(
      around.map(async (one, i) => {
        const [plan, input, { memory, failure } = {}] = [plans[i], inputs[i], ready[i]];
        if (failure) throw failure.error;
        if (!plan || !input || !memory) return undefined;
        return await this.#carryOut(one, memory, plan, input.clouds, now);
      }),
    );
  }

  #memoOf(namespace: string): PlanMemo {
    const memo = this.#memos.get(namespace) ?? new PlanMemo();
    this.#memos.set(namespace, memo);
    return memo;
  }

  /** Returns after how many ms the plan may differ by itself. */
  async #carryOut(
    around: PoolAround,
    memory: PoolMemory,
    plan: Plan,
    clouds: Parameters<typeof poolStatus>[0]['clouds'],
    now: number,
  ): Promise<number | undefined> {
    const { context } = this;
    const { pool } = around;
    const key = keyOf(pool);
    const deleting = pool.metadata.deletionTimestamp !== undefined;
    if (deleting && around.nodes.length === 0) {
      await removeServerGroups(context, pool, (name) => this.#lookups.cloudOf(pool, name).session);
      await removeFinalizer(context, POOLS, pool);
      return undefined;
    }
    const acts = (pool.spec.mode ?? 'Active') === 'Active' || deleting;
    if (acts) memory.roundRobin = plan.roundRobin;
    const done = acts ? await this.#acts.carryOut(around, memory, plan) : undefined;
    const nodes = this.#nodesOf(pool);
    await writeStatus(context, POOLS, pool, poolStatus({ around, plan, clouds, nodes, done, now }));
    const more = acts && !deleting && (await this.#marks.outdated(nodes, around.judged));
    this.#count(key, plan);
    for (const { message } of plan.journal) context.log.debug(message, { pool: key });
    return more ? Math.min(SOON, plan.recheckAfter ?? SOON) : plan.recheckAfter;
  }

  #count(pool: string, { decision: { reason } }: Plan): void {
    const id = `${pool} ${reason}`;
    const known = this.#decisions.get(id) ?? { pool, reason, count: 0 };
    known.count += 1;
    this.#decisions.set(id, known);
  }

  /** As the local copy has them now, those among them that were made just now. */
  #nodesOf(pool: EhosNodePool): ReturnType<Context['stores']['nodes']['list']> {
    const { namespace, name } = pool.metadata;
    return this.context.stores.nodes
      .list()
      .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.poolRef.name === name);
  }
}
