/** What the parts of the scenario work on. */
import type { Cluster } from './cluster.ts';
import type { OperatorProcess } from './operator.ts';
import type { Report } from './report.ts';

export const MINUTE = 60_000;

export interface Stage {
  report: Report;
  cluster: Cluster;
  operator: OperatorProcess;
  /** Name of the one pool. */
  pool: string;
}
