/** The connection to Kubernetes. Its libraries take time to load, so only what a command does imports it, not what its help says. */
import { systemClock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import type { KubeObject, ResourceType } from '../api/resources.ts';
import { RestKubeClient } from '../kube/client.ts';
import { clusterAccess, findConfigSource } from '../kube/config.ts';
import { ApiTransport } from '../kube/transport.ts';
import type { KubeClient } from '../kube/types.ts';
import { VERSION } from '../version.ts';
import type { ClusterOptions } from './cluster.ts';
import { getFromPod, type Bounds, type PodPort } from './port-forward.ts';
import { RawApi } from './raw-api.ts';

export interface Cluster {
  client: KubeClient;
  /** What the typed client has no verb for: reviews, logs, proxies, the server's version. */
  raw: RawApi;
  server: string;
  /** GET from a port on a pod's loopback. */
  fromPod: (pod: PodPort, path: string, bounds?: Bounds) => Promise<string>;
  /** Of -n, else of the kubeconfig's context, else `default`. */
  namespace: string;
  close(): Promise<void>;
}

/** Throws EhosError `Invalid` when no cluster is named. */
function openCluster(options: ClusterOptions): Cluster {
  const access = clusterAccess(findConfigSource(options.kubeconfig, process.env), systemClock);
  const transport = new ApiTransport(access, systemClock);
  const userAgent = `ehos/${VERSION}`;
  const client = new RestKubeClient({
    access: { transport },
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent,
    timeoutMs: PATIENCE_MS,
  });
  return {
    client,
    raw: new RawApi(transport, userAgent, PATIENCE_MS),
    server: access.server,
    fromPod: async (pod, path, bounds) => await getFromPod(access, systemClock, pod, path, bounds),
    namespace: options.namespace ?? access.namespace ?? 'default',
    close: async () => await transport.close(),
  };
}

/** Somebody waits at a terminal. */
const PATIENCE_MS = 15_000;

/** Runs with a cluster and closes its connections, which would keep the process alive. */
export async function inCluster<T>(options: ClusterOptions, run: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = openCluster(options);
  try {
    return await run(cluster);
  } finally {
    await cluster.close();
  }
}

/** Where a command looks: one namespace, or undefined for all. */
export function scopeOf(cluster: Cluster, { allNamespaces = false }: ClusterOptions): string | undefined {
  return allNamespaces ? undefined : cluster.namespace;
}

/** Objects in a page: what the operator asks for, too. */
const PAGE = 500;

/** All objects, page after page. */
export async function listAll<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  type: ResourceType,
  scope: string | undefined,
  selectors: { labelSelector?: string; fieldSelector?: string } = {},
): Promise<T[]> {
  const items: T[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list<T>(type, scope, {
      limit: PAGE,
      ...selectors,
      ...(continueToken === undefined ? {} : { continueToken }),
    });
    items.push(...page.items);
    ({ continueToken } = page);
  } while (continueToken !== undefined);
  return items;
}

export function notFound(what: string, name: string, scope: string, names: readonly string[]): EhosError {
  const there = names.length === 0 ? 'there is none' : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
  return new EhosError('NotFound', `no ${what} "${name}" in namespace ${scope}: ${there}`);
}
