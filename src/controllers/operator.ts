/** The operator as a whole: reflectors feed queues, queues feed controllers. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { EhosError } from '../base/errors.ts';
import {
  CLOUDS,
  keyOf,
  MASTERS,
  NODES,
  POOLS,
  splitKey,
  type EhosCloud,
  type EhosMaster,
  type EhosNode,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../api/resources.ts';
import type { FleetSight } from '../domain/fleet-sight.ts';
import { defaultLifecycleSettings } from '../domain/lifecycle-types.ts';
import { EventRecorder } from '../kube/events.ts';
import { Reflectors } from '../kube/reflectors.ts';
import type { KubeClient } from '../kube/types.ts';
import { WorkQueue } from '../kube/work-queue.ts';
import { CloudController } from './cloud-controller.ts';
import { defaultSettings, type Context, type Factories, type Requeue, type Settings } from './context.ts';
import { collectFigures } from './collect-figures.ts';
import type { Figures } from './figures.ts';
import { FleetController } from './fleet-controller.ts';
import { MasterController } from './master-controller.ts';
import { Meters } from './meters.ts';
import { NodeController } from './node-controller.ts';
import { missingOf } from './readiness.ts';
import { StartUp } from './start-up.ts';

export interface OperatorOptions {
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Log;
  factories: Factories;
  /** Which of several replicas this is, told in events. */
  instance?: string | undefined;
  /** Only these namespaces; undefined: all. */
  namespaces?: readonly string[] | undefined;
  settings?: Partial<Settings>;
  /** Where calls to peers are counted. */
  meters?: Meters;
}

/** Reconciles at the same time, by kind. A cloud or master that hangs must not hold up another. */
const CONCURRENCY = { cloud: 16, master: 16, fleet: 8, node: 16 };

/**
 * What happens to a pool's nodes, clouds and master within this time makes one plan, ms. A plan looks at all nodes: one for each change
 * of a thousand nodes that come or go was measured to take a third of the operator's CPU.
 */
const GATHERING = 500;

export class Operator {
  readonly #abort = new AbortController();
  readonly #meters: Meters;
  readonly #startUp: StartUp;
  readonly #events: EventRecorder;
  /** Pools are planned together, by namespace. */
  readonly #queues: Record<'cloud' | 'master' | 'fleet' | 'node', WorkQueue>;
  readonly #reflectors: {
    clouds: Reflectors<EhosCloud>;
    masters: Reflectors<EhosMaster>;
    pools: Reflectors<EhosNodePool>;
    nodes: Reflectors<EhosNode>;
  };
  #clusterUid: string | undefined;
  #controllers:
    { clouds: CloudController; masters: MasterController; fleets: FleetController; nodes: NodeController } | undefined;

  constructor(private readonly options: OperatorOptions) {
    const { clock, random, log, client, instance } = options;
    // every call under way listens to it: hundreds are no leak
    setMaxListeners(0, this.#abort.signal);
    this.#meters = options.meters ?? new Meters();
    this.#startUp = new StartUp({ client, clock, random, log, signal: this.#abort.signal });
    const queue = (name: string): WorkQueue => new WorkQueue({ name, clock, random, log, tracer: this.#meters.tracer });
    this.#queues = { cloud: queue('cloud'), master: queue('master'), fleet: queue('fleet'), node: queue('node') };
    this.#events = new EventRecorder({ client, clock, random, log, component: 'ehos-operator', instance });
    this.#reflectors = {
      clouds: this.#reflect<EhosCloud>(CLOUDS, (key, cloud, previous) => {
        if (!isStatusOnly(cloud, previous)) this.#queues.cloud.add(key);
      }),
      masters: this.#reflect<EhosMaster>(MASTERS, (key, master, previous) => {
        if (!isStatusOnly(master, previous)) this.#queues.master.add(key);
      }),
      pools: this.#reflect<EhosNodePool>(POOLS, (key, pool, previous) => {
        if (!isStatusOnly(pool, previous)) this.#onPool(key, pool, previous);
      }),
      nodes: this.#reflect<EhosNode>(NODES, (key) => this.#onNode(key)),
    };
  }

  /** True once it decides and acts. */
  get leads(): boolean {
    return this.#controllers !== undefined;
  }

  /** What it lacks, in words; nothing: it has listed all, and the API server answers. */
  missing(): string[] {
    const copies = Object.values(this.#reflectors).flatMap((one) => one.states());
    return missingOf(this.#startUp.obstacle, copies, this.options.clock.now());
  }

  figures(): Figures {
    return collectFigures({
      leader: this.leads,
      stores: this.#stores,
      controllers: this.#controllers,
      meters: this.#meters,
      queues: new Map(Object.entries(this.#queues).map(([name, queue]) => [name, queue.metrics()])),
      now: this.options.clock.now(),
    });
  }

  /** What the last plan of each namespace was made from; of one namespace, if it is named. */
  snapshot(namespace?: string): { namespace: string; sight: FleetSight }[] {
    const sights = [...(this.#controllers?.fleets.sights() ?? [])].map(([name, sight]) => ({ namespace: name, sight }));
    return sights.filter((one) => namespace === undefined || one.namespace === namespace);
  }

  /** Resolves when all resources were listed once, and are followed. Nothing is decided, asked or written. */
  async prepare(): Promise<void> {
    this.#clusterUid = await this.#startUp.findClusterUid();
    for (const namespace of this.options.namespaces ?? []) await this.#startUp.requireNamespace(namespace);
    const reflectors = Object.values(this.#reflectors);
    for (const one of reflectors) one.start();
    await Promise.all(reflectors.map(async (one) => await one.synced()));
    this.options.log.info('operator prepared', {
      cluster: this.#clusterUid,
      namespaces: this.options.namespaces?.join(',') ?? 'all',
    });
  }

  /** Begins to decide and to act, from what `prepare` has listed. To be called once, when that was a moment ago. */
  lead(): void {
    if (this.#clusterUid === undefined || this.leads) throw new Error('lead() comes once, after prepare()');
    this.#run(this.#context(this.#clusterUid));
    this.options.log.info('operator started');
  }

  /**
   * Begins to decide and to act after a time of waiting. Everything is listed anew first: what a standby followed may be minutes old, since a
   * watch that breaks in silence is noticed late, and the leader before has acted until a moment ago.
   */
  async takeOver(): Promise<void> {
    await Promise.all(Object.values(this.#reflectors).map(async (one) => await one.refresh()));
    if (!this.#abort.signal.aborted) this.lead();
  }

  /** For one that is alone: resolves when it has begun. */
  async start(): Promise<void> {
    await this.prepare();
    this.lead();
  }

  /** Ends calls under way, waits for what runs, closes connections. Nothing of it harms: all is found again from the records. */
  async stop(): Promise<void> {
    this.#abort.abort(new EhosError('Transient', 'the operator is stopping', { maybeDone: true }));
    await Promise.all(Object.values(this.#queues).map(async (queue) => await queue.stop()));
    await Promise.all(Object.values(this.#reflectors).map(async (one) => await one.stop()));
    await this.#controllers?.nodes.settled();
    this.#controllers?.masters.close();
    await this.#controllers?.clouds.close();
    await this.#events.stop();
  }

  #reflect<T extends KubeObject>(
    type: ResourceType,
    onChange: (key: string, object: T | undefined, previous: T | undefined) => void,
  ): Reflectors<T> {
    const { client, clock, random, log, namespaces } = this.options;
    return new Reflectors<T>({ client, type, clock, random, log, onChange }, namespaces);
  }

  get #stores(): Context['stores'] {
    const { clouds, masters, pools, nodes } = this.#reflectors;
    return { clouds, masters, pools, nodes };
  }

  #context(clusterUid: string): Context {
    const { client, clock, random, log, factories, settings } = this.options;
    const merged = { ...defaultSettings, lifecycle: defaultLifecycleSettings, ...settings };
    const wake = (queue: WorkQueue) => (key: string, afterMs?: number) => {
      if (afterMs === undefined) queue.add(key);
      else queue.addAfter(key, afterMs);
    };
    const queues = this.#queues;
    const { clouds, masters, pools, nodes } = this.#reflectors;
    const reflectors = new Map<string, Reflectors<never>>(
      (
        [
          [CLOUDS, clouds],
          [MASTERS, masters],
          [POOLS, pools],
          [NODES, nodes],
        ] as const
      ).map(([type, one]) => [type.plural, one as unknown as Reflectors<never>]),
    );
    return {
      client,
      clock,
      random,
      log,
      factories,
      clusterUid,
      events: this.#events,
      settings: { ...merged, lifecycle: { ...merged.lifecycle, lostAfter: 3 * merged.nodeUpdateInterval * 1000 } },
      stores: this.#stores,
      remember: (type, object) => reflectors.get(type.plural)?.patched(object as never),
      wake: {
        cloud: wake(queues.cloud),
        master: wake(queues.master),
        pool: (key, afterMs = GATHERING) => queues.fleet.addAfter(splitKey(key).namespace, afterMs),
        node: wake(queues.node),
      },
      signal: this.#abort.signal,
    };
  }

  #run(context: Context): void {
    const clouds = new CloudController(context);
    const masters = new MasterController(context);
    const fleets = new FleetController(context, clouds, masters);
    const nodes = new NodeController(context, clouds, masters);
    this.#controllers = { clouds, masters, fleets, nodes };
    const run = (name: keyof typeof CONCURRENCY, reconcile: (key: string) => Promise<Requeue>): void => {
      this.#queues[name].run(async (key) => {
        const requeue = await reconcile(key);
        return requeue === undefined ? {} : { requeueAfterMs: requeue.afterMs };
      }, CONCURRENCY[name]);
    };
    run('cloud', async (key) => await clouds.reconcile(key));
    run('master', async (key) => await masters.reconcile(key));
    run('fleet', async (namespace) => await fleets.reconcile(namespace));
    run('node', async (key) => await nodes.reconcile(key));
  }

  #onPool(key: string, pool: EhosNodePool | undefined, previous: EhosNodePool | undefined): void {
    this.#queues.fleet.add(splitKey(key).namespace);
    const { generation, deletionTimestamp } = pool?.metadata ?? {};
    const same =
      generation === previous?.metadata.generation && deletionTimestamp === previous?.metadata.deletionTimestamp;
    if (pool && previous && same) return;
    // its mode, its boot timeout or its end concern its nodes; its status does not
    for (const node of this.#reflectors.nodes.list())
      if (`${node.metadata.namespace ?? ''}/${node.spec.poolRef.name}` === key) this.#queues.node.add(keyOf(node));
    if (pool) this.#queues.master.add(`${pool.metadata.namespace ?? ''}/${pool.spec.masterRef.name}`);
  }

  #onNode(key: string): void {
    this.#queues.node.add(key);
    this.#queues.fleet.addAfter(splitKey(key).namespace, GATHERING);
  }
}

/**
 * Whether nothing but the status is another. What we write ourselves needs no second look; and two operators, as for a moment in each rolling
 * update, would answer each other's status for ever (measured: 80 writes a second for one pool).
 */
function isStatusOnly(object: KubeObject | undefined, previous: KubeObject | undefined): boolean {
  if (!object || !previous) return false;
  const [a, b] = [object, previous].map(
    ({ metadata: { uid, generation, deletionTimestamp, finalizers, annotations, labels } }) =>
      JSON.stringify([uid, generation, deletionTimestamp, finalizers, annotations, labels]),
  );
  return a === b;
}
