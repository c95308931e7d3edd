/** The operator in a process of its own, its peers in another, and what is asked of both while a bench runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import {
  CLOUDS,
  MASTERS,
  POOLS,
  SECRETS,
  type EhosCloud,
  type EhosMaster,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess } from '../../src/kube/config.ts';
import { callsIn } from './gauge.ts';
import { OperatorProcess } from './operator-process.ts';
import type { PeerAccess, PeerSize, Truth } from './peer-api.ts';
import { PeersProcess } from './peers-process.ts';
import { writes, type Requests } from './requests.ts';

const NAMESPACE = 'default';
const POOL = 'bench';
const APPLIED: ResourceType[] = [SECRETS, CLOUDS, MASTERS];

export class Stage {
  #operator: OperatorProcess | undefined;

  private constructor(
    readonly peers: PeersProcess,
    readonly access: PeerAccess,
    /** The admin's. */
    readonly client: RestKubeClient,
  ) {}

  /** Peers and an operator with the settings of production; applied: clouds and master, which are ready. */
  static async start(size: PeerSize): Promise<Stage> {
    const peers = await PeersProcess.start(size);
    const access = await peers.call('access');
    const client = new RestKubeClient({
      access: clusterAccess({ text: access.kubeconfig }, systemClock),
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      userAgent: 'bench/1',
    });
    const stage = new Stage(peers, access, client);
    for (const object of access.objects) {
      const type = APPLIED.find(({ kind }) => kind === object.kind);
      if (!type) throw new Error(`the bench applies no ${object.kind ?? 'object without kind'}`);
      await client.create(type, object);
    }
    await stage.startOperator();
    while (!(await stage.#peersAreReady())) await pause(250);
    return stage;
  }

  get operator(): OperatorProcess {
    if (!this.#operator) throw new Error('the operator does not run');
    return this.#operator;
  }

  async startOperator(nodeFlags: string[] = []): Promise<OperatorProcess> {
    this.#operator = await OperatorProcess.start(this.access.kubeconfig, nodeFlags);
    return this.#operator;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  async stop(): Promise<void> {
    await this.stopOperator();
    await this.client.close();
    await this.peers.stop();
  }

  /** Its clouds are all that there are, unless `spec` says otherwise. */
  async applyPool(spec: Partial<EhosNodePool['spec']>, name = POOL): Promise<void> {
    const clouds = this.access.objects.filter(({ kind }) => kind === CLOUDS.kind);
    const pool: EhosNodePool & KubeObject = {
      apiVersion: 'ehos.io/v1alpha1',
      kind: 'EhosNodePool',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        masterRef: { name: 'master' },
        jobs: { default: true },
        maxNodes: 0,
        clouds: clouds.map(({ metadata }) => ({ name: metadata.name })),
        scaleUp: { maxBooting: 1000, maxPerMinute: 10_000 },
        ...spec,
      },
    };
    await this.client.create(POOLS, pool);
  }

  async patchPool(spec: Partial<EhosNodePool['spec']>, name = POOL): Promise<void> {
    await this.client.patch(POOLS, NAMESPACE, name, { spec });
  }

  async untilPoolIsReady(name = POOL): Promise<void> {
    while (!isReady(await this.client.get<EhosNodePool>(POOLS, NAMESPACE, name))) await pause(250);
  }

  async #peersAreReady(): Promise<boolean> {
    const clouds = await this.client.list<EhosCloud>(CLOUDS, NAMESPACE);
    const masters = await this.client.list<EhosMaster>(MASTERS, NAMESPACE);
    return clouds.items.every(isReady) && masters.items.every(isReady);
  }

  /** What the operator that runs now has written to Kubernetes since its start. */
  async writes(): Promise<Requests> {
    const samples = await this.operator.scrape();
    return writes(callsIn(samples).get('kubernetes') ?? new Map<string, number>());
  }

  /** Asks the peers twice a second until it is so; rejects after `limitMs` with what is so then. Returns when, ms since the epoch. */
  async until(what: string, limitMs: number, isSo: (truth: Truth) => boolean): Promise<number> {
    const end = Date.now() + limitMs;
    for (;;) {
      const truth = await this.peers.call('truth');
      if (isSo(truth)) return Date.now();
      if (Date.now() > end) throw new Error(`not within ${limitMs / 1000} s: ${what}; ${JSON.stringify(truth)}`);
      await pause(500);
    }
  }

  /** Waits until nothing was written to Kubernetes for `quietMs`. Returns when that began, ms since the epoch. */
  async untilQuiet(quietMs: number, limitMs: number): Promise<number> {
    const end = Date.now() + limitMs;
    let seen = -1;
    let since = Date.now();
    while (Date.now() - since < quietMs) {
      if (Date.now() > end) throw new Error(`the operator still writes after ${limitMs / 1000} s`);
      const { revision } = await this.peers.call('truth');
      if (revision !== seen) since = Date.now();
      seen = revision;
      await pause(250);
    }
    return since;
  }
}

function isReady({ status }: EhosCloud | EhosMaster | EhosNodePool): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false;
}
