/** The pods in which the operator runs. */
import type { KubeObject, ResourceType } from '../api/resources.ts';
import { errorClassOf } from '../base/errors.ts';
import { LEASE_NAME, OPERATOR_LABELS, OPERATOR_NAMESPACE } from './cluster.ts';
import { listAll, type Cluster } from './connect.ts';
import type { Bounds } from './port-forward.ts';

export interface LeasePlace {
  namespace: string;
  name: string;
}

export interface OperatorPod {
  namespace: string;
  name: string;
  /** Of which release of the chart. */
  release: string;
  /** Of its service account. */
  account: string;
  /** Where it serves health and metrics. */
  port: number;
  /** Where it serves, on its loopback, what is for admins; undefined: at the other one. */
  adminPort: number | undefined;
  /** The Lease on which it agrees with other replicas; undefined: it elects nobody. */
  lease: LeasePlace | undefined;
}

const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };
const PORT = 8080;
/** By which of its ports' names, where it has several. */
const PORT_NAMES = ['http', 'metrics'];
const ADMIN_PORT = 'admin';

interface Pod extends KubeObject {
  spec?: {
    serviceAccountName?: string;
    containers?: { args?: string[]; ports?: { name?: string; containerPort?: number }[] }[];
  };
}

/**
 * In all namespaces, or, where that may not be asked, in the command's own and where the operator usually is. Empty when there is none, or none
 * may be seen.
 */
export async function operatorPods(cluster: Cluster, labelSelector = OPERATOR_LABELS): Promise<OperatorPod[]> {
  for (const scope of new Set([undefined, cluster.namespace, OPERATOR_NAMESPACE])) {
    try {
      const pods = await listAll<Pod>(cluster.client, PODS, scope, { labelSelector });
      if (pods.length > 0 || scope === undefined) return pods.map(podOf);
    } catch (error) {
      // not allowed; or a server that knows no pods
      if (!['Auth', 'NotFound', 'Transient'].includes(errorClassOf(error))) throw error;
    }
  }
  return [];
}

/** What is for admins only is served on the loopback of the pod, where the API server's proxy does not get. Rejects with EhosError. */
export async function askForAdmin(
  { raw, fromPod }: Cluster,
  { namespace, name, port, adminPort }: OperatorPod,
  { what, path }: { what: string; path: string },
  bounds?: Bounds,
): Promise<string> {
  if (adminPort !== undefined) return await fromPod({ namespace, name, port: adminPort }, path, bounds);
  return await raw.text(`${what} of pod ${name}`, `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy${path}`);
}

function podOf({ metadata: { namespace = '', name, labels = {} }, spec }: Pod): OperatorPod {
  const ports = spec?.containers?.flatMap((container) => container.ports ?? []) ?? [];
  const port = ports.find((one) => PORT_NAMES.includes(one.name ?? '')) ?? ports[0];
  return {
    namespace,
    name,
    release: labels['app.kubernetes.io/instance'] ?? '',
    account: spec?.serviceAccountName ?? 'default',
    port: port?.containerPort ?? PORT,
    adminPort: ports.find((one) => one.name === ADMIN_PORT)?.containerPort,
    lease: leaseOf(spec?.containers?.flatMap((container) => container.args ?? []) ?? [], namespace),
  };
}

/** As `ehos run` reads its options. */
function leaseOf(args: readonly string[], namespace: string): LeasePlace | undefined {
  if (args.includes('--no-leader-elect')) return undefined;
  const valueOf = (option: string): string | undefined => {
    const joined = args.find((arg) => arg.startsWith(`${option}=`));
    if (joined !== undefined) return joined.slice(option.length + 1);
    const at = args.indexOf(option);
    return at < 0 ? undefined : args[at + 1];
  };
  return { namespace: valueOf('--lease-namespace') ?? namespace, name: valueOf('--lease-name') ?? LEASE_NAME };
}
