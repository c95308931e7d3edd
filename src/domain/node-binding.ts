/**
 * Whose servers are whose. A record that adopts a server names it by an id that anybody who may write records could write, too. So it is
 * believed only as far as the server's own metadata, which only the cloud's project can change, name the namespace and the pool of the
 * record; and of several records that claim the same server only one has it.
 */
import type { EhosNode } from '../api/resources.ts';
import type { Vm } from './snapshots.ts';

/** Of the servers with this node's tag, those that are its own. */
export function serversOf({ metadata, spec }: EhosNode, vms: readonly Vm[]): Vm[] {
  // the uid of a record is given by the API server: nobody can choose it
  if (spec.adopts === undefined) return [...vms];
  return vms.filter(({ origin }) => origin?.namespace === metadata.namespace && origin?.pool === spec.poolRef.name);
}

/** May this record speak for the servers, and for the startd, with the id that it names? `others`: records that may claim the same. */
export function isBound(node: EhosNode, vms: readonly Vm[], others: readonly EhosNode[]): boolean {
  if (node.spec.adopts === undefined) return true;
  return serversOf(node, vms).length > 0 && !others.some((other) => comesFirst(other, node));
}

/** The record that was lost and is back, else the oldest that adopts. */
function comesFirst(other: EhosNode, node: EhosNode): boolean {
  const { adopts } = node.spec;
  if (other.metadata.uid === node.metadata.uid) return false;
  if (other.metadata.uid === adopts) return true;
  if (other.spec.adopts !== adopts || other.metadata.namespace !== node.metadata.namespace) return false;
  const [a, b] = [other, node].map(
    ({ metadata: { creationTimestamp = '', uid = '' } }) => `${creationTimestamp} ${uid}`,
  );
  return (a ?? '') < (b ?? '');
}
