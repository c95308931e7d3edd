/** Gives a server a record again: one that only takes over what is there, and never asks for a server of its own. */
import { errorClassOf } from '../base/errors.ts';
import {
  FINALIZER,
  keyOf,
  LABEL_CLOUD,
  LABEL_POOL,
  NODES,
  POOLS,
  type EhosCloud,
  type EhosNode,
  type EhosNodePool,
} from '../api/resources.ts';
import type { Orphan } from '../domain/orphans.ts';
import type { Context } from './context.ts';

/** The API server's rule for names that are also host names. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Makes the record, unless it is there already; returns its name. The mark that it adopts is part of what is created: at no moment is
 * there a record that could be taken for one whose server is still to be made.
 */
export async function adopt(
  context: Context,
  cloud: EhosCloud,
  pool: EhosNodePool | undefined,
  orphan: Orphan,
): Promise<string> {
  const wanted = orphan.vms[0]?.name ?? '';
  // the name of the lost record, which is the server's; another record may have it by now
  const names = [...(NAME.test(wanted) ? [wanted] : []), `adopted-${orphan.nodeUid}`];
  let refused: unknown;
  for (const name of names) {
    const node = recordOf(cloud, pool, orphan, name);
    try {
      const made = await context.client.create(NODES, node, context.signal);
      context.remember(NODES, made);
      context.wake.node(keyOf(made));
      return name;
    } catch (error) {
      if (errorClassOf(error) !== 'Conflict') throw error;
      refused = error;
      const there = await context.client.get<EhosNode>(NODES, cloud.metadata.namespace ?? '', name, context.signal);
      if (there.spec.adopts === orphan.nodeUid) return name;
    }
  }
  throw refused;
}

function recordOf(cloud: EhosCloud, pool: EhosNodePool | undefined, orphan: Orphan, name: string): EhosNode {
  const { origin, nodeUid, vms } = orphan;
  const [vm] = vms;
  const owner = pool && {
    apiVersion: `${POOLS.group}/${POOLS.version}`,
    kind: POOLS.kind,
    name: pool.metadata.name,
    uid: pool.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: `${NODES.group}/${NODES.version}`,
    kind: NODES.kind,
    metadata: {
      name,
      namespace: cloud.metadata.namespace ?? '',
      labels: { [LABEL_POOL]: origin.pool, [LABEL_CLOUD]: cloud.metadata.name },
      finalizers: [FINALIZER],
      ...(owner ? { ownerReferences: [owner] } : {}),
    },
    spec: {
      poolRef: { name: origin.pool },
      cloudRef: { name: cloud.metadata.name },
      masterRef: { name: origin.master },
      flavor: vm?.flavor ?? 'unknown',
      ...(vm?.zone === undefined ? {} : { availabilityZone: vm.zone }),
      image: origin.image,
      templateHash: origin.templateHash,
      adopts: nodeUid,
    },
  };
}
