/** Counts for metrics and the bench, taken from what the operator holds anyway. Units as in the status of the resources. */
import type { CallCount, CallTimes } from '../base/call-meter.ts';
import type { WorkQueueMetrics } from '../kube/work-queue.ts';
import type { StepTimes } from './node-times.ts';

interface OfPool {
  namespace: string;
  pool: string;
}

interface OfCloud {
  namespace: string;
  cloud: string;
}

interface OfMaster {
  namespace: string;
  master: string;
}

/** Times are milliseconds since the epoch. */
export interface Figures {
  /** It decides and acts; a standby waits. */
  leader: boolean;
  /** `memory`: MiB. Cores and memory of nodes that have not joined are not known. */
  nodes: (OfPool & { cloud: string; phase: string; count: number; cores: number; memory: number })[];
  /** Since when the node that waits longest is being drained, and deleted. */
  leaving: (OfPool & { drainingSince: number | undefined; deletingSince: number | undefined })[];
  jobs: (OfPool & { state: string; count: number })[];
  pools: (OfPool & { desired: number | undefined; most: number; mode: string; reason: string | undefined })[];
  /** Plans, by how they decided; counted since the start. */
  decisions: (OfPool & { reason: string; count: number })[];
  /** Servers in a row that did not join. */
  boots: (OfPool & { cloud: string; failures: number; open: boolean })[];
  clouds: (OfCloud & {
    syncedAt: number | undefined;
    credentialExpiresAt: number | undefined;
    /** Places (flavor and zone) that rest after a failure. */
    resting: number;
    foreign: number | undefined;
  })[];
  /** A limit below 0 is none. */
  quotas: (OfCloud & { resource: string; limit: number; used: number })[];
  /** Servers without a record. */
  orphans: (OfCloud & { state: string; count: number })[];
  /** What was done about them since the start. */
  orphanActs: (OfCloud & { act: string; count: number })[];
  masters: (OfMaster & { syncedAt: number | undefined; unmatched: number | undefined })[];
  /** Of clouds, masters and pools; nodes are too many. */
  conditions: { kind: string; namespace: string; name: string; type: string; status: string }[];
  /** By kind of object. */
  queues: Map<string, WorkQueueMetrics>;
  /** Of the API server, without namespace and cloud, and of each cloud. */
  calls: (Partial<OfCloud> & CallCount)[];
  callTimes: (Partial<OfCloud> & CallTimes)[];
  commands: (OfMaster & CallCount)[];
  commandTimes: (OfMaster & CallTimes)[];
  steps: StepTimes[];
}
