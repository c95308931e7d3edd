/** What a node is shown of cloud and HTCondor: only what is its own. */
import { nodeIdOf, type EhosNode } from '../api/resources.ts';
import type { CloudView, MasterView } from '../domain/lifecycle-types.ts';
import { isBound, serversOf } from '../domain/node-binding.ts';
import type { Store } from '../kube/types.ts';

/** A record that adopts is shown neither server nor startd before the cloud has proved that the server is this record's. */
export function boundViews(
  node: EhosNode,
  cloud: CloudView,
  master: MasterView,
  nodes: Store<EhosNode>,
): { cloud: CloudView; master: MasterView } {
  if (node.spec.adopts === undefined) return { cloud, master };
  const claiming = nodes.list().filter((other) => nodeIdOf(other) === node.spec.adopts);
  if (isBound(node, cloud.vms, claiming)) return { cloud: { ...cloud, vms: serversOf(node, cloud.vms) }, master };
  const problem = 'no server in the cloud says that it belongs to this record';
  return { cloud: { ...cloud, vms: [] }, master: { ...master, fresh: false, startd: undefined, problem } };
}
