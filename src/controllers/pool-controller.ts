/** Plans for each EhosNodePool, makes the records of new nodes, marks those that are to leave, and says why. */
import { errorClassOf } from '../base/errors.ts';
import { randomSuffix } from '../base/random.ts';
import {
  FINALIZER,
  keyOf,
  LABEL_CLOUD,
  LABEL_POOL,
  NODES,
  POOLS,
  type EhosNode,
  type EhosNodePool,
} from '../api/resources.ts';
import { plan } from '../domain/plan.ts';
import type { Plan, PlannedCreate, PlannedRemoval } from '../domain/plan-types.ts';
import { toTime } from '../domain/times.ts';
import type { CloudController } from './cloud-controller.ts';
import type { Context, Requeue } from './context.ts';
import type { MasterController } from './master-controller.ts';
import { templateHash } from './node-launch.ts';
import { ensureFinalizer, removeFinalizer, writeStatus } from './objects.ts';
import { PoolView, type PoolSight, type Resolved } from './pool-view.ts';
import { poolStatus } from './pool-status.ts';
import { Semaphore } from './semaphore.ts';

const MINUTE = 60_000;
/** A pool is planned again at least so often, in case a wake-up was lost. */
const SAFETY_NET = 5 * MINUTE;
/** Records of one plan that are written side by side: each has a connection to the API server of its own, which is not there for us alone. */
const WRITES_AT_A_TIME = 16;
/** Kubernetes names end at 63 characters where they become host names; a dash and five letters follow. */
const LONGEST_PREFIX = 57;

export class PoolController {
  readonly #view: PoolView;
  /** pool key -> when its last creates were begun. */
  readonly #recentCreates = new Map<string, number[]>();
  readonly #roundRobin = new Map<string, number>();
  readonly #planning = new Semaphore(1);
  readonly #writes = new Semaphore(WRITES_AT_A_TIME);

  constructor(
    private readonly context: Context,
    clouds: CloudController,
    masters: MasterController,
  ) {
    this.#view = new PoolView(context, clouds, masters);
  }

  async reconcile(key: string): Promise<Requeue> {
    const { context } = this;
    const stored = context.stores.pools.get(key);
    if (!stored) {
      this.#recentCreates.delete(key);
      this.#roundRobin.delete(key);
      this.#view.forget(key);
      return undefined;
    }
    const deleting = stored.metadata.deletionTimestamp !== undefined;
    const pool = deleting ? stored : await ensureFinalizer(context, POOLS, stored);
    const resolved = await this.#view.resolve(pool);
    // pools share the quota of their clouds: the next one plans when this one's new nodes are on record
    return await this.#planning.run(async () => await this.#plan(key, pool, resolved));
  }

  async #plan(key: string, pool: EhosNodePool, resolved: Resolved): Promise<Requeue> {
    const { context } = this;
    const deleting = pool.metadata.deletionTimestamp !== undefined;
    const now = context.clock.now();
    const recentCreates = (this.#recentCreates.get(key) ?? []).filter((at) => at > now - MINUTE);
    this.#recentCreates.set(key, recentCreates);
    const sight = this.#view.look(pool, resolved, now, recentCreates, this.#roundRobin.get(key) ?? 0);
    if (deleting && sight.nodes.length === 0) {
      await removeFinalizer(context, POOLS, pool);
      return undefined;
    }
    const decided = plan(sight.input);
    const acts = (pool.spec.mode ?? 'Active') === 'Active' || deleting;
    if (acts) await this.#act(key, pool, sight, decided);
    await writeStatus(context, POOLS, pool, poolStatus(pool, sight, decided, this.#nodesOf(pool), now));
    this.#journal(key, decided);
    return { afterMs: Math.min(decided.recheckAfter ?? SAFETY_NET, SAFETY_NET) };
  }

  async #act(key: string, pool: EhosNodePool, sight: PoolSight, decided: Plan): Promise<void> {
    if (decided.creates.length > 0 || decided.removals.length > 0)
      this.context.log.info(decided.decision.what, { pool: key, why: decided.decision.why });
    this.#roundRobin.set(key, decided.roundRobin);
    // all are awaited, even when one fails: the next pool must see every record that was made
    const results = await Promise.allSettled([
      ...decided.creates.map(
        async (create) => await this.#writes.run(async () => await this.#create(key, pool, sight, create)),
      ),
      ...decided.removals.map(
        async (removal) => await this.#writes.run(async () => await this.#remove(pool, sight, removal)),
      ),
    ]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** The record of a node, with its finalizer: from here on its server cannot be forgotten. */
  async #create(
    key: string,
    pool: EhosNodePool,
    sight: PoolSight,
    { cloud, flavor, reason }: PlannedCreate,
  ): Promise<void> {
    const { context } = this;
    const template = sight.templates.get(cloud);
    if (!template) return;
    const { namespace = '', name, uid = '' } = pool.metadata;
    const node: EhosNode = {
      apiVersion: `${NODES.group}/${NODES.version}`,
      kind: NODES.kind,
      metadata: {
        name: `${name.slice(0, LONGEST_PREFIX)}-${randomSuffix(context.random, 5)}`,
        namespace,
        labels: { [LABEL_POOL]: name, [LABEL_CLOUD]: cloud },
        finalizers: [FINALIZER],
        ownerReferences: [
          {
            apiVersion: `${POOLS.group}/${POOLS.version}`,
            kind: POOLS.kind,
            name,
            uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        poolRef: { name },
        cloudRef: { name: cloud },
        masterRef: { name: pool.spec.masterRef.name },
        flavor,
        image: template.imageId,
        templateHash: templateHash(pool, template, flavor),
      },
    };
    this.#recentCreates.get(key)?.push(context.clock.now());
    const made = await context.client.create(NODES, node, context.signal);
    context.remember(NODES, made);
    context.events.event(pool, 'Normal', 'CreatingNode', `${made.metadata.name}: ${flavor} on ${cloud}, ${reason}`);
    context.wake.node(keyOf(made));
  }

  async #remove(pool: EhosNodePool, sight: PoolSight, { node: name, reason }: PlannedRemoval): Promise<void> {
    const { context } = this;
    const node = sight.nodes.find((candidate) => candidate.metadata.name === name);
    if (!node || node.status?.drainRequested !== undefined) return;
    const marked = { ...node.status, drainRequested: toTime(context.clock.now()), drainReason: reason.slice(0, 1024) };
    try {
      await writeStatus(context, NODES, node, marked);
    } catch (error) {
      // the node has changed since: the next plan sees it as it is
      if (errorClassOf(error) === 'Conflict' || errorClassOf(error) === 'NotFound') return;
      throw error;
    }
    context.events.event(pool, 'Normal', 'RemovingNode', `${name}: ${reason}`);
    context.wake.node(keyOf(node));
  }

  #nodesOf(pool: EhosNodePool): EhosNode[] {
    return this.context.stores.nodes
      .list()
      .filter(
        (node) => node.metadata.namespace === pool.metadata.namespace && node.spec.poolRef.name === pool.metadata.name,
      );
  }

  #journal(key: string, decided: Plan): void {
    for (const line of decided.journal) this.context.log.debug(line, { pool: key });
  }
}
