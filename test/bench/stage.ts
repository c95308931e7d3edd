/** The operator in this process, its peers in another, and what both say while a bench runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../src/base/random.ts';
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
import { startOperator, type RunningOperator } from '../../src/main.ts';
import { CountingLog } from './log.ts';
import type { PeerAccess, PeerSize, Truth } from './peer-api.ts';
import { PeersProcess } from './peers-process.ts';

const NAMESPACE = 'default';
const POOL = 'bench';
const APPLIED: ResourceType[] = [SECRETS, CLOUDS, MASTERS];
const READS = ['get', 'list', 'watch'];

/** Of the Kubernetes API: request -> how often, as `patchStatus ehosnodes` -> 12. */
export type Requests = ReadonlyMap<string, number>;

export class Stage {
  private constructor(
    readonly peers: PeersProcess,
    readonly access: PeerAccess,
    readonly log: CountingLog,
    readonly running: RunningOperator,
  ) {}

  /** Peers and an operator with the settings of production; applied: clouds and master, which are ready. */
  static async start(size: PeerSize): Promise<Stage> {
    const peers = await PeersProcess.start(size);
    const access = await peers.call('access');
    const log = new CountingLog();
    const running = await startOperator({
      config: { text: access.kubeconfig },
      namespace: undefined,
      log,
      http: undefined,
      random: seededRandom(42),
    });
    const stage = new Stage(peers, access, log, running);
    for (const object of access.objects) {
      const type = APPLIED.find(({ kind }) => kind === object.kind);
      if (!type) throw new Error(`the bench applies no ${object.kind ?? 'object without kind'}`);
      await running.client.create(type, object);
    }
    while (!(await stage.#peersAreReady())) await pause(250);
    return stage;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.peers.stop();
  }

  async applyPool(spec: Partial<EhosNodePool['spec']>): Promise<void> {
    const pool: EhosNodePool & KubeObject = {
      apiVersion: 'ehos.io/v1alpha1',
      kind: 'EhosNodePool',
      metadata: { name: POOL, namespace: NAMESPACE },
      spec: {
        masterRef: { name: 'master' },
        jobs: { default: true },
        maxNodes: 0,
        clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
        scaleUp: { maxBooting: 1000, maxPerMinute: 10_000 },
        ...spec,
      },
    };
    await this.running.client.create(POOLS, pool);
  }

  async patchPool(spec: Partial<EhosNodePool['spec']>): Promise<void> {
    await this.running.client.patch(POOLS, NAMESPACE, POOL, { spec });
  }

  async untilPoolIsReady(): Promise<void> {
    while (!isReady(await this.running.client.get<EhosNodePool>(POOLS, NAMESPACE, POOL))) await pause(250);
  }

  async #peersAreReady(): Promise<boolean> {
    const { client } = this.running;
    const clouds = await client.list<EhosCloud>(CLOUDS, NAMESPACE);
    const masters = await client.list<EhosMaster>(MASTERS, NAMESPACE);
    return clouds.items.every(isReady) && masters.items.every(isReady);
  }

  /** A copy: the operator goes on counting. */
  requests(): Requests {
    return new Map(this.running.client.requests());
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
    let seen = total(writes(this.requests()));
    let since = Date.now();
    while (Date.now() - since < quietMs) {
      if (Date.now() > end) throw new Error(`the operator still writes after ${limitMs / 1000} s`);
      await pause(250);
      const now = total(writes(this.requests()));
      if (now !== seen) since = Date.now();
      seen = now;
    }
    return since;
  }
}

function isReady({ status }: EhosCloud | EhosMaster | EhosNodePool): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false;
}

export const writes = (requests: Requests): Requests => pick(requests, false);

export const reads = (requests: Requests): Requests => pick(requests, true);

function pick(requests: Requests, read: boolean): Requests {
  return new Map([...requests].filter(([request]) => READS.includes(request.split(' ')[0] ?? '') === read));
}

/** What was added since `before`; what did not change is left out. */
export function since(before: Requests, after: Requests): Requests {
  const added = [...after].map(([key, n]): [string, number] => [key, n - (before.get(key) ?? 0)]);
  return new Map(added.filter(([, n]) => n > 0));
}

export const total = (requests: Requests): number => [...requests.values()].reduce((sum, n) => sum + n, 0);

/** `12 patchStatus ehosnodes, 2 get secrets`, the most frequent first. */
export function listed(requests: Requests): string {
  const ordered = [...requests].sort(([, a], [, b]) => b - a);
  return ordered.map(([key, n]) => `${n} ${key}`).join(', ');
}
