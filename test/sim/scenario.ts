/** One simulated run, spelled out: what there is, what happens in the world, and what goes wrong with which call. Plain data, so that it can be made smaller. */
import type { ListedFault } from './faults.ts';

export interface CloudPlan {
  /** Of the EhosCloud, and of the project. */
  name: string;
  instances: number;
  cores: number;
  /** `spec.limits.cores` of the EhosCloud. */
  limitCores: number | undefined;
  spawnDelayMs: number;
  /** Servers and ports of others. */
  foreign: number;
}

export interface PoolPlan {
  name: string;
  clouds: string[];
  flavors: string[];
  maxNodes: number;
  minNodes: number;
  spareNodes: number;
  serves: 'unnamed' | 'named';
  allocation: string;
  consolidateAfterSeconds: number;
  bootTimeoutSeconds: number;
  rootVolume: boolean;
  floatingIp: boolean;
  /** What few templates have; absent: none of it. */
  extras?: TemplateExtras;
}

export interface TemplateExtras {
  /** Its servers are kept apart where that can be. */
  serverGroup?: true;
  /** Nodes take addresses of the project that nobody uses, and leave them there. */
  takesAddresses?: true;
  /** It names a zone, the type of the root volume, and cloud-init of its own; its clouds name their image by its id. */
  named?: true;
  scratchVolume?: true;
}

export interface Batch {
  /** ms since the start. */
  at: number;
  count: number;
  cpus: number;
  /** MiB. */
  memory: number;
  runSeconds: number;
  pool: string | undefined;
}

/** What happens in the world, whatever the operator does. `pick` chooses among what is there at that moment. */
export type Happening = { at: number } & (
  | { kind: 'vms-die'; count: number; pick: number }
  | { kind: 'server-stopped' | 'server-deleted' | 'server-fails' | 'server-rebooted'; pick: number }
  | { kind: 'server-locked'; pick: number; forMs: number }
  | {
      kind: 'guests';
      behaviour: 'never-boots' | 'never-joins' | 'black-hole' | 'slow-boot' | 'dies-later';
      count: number;
    }
  | { kind: 'joins-twice'; pick: number; forMs: number }
  | { kind: 'node-deleted' | 'node-protected' | 'node-delete-first' | 'record-lost'; pick: number }
  | { kind: 'drained-by-hand'; pick: number; forMs: number }
  | { kind: 'collector-restarts' | 'kube-compacts' | 'tokens-revoked' | 'operator-restarts' | 'operator-crashes' }
  | { kind: 'collector-down' | 'collector-hung' | 'schedd-down' | 'schedd-hung'; forMs: number }
  | { kind: 'outage'; peer: 'kube' | 'cloud' | 'condor'; silent: boolean; forMs: number }
  | { kind: 'second-operator'; forMs: number }
  | { kind: 'quota-shrinks'; pick: number; instances: number; forMs: number }
  | { kind: 'password-changes'; pick: number; forMs: number }
  | { kind: 'clock-step'; ms: number }
  | { kind: 'scheduler-down' | 'no-valid-host' | 'spawn-fails' | 'delete-fails' | 'never-active'; forMs: number }
  | { kind: 'slow-deletes'; ms: number; forMs: number }
  | { kind: 'volumes-stay'; forMs: number }
  | { kind: 'pool-shrinks'; pick: number; maxNodes: number; forMs: number }
  | { kind: 'pool-mode'; pick: number; mode: 'Observe' | 'Paused'; forMs: number }
  | { kind: 'pool-drifts'; pick: number }
  | { kind: 'pool-deleted'; pick: number; forMs: number }
);

/** Chances that something goes wrong with a call, by kind. */
export interface Rates {
  crash: number;
  network: number;
  refusal: number;
  watch: number;
}

export interface Scenario {
  seed: number;
  clouds: CloudPlan[];
  pools: PoolPlan[];
  jobs: Batch[];
  happenings: Happening[];
  /** Processes of the operator, which elect a leader; absent: one, alone. */
  replicas?: number;
  /** How nodes get their tokens; absent: they ask for them themselves. */
  credentials?: 'TokenRequest';
  /** Startds of others. */
  foreignStartds: number;
  pollIntervalSeconds: number;
  /** Between two looks at clouds and master while nodes come or go: 5 in production. */
  busyIntervalSeconds: number;
  /** Until then, ms since the start, things go wrong. */
  stormMs: number;
  rates: Rates;
  /** Replaces the rates: exactly these faults. */
  faults?: ListedFault[];
  /** Everything is deleted when the storm is over, whatever is queued and running. */
  deletedWhileBusy: boolean;
  /** At the end the resources are deleted in this order, with so many ms in between. */
  teardown: { kind: 'pools' | 'clouds' | 'masters'; afterMs: number }[];
}
