/** What the bench asks of the peers' process, and what it answers: plain data over the IPC channel of node:child_process. */
import type { KubeObject } from '../../src/api/resources.ts';

/** How large the sandbox is made. */
export interface PeerSize {
  /** Clouds: cloud-a, cloud-b, ... */
  clouds: number;
  /** Quota of each cloud: instances. */
  instances: number;
  /** From POST to ACTIVE, ms. */
  spawnDelayMs: number;
  /** From power-on until cloud-init runs, ms, drawn evenly. */
  bootDelayMs: [least: number, most: number];
}

export interface PeerAccess {
  kubeconfig: string;
  /** Secrets, an EhosCloud for each cloud and an EhosMaster. */
  objects: KubeObject[];
}

/** What is so in the peers, whatever the operator believes. */
export interface Truth {
  /** Servers that exist now. */
  servers: number;
  /** Servers that were ever asked for, and how many of them bear a name that another one had. */
  creates: number;
  twins: number;
  /** When the first and the last create was accepted, ms since the epoch; undefined before. */
  firstCreateAt: number | undefined;
  lastCreateAt: number | undefined;
  /** Most creates that were accepted within any one second. */
  busiestSecond: number;
  /** EhosNodes now, those that HTCondor has a joined startd of, and those of them that run jobs, as their records say. */
  records: number;
  joined: number;
  busy: number;
  /** EhosNodes that were ever seen marked as lost. */
  everLost: number;
  /** Startds that the collector lists. */
  startds: number;
  idleJobs: number;
  /** Jobs that were killed with their server or by a drain. */
  killed: number;
  /** Counts the writes to the Kubernetes API, whoever made them. */
  revision: number;
}

/** Counters since the start of the peers. */
export interface PeerCounters {
  /** `compute GET servers/detail` -> 12. */
  openstack: Record<string, number>;
  /** SSH commands: round trips to the master. */
  commands: number;
  /** Tools of HTCondor run by them: `condor_q` -> 12. */
  tools: Record<string, number>;
}

/** Jobs of one shape. */
export interface JobBatch {
  pool?: string;
  cpus: number;
  /** MiB. */
  memory: number;
  seconds: number;
  count: number;
}

export interface PeerApi {
  access(): PeerAccess;
  /** Queues idle jobs, a cluster for each batch; returns when, ms since the epoch. */
  submit(batches: JobBatch[]): number;
  /** Adds nodes like those that the operator has made, until each cloud (by its EhosCloud's name) has so many; returns how many each pool has then. */
  multiply(perCloud: Record<string, number>): Record<string, number>;
  truth(): Truth;
  counters(): PeerCounters;
  /** CPU seconds that the peers' process has used, and its RSS in bytes. */
  usage(): { cpuSeconds: number; rss: number };
}

export interface PeerRequest {
  id: number;
  method: keyof PeerApi;
  args: unknown[];
}

export type PeerReply = { id: number; result: unknown } | { id: number; error: string };
