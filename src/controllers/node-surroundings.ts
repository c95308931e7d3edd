/** What belongs to one node, found by its references, and what an admin has said about its end. */
import type { EhosCloud, EhosMaster, EhosNode, EhosNodePool, KubeObject } from '../api/resources.ts';
import { parseDuration } from '../base/duration.ts';
import type { CloudSession } from './cloud-session.ts';
import type { MasterSession } from './master-session.ts';

export interface Surroundings {
  pool: EhosNodePool | undefined;
  master: EhosMaster | undefined;
  cloudObject: EhosCloud | undefined;
  cloud: CloudSession | undefined;
  masterSession: MasterSession | undefined;
}

/** What an admin has said, in words; what is deleted last counts no less than what was deleted first. */
export function mustLeave(
  node: EhosNode,
  { pool, master, cloudObject }: Pick<Surroundings, 'pool' | 'master' | 'cloudObject'>,
): string | undefined {
  const isDeleted = (object: KubeObject | undefined): boolean => object?.metadata.deletionTimestamp !== undefined;
  if (isDeleted(node)) return 'the node was deleted by hand or with its pool';
  if (!pool) return `its pool ${node.spec.poolRef.name} is gone`;
  if (isDeleted(pool)) return 'its pool is being deleted';
  if (isDeleted(cloudObject)) return 'its cloud is being deleted';
  return isDeleted(master) ? 'its master is being deleted' : undefined;
}

/** ms. */
export function gracePeriodOf(pool: EhosNodePool | undefined): number | undefined {
  const field = 'spec.disruption.terminationGracePeriod';
  const given = pool?.spec.disruption?.terminationGracePeriod;
  return given === undefined ? undefined : parseDuration(given, field);
}
