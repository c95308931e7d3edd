/** The operator against the sandbox, on time that runs twenty times as fast as the wall's; EHOS_TEST_FACTOR says otherwise, for busy machines. */
import { expect } from 'chai';
import { silentLog, createLogger, type Log } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  SECRETS,
  CONFIG_MAPS,
  type EhosCloud,
  type EhosMaster,
  type EhosNode,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import type { Settings } from '../../src/controllers/context.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { startOperator, type RunningOperator } from '../../src/main.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { ScaledClock } from '../../src/sandbox/scaled-clock.ts';

export const NAMESPACE = 'default';
const FACTOR = Number(process.env.EHOS_TEST_FACTOR ?? 20);
const log = process.env.EHOS_TEST_LOG === undefined ? silentLog : createLogger({ level: 'debug', format: 'text' });
const TYPES: ResourceType[] = [SECRETS, CONFIG_MAPS, CLOUDS, MASTERS, POOLS, NODES];

/** As it is stored, in the words of core/v1. */
interface KubeEvent {
  reason: string;
  message: string;
  involvedObject: { name: string };
}

export class Harness {
  readonly random = seededRandom(42);
  /** What the operator said it did about its pools, in order. */
  readonly decisions: string[] = [];
  #operator: RunningOperator | undefined;

  private constructor(
    readonly sandbox: Sandbox,
    readonly clock: ScaledClock,
  ) {}

  static async start(options: Partial<SandboxOptions> = {}): Promise<Harness> {
    const clock = new ScaledClock(FACTOR);
    const sandbox = await startSandbox({
      clock,
      random: seededRandom(7),
      log,
      pool: { negotiatorIntervalSeconds: 10, negotiatorCycleDelaySeconds: 2 },
      guests: { bootDelayMs: [5_000, 10_000], startMs: 2_000 },
      ...options,
    });
    const harness = new Harness(sandbox, clock);
    await harness.startOperator();
    return harness;
  }

  /** All that an admin applies but pools. */
  async applyPeers(): Promise<void> {
    for (const object of this.sandbox.resources(NAMESPACE)) await this.apply(object);
  }

  async startOperator(settings: Partial<Settings> = {}): Promise<void> {
    this.#operator = await startOperator({
      config: { text: this.sandbox.kube.kubeconfig() },
      namespaces: undefined,
      log: this.#listening(),
      http: undefined,
      clock: this.clock,
      random: this.random,
      settings: {
        cloudSyncInterval: 30_000,
        cloudBusyInterval: 3_000,
        joinPollInterval: 2_000,
        nodeUpdateInterval: 20,
        ...settings,
      },
    });
  }

  #listening(): Log {
    const info: Log['info'] = (message, fields) => {
      if (fields !== undefined && 'why' in fields) this.decisions.push(message);
      log.info(message, fields);
    };
    return { ...log, info, child: (fields) => log.child(fields) };
  }

  /** As a crash would: nothing but the peers' own state is left. */
  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  get operator(): RunningOperator {
    if (!this.#operator) throw new Error('the operator does not run');
    return this.#operator;
  }

  get client(): KubeClient {
    return this.operator.client;
  }

  async close(): Promise<void> {
    await this.stopOperator();
    await this.sandbox.close();
  }

  async apply(object: KubeObject): Promise<void> {
    const type = TYPES.find(({ kind }) => kind === object.kind);
    if (!type) throw new Error(`no such kind: ${object.kind ?? ''}`);
    await this.client.create(type, object);
  }

  async pool(name = 'pool-a'): Promise<EhosNodePool> {
    return await this.client.get<EhosNodePool>(POOLS, NAMESPACE, name);
  }

  async cloud(name: string): Promise<EhosCloud> {
    return await this.client.get<EhosCloud>(CLOUDS, NAMESPACE, name);
  }

  async master(): Promise<EhosMaster> {
    return await this.client.get<EhosMaster>(MASTERS, NAMESPACE, 'master');
  }

  async nodes(): Promise<EhosNode[]> {
    return (await this.client.list<EhosNode>(NODES, NAMESPACE)).items;
  }

  async patch(type: ResourceType, name: string, patch: unknown): Promise<void> {
    await this.client.patch(type, NAMESPACE, name, patch);
  }

  /** Waits (simulated seconds) until `probe` returns something; fails with what it saw last. */
  async until<T>(
    what: string,
    seconds: number,
    probe: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    const end = this.clock.now() + seconds * 1000;
    for (;;) {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      if (this.clock.now() > end)
        throw new Error(`not within ${seconds} simulated seconds: ${what}\n${await this.describe()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Lets simulated seconds pass. */
  async pass(seconds: number): Promise<void> {
    await new Promise<void>((resolve) => void this.clock.after(seconds * 1000, resolve));
  }

  async allJobsDone(count: number, seconds = 600): Promise<void> {
    await this.until(`${count} jobs are done`, seconds, () => this.sandbox.pool.history().length >= count);
  }

  async allNodesGone(seconds = 600): Promise<void> {
    await this.until('all nodes are gone', seconds, async () => (await this.nodes()).length === 0);
  }

  /** The promises: nobody's job was killed, nothing is left, nothing was doubled. `removed`: jobs that the test itself took out of the queue. */
  checkPromises(jobs: number, removed = 0): void {
    const history = this.sandbox.pool.history();
    expect(history.filter(({ outcome }) => outcome === 'Removed')).to.have.length(removed);
    expect(
      history.filter(({ outcome }) => outcome === 'Completed').map((record) => record.starts),
      'NumJobStarts of each job',
    ).to.deep.equal(Array.from({ length: jobs }, () => 1));
    expect(this.sandbox.pool.killedByVmLoss, 'jobs killed by the loss of their server').to.deep.equal([]);
    expect(this.sandbox.pool.killedByDrain, 'jobs killed by a drain').to.deep.equal([]);
    expect(this.sandbox.openstack.servers(), 'servers left').to.deep.equal([]);
  }

  /** Servers ever asked for. */
  requested(): number {
    return this.sandbox.openstack.events.filter((event) => event.type === 'requested').length;
  }

  /** Waits until the cluster has an event with this reason about an object; returns its note. */
  async told(object: string, reason: string, seconds = 120): Promise<string> {
    return await this.until(`an event ${reason} about ${object}`, seconds, () => {
      const events = this.sandbox.kube.objects('events') as unknown as KubeEvent[];
      return events.find((event) => event.reason === reason && event.involvedObject.name === object)?.message;
    });
  }

  async describe(): Promise<string> {
    const nodes = await this.nodes();
    const lines = nodes.map(({ metadata, status }) => JSON.stringify({ name: metadata.name, ...status }));
    const pools = (await this.client.list<EhosNodePool>(POOLS, NAMESPACE)).items.map(({ status }) =>
      JSON.stringify(status),
    );
    return [...pools, ...lines].join('\n');
  }
}

export function pool(overrides: Partial<EhosNodePool['spec']> = {}, name = 'pool-a'): EhosNodePool {
  return {
    apiVersion: 'ehos.io/v1alpha1',
    kind: 'EhosNodePool',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      masterRef: { name: 'master' },
      jobs: { default: true },
      maxNodes: 10,
      clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
      template: { flavors: ['m1.medium', 'm1.large', 'm1.xlarge'] },
      scaleDown: { consolidateAfter: '10s' },
      bootTimeout: '2m',
      ...overrides,
    },
  };
}

export const condition = (
  object: { status?: { conditions?: { type: string; status: string; reason: string; message: string }[] } },
  type: string,
): { type: string; status: string; reason: string; message: string } | undefined =>
  object.status?.conditions?.find((c) => c.type === type);
