/** One Kubernetes API under test: our client, plain requests beside it, and what the tests make there. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { systemClock } from '../../../src/base/clock.ts';
import { errorClassOf } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { systemRandom } from '../../../src/base/random.ts';
import {
  GROUP,
  NAMESPACES,
  VERSION,
  type EhosCloud,
  type EhosNode,
  type EhosNodePool,
  type KubeObject,
} from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { clusterAccess } from '../../../src/kube/config.ts';
import { ApiTransport, type ApiRequest } from '../../../src/kube/transport.ts';

export interface KubeTarget {
  /** Text of a kubeconfig with the rights of an administrator. */
  kubeconfig: string;
  /** A resourceVersion that the server no longer has the history of; absent: it keeps all. */
  expiredVersion?: string;
}

export interface RawAnswer<T> {
  status: number;
  header(name: string): string | undefined;
  text: string;
  /** The text as JSON; throws where it is none. */
  json(): T;
}

export interface StatusBody {
  kind: string;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[]; uid?: string };
}

const CRDS = new URL('../../../crds/', import.meta.url);
const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export class Cluster {
  readonly client: RestKubeClient;
  readonly expiredVersion: string | undefined;
  /** A namespace of this run, in which all tests work. */
  readonly namespace = `kt-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
  readonly #transport: ApiTransport;

  constructor(target: KubeTarget) {
    const access = clusterAccess({ text: target.kubeconfig }, systemClock);
    const common = { access, clock: systemClock, random: systemRandom, log: silentLog };
    this.client = new RestKubeClient({ ...common, userAgent: 'ehos-contract/1' });
    this.expiredVersion = target.expiredVersion;
    this.#transport = new ApiTransport(access, systemClock);
  }

  async prepare(): Promise<void> {
    for (const file of readdirSync(CRDS)) await this.#applyCrd(readFileSync(new URL(file, CRDS), 'utf8'));
    await this.client.create(NAMESPACES, { metadata: { name: this.namespace } });
  }

  async dispose(): Promise<void> {
    await this.client.delete(NAMESPACES, '', this.namespace);
    await this.client.close();
    await this.#transport.close();
  }

  /** Where objects of ours are, in the namespace of this run. */
  path(plural: string, name?: string, namespace = this.namespace): string {
    return `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }

  /** A request as it is, whatever the answer's status. */
  async raw<T = StatusBody>(
    method: ApiRequest['method'],
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RawAnswer<T>> {
    const answer = await this.#transport.send({
      method,
      path,
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      timeoutMs: 30_000,
    });
    return {
      status: answer.status,
      header: (name) => answer.header(name),
      text: answer.body,
      json: () => JSON.parse(answer.body) as T,
    };
  }

  pool(name: string, spec: object = {}, metadata: object = {}): EhosNodePool {
    const given = {
      masterRef: { name: 'main' },
      maxNodes: 10,
      clouds: [{ name: 'east' }],
      template: { flavors: ['m1.small'] },
      ...spec,
    };
    return this.#object('EhosNodePool', name, given, metadata) as EhosNodePool;
  }

  node(name: string, spec: object = {}, metadata: object = {}): EhosNode {
    const given = {
      poolRef: { name: 'pool' },
      cloudRef: { name: 'east' },
      masterRef: { name: 'main' },
      flavor: 'm1.small',
      image: '7d5b',
      templateHash: 'abc',
      ...spec,
    };
    return this.#object('EhosNode', name, given, metadata) as EhosNode;
  }

  cloud(name: string, spec: object = {}): EhosCloud {
    const given = { openstack: { identityRef: { name: 'secret', cloudName: 'openstack' } }, ...spec };
    return this.#object('EhosCloud', name, given, {}) as EhosCloud;
  }

  master(name: string, spec: object = {}): KubeObject {
    const ssh = { host: 'master', user: 'ehos', privateKeyRef: { name: 'key' }, knownHostsRef: { name: 'hosts' } };
    return this.#object('EhosMaster', name, { ssh, condor: { host: 'master' }, ...spec }, {});
  }

  #object(kind: string, name: string, spec: object, metadata: object): KubeObject & { spec: object } {
    return {
      apiVersion: `${GROUP}/${VERSION}`,
      kind,
      metadata: { name, namespace: this.namespace, ...metadata },
      spec,
    };
  }

  async #applyCrd(text: string): Promise<void> {
    const crd = parse(text) as KubeObject;
    const { name } = crd.metadata;
    const path = `${CRD_PATH}/${name}?fieldManager=ehos-contract&force=true`;
    const answer = await this.raw('PATCH', path, crd, { 'content-type': 'application/apply-patch+yaml' });
    if (answer.status >= 300) throw new Error(`${name} was refused: ${answer.text}`);
    await eventually(`${name} is served`, async () => {
      const { status } = await this.raw('GET', this.path(name.split('.')[0] ?? ''));
      return status === 200;
    });
  }
}

/** Waits until `check` gives something true. */
export async function eventually<T>(what: string, check: () => Promise<T> | T, timeoutMs = 20_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > until) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a promise rejects with; throws when it does not. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ errorClass: string; message: string; error: unknown }> {
  try {
    await promise;
  } catch (error) {
    return { errorClass: errorClassOf(error), message: (error as Error).message, error };
  }
  throw new Error('it should have been refused');
}
