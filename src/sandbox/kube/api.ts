/** The sandbox's Kubernetes API: in this process, and on a port of 127.0.0.1 if wanted, for trying, demos and tests. */
import { stringify } from 'yaml';
import type { Clock } from '../../base/clock.ts';
import { silentLog, type Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { configMaps, namespaces, secrets, serviceAccounts } from './builtin/core.ts';
import { crds } from './builtin/crds.ts';
import { coreEvents, events } from './builtin/events.ts';
import { leases } from './builtin/leases.ts';
import { DefinitionController } from './control/definitions.ts';
import { GarbageCollector } from './control/garbage.ts';
import { NamespaceController } from './control/namespaces.ts';
import { discoveryAnswer, VERSION_INFO } from './http/discovery.ts';
import { Faults, type FaultRule } from './http/faults.ts';
import { failureAnswer } from './http/failures.ts';
import { objectAnswer } from './http/objects.ts';
import type { ObjectContext } from './http/target.ts';
import { jsonAnswer, type Answer, type ApiRequest, type StreamAnswer } from './http/request.ts';
import { reviewAnswer } from './http/reviews.ts';
import { resourceRoute } from './http/route.ts';
import { HttpServer } from './http/server.ts';
import type { KubeJson } from './json.ts';
import { shown } from './resource.ts';
import { Seeder } from './seed.ts';
import { OpenApi } from './http/openapi.ts';
import { Cluster } from './storage/cluster.ts';
import { Writer } from './storage/writer.ts';

export interface KubeApiOptions {
  clock: Clock;
  random: Random;
  /** CustomResourceDefinitions, parsed from YAML. */
  crds: object[];
  /** Whether managedFields are kept (default true). They are a tenth of what a write costs, and a simulation has no use for them. */
  managedFields?: boolean;
  log?: Log;
}

/** The API without a network: whoever holds it asks it directly. */
export interface KubeApi {
  /** uid of namespace kube-system, by which the operator knows its cluster. */
  readonly clusterUid: string;
  /** Answers one request. Rejects for nothing that a client could do. */
  answer(request: ApiRequest): Promise<Answer | StreamAnswer>;
  /** All objects of a kind by its plural, in the order of namespace and name. They must not be changed. */
  objects(plural: string): KubeJson[];
  /** Puts objects there without requests, as if a client of this name had written them. */
  seeder(client: string): Seeder;
  /** Counts all writes to all objects: the newest resource version. */
  revision(): number;
  /** Forgets all versions up to now: watches and lists from before end with 410, as after etcd's compaction. */
  compact(): void;
  /** Nothing happens in it any more. */
  end(): void;
}

export interface KubeApiSandbox extends Omit<KubeApi, 'answer' | 'end'> {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What goes wrong on purpose. */
  readonly faults: { add(rule: FaultRule): void; clear(): void };
  /** A kubeconfig for this server, as YAML. */
  kubeconfig(): string;
  /** Requests so far. */
  requestCount(): number;
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

/** Makes the API. Throws when a CRD is not valid. */
export function makeKubeApi(options: KubeApiOptions): KubeApi {
  const log = options.log ?? silentLog;
  const cluster = new Cluster(options.clock, options.random, log);
  const writer = new Writer(cluster, options.managedFields ?? true);
  const definitions = new DefinitionController(cluster, writer);
  const garbage = new GarbageCollector(cluster, writer);
  const namespaceLife = new NamespaceController(cluster, writer);
  for (const resource of [namespaces, secrets, configMaps, serviceAccounts, coreEvents, events, leases, crds])
    cluster.serve(resource);
  namespaceLife.start();
  for (const crd of options.crds) definitions.install(crd);

  const openApi = new OpenApi(cluster);
  return {
    clusterUid: cluster.namespace('kube-system')?.metadata.uid ?? '',
    answer: async (request) => {
      try {
        return await answer({ cluster, writer }, openApi, request);
      } catch (error) {
        return failureAnswer(error, request, log);
      }
    },
    objects: (plural) => {
      const resource = cluster.findPlural(plural);
      return resource
        ? cluster
            .store(resource)
            .entries()
            .map((entry) => shown(resource, entry.object))
        : [];
    },
    seeder: (client) => new Seeder({ cluster, writer }, client),
    revision: () => cluster.revisions.current,
    compact: () => compact(cluster),
    end: () => {
      garbage.close();
      namespaceLife.close();
    },
  };
}

/** Makes the API and listens on a port of 127.0.0.1; absent or 0: a free one. Rejects when it is taken or a CRD is not valid. */
export async function startKubeApi(options: KubeApiOptions & { port?: number }): Promise<KubeApiSandbox> {
  const log = options.log ?? silentLog;
  const api = makeKubeApi(options);
  const faults = new Faults();
  const server = new HttpServer((request) => api.answer(request), faults, options.clock, log);
  const port = await server.listen(options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  log.info('the sandbox Kubernetes API listens', { url });
  return {
    ...api,
    url,
    faults,
    kubeconfig: () => kubeconfigOf(url),
    requestCount: () => server.requestCount,
    close: async () => {
      api.end();
      await server.close();
    },
  };
}

async function answer(context: ObjectContext, openApi: OpenApi, request: ApiRequest): Promise<Answer | StreamAnswer> {
  const fixed = fixedAnswer(request);
  if (fixed) return fixed;
  const known =
    discoveryAnswer(context.cluster, request) ?? openApi.answer(request) ?? reviewAnswer(context.cluster, request);
  return known ?? objectAnswer(context, resourceRoute(context.cluster, request.path), request);
}

function fixedAnswer(request: ApiRequest): Answer | undefined {
  switch (request.path) {
    case '/version':
      return jsonAnswer(200, VERSION_INFO);
    case '/healthz':
    case '/livez':
    case '/readyz':
      return { status: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' };
    default:
      return undefined;
  }
}

function compact(cluster: Cluster): void {
  cluster.revisions.compacted = cluster.revisions.current;
  for (const store of cluster.stores()) store.compact();
}

function kubeconfigOf(server: string): string {
  const name = 'ehos-sandbox';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // client-node refuses http:// without it
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}
