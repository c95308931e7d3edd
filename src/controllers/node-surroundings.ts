/** What belongs to one node, found by its references. */
import type { EhosMaster, EhosNodePool } from '../api/resources.ts';
import type { CloudSession } from './cloud-session.ts';
import type { MasterSession } from './master-session.ts';

export interface Surroundings {
  pool: EhosNodePool | undefined;
  master: EhosMaster | undefined;
  cloud: CloudSession | undefined;
  masterSession: MasterSession | undefined;
}
