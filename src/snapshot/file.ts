/**
 * A snapshot as it stands in a file: what people read and edit. The form is described, and checked, by
 * config/snapshots/snapshot.schema.json; docs/snapshots.md tells it to users.
 */
import type { EhosCloudSpec, EhosNodePoolSpec } from '../api/resources.ts';
import type { Resource } from '../domain/amounts.ts';
import type { FleetSight } from '../domain/fleet-sight.ts';
import type { PlanNodeState } from '../domain/plan-types.ts';
import type { JobState } from '../domain/snapshots.ts';

export const API_VERSION = 'ehos.io/v1alpha1';
export const KIND = 'EhosSnapshot';

/** What the pools of one namespace are planned from, and where it comes from. It was taken at `sight.now`. */
export interface Snapshot {
  namespace: string;
  /** Of the operator that took it. */
  version: string | undefined;
  sight: FleetSight;
}

/** A number in the unit of its field, or as people write it: `8Gi`. */
type Amount = number | string;

export interface ShapeEntry {
  cpus?: number;
  memory?: Amount;
  disk?: Amount;
  gpus?: number;
}

export interface JobGroupEntry extends ShapeEntry {
  count?: number;
  pool?: string;
  state?: JobState;
}

export interface MasterEntry {
  name: string;
  queue?: JobGroupEntry[];
  problem?: string;
}

export interface FlavorEntry {
  name: string;
  id?: string;
  cores: number;
  memory: Amount;
  disk?: Amount;
  gpus?: number;
}

export interface SeenEntry {
  flavor: string;
  image?: string;
  cores: number;
  memory: Amount;
  disk: Amount;
  bootSeconds?: number;
}

export interface QuotaEntry {
  /** -1 or `unlimited`: none. */
  limit: Amount;
  used?: Amount;
}

export interface CloudEntry {
  name: string;
  spec?: Partial<EhosCloudSpec>;
  flavors?: FlavorEntry[];
  quota?: Partial<Record<Resource, QuotaEntry>>;
  ours?: Partial<Record<Resource, Amount>>;
  serverGroupMembers?: number;
  seen?: SeenEntry[];
}

export interface NodeEntry {
  name: string;
  count?: number;
  cloud: string;
  flavor: string;
  zone?: string;
  state: PlanNodeState;
  free?: ShapeEntry;
  total?: ShapeEntry;
  createdAt?: string;
  idleSince?: string;
  idleFor?: string;
  deleteFirst?: boolean;
  doNotDisrupt?: boolean;
  recallable?: boolean;
  outdated?: string;
  released?: boolean;
}

export interface RestEntry {
  zone?: string;
  flavor: string;
  reason: string;
  until: string;
}

export interface PhantomEntry extends ShapeEntry {
  count: number;
  since: string;
  until: string;
  tries?: number;
  retrying?: boolean;
  refusedBy?: string[];
  example?: { job: string; analysis: string };
}

export interface PoolCloudEntry {
  name: string;
  problem?: string;
  image?: { id: string; minRam?: number; minDisk?: number };
  rests?: RestEntry[];
  canary?: { room: 0 | 1; reason: string; until?: string };
}

export interface RememberedEntry {
  claimed?: number;
  recentCreates?: string[];
  roundRobin?: number;
  seed?: number;
  phantoms?: PhantomEntry[];
  unproven?: boolean;
  oneAtATime?: string;
  blind?: boolean;
  clouds?: PoolCloudEntry[];
}

export interface PoolEntry {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
  };
  spec: EhosNodePoolSpec;
  status?: object;
}

export interface SnapshotFile {
  apiVersion: typeof API_VERSION;
  kind: typeof KIND;
  takenAt?: string;
  version?: string;
  namespace?: string;
  clouds?: CloudEntry[];
  masters?: MasterEntry[];
  pools: PoolEntry[];
  nodes?: Record<string, NodeEntry[]>;
  remembered?: Record<string, RememberedEntry>;
}

/** What a job that says nothing takes of a machine, as the operator counts it: the least that a startd carves out. */
export const DEFAULT_REQUEST = { cpus: 1, memory: 128, disk: 1024, gpus: 0 } as const;
/** Stands for the image where a snapshot names none. */
export const SOME_IMAGE = 'image';
/** What stands against a cloud, where the snapshot itself shows it. */
export const SUSPENDED = 'it is suspended';
export const ABSENT_CLOUD = 'the snapshot has no such cloud';
export const UNSEEN_CLOUD = 'the snapshot does not say which flavors it has';
export const UNKNOWN_QUEUE = 'the snapshot does not say what is queued';
