/** The one right that no request shows: an owner reference with blockOwnerDeletion needs `update` of the owner's finalizers where the admission plugin is on. */
import type { EhosNode } from '../../src/api/resources.ts';
import type { Cluster } from './cluster.ts';
import type { Report } from './report.ts';
import { kubectl } from './rigs.ts';

/** May make EhosNodes, and no more. */
const MAKER = 'maker@example.org';

/** The same record, tried without effect by the operator's account and by somebody who lacks the right. */
export async function checkOwnerRight(report: Report, cluster: Cluster, account: string): Promise<void> {
  const [node] = await cluster.nodes();
  if (node === undefined) throw new Error('there is no EhosNode to try it with');
  await cluster.kubectl('create', 'role', 'node-maker', '--verb=create', '--resource=ehosnodes.ehos.io');
  await cluster.kubectl('create', 'rolebinding', 'node-maker', '--role=node-maker', `--user=${MAKER}`);
  const byOperator = await tried(copyOf(node), account);
  const byMaker = await tried(copyOf(node), MAKER);
  report.check(
    'the right to update finalizers of pools is needed for owner references, and enough',
    byOperator.includes('created (server dry run)') && byMaker.includes('cannot set blockOwnerDeletion'),
    `${byOperator}; without it: ${byMaker}`,
  );
}

function copyOf({ apiVersion, kind, metadata: { namespace, ownerReferences }, spec }: EhosNode): object {
  return { apiVersion, kind, metadata: { name: 'copy', namespace, ownerReferences }, spec };
}

async function tried(object: object, user: string): Promise<string> {
  try {
    return (await kubectl(['create', '--dry-run=server', `--as=${user}`, '-f', '-'], JSON.stringify(object))).trim();
  } catch (error) {
    return String(error)
      .replace(/^.*Error from server/s, 'Error from server')
      .slice(0, 300);
  }
}
