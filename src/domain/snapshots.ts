/**
 * What was observed, as plain data in the words of the field. Every snapshot carries its own time.
 * Units: memory MiB, disk KiB (as HTCondor counts RequestDisk), times milliseconds since the epoch, cores whole.
 */
import type { ErrorClass } from '../base/errors.ts';

/** HTCondor's JobStatus, by name. */
export type JobState = 'Idle' | 'Running' | 'Removed' | 'Completed' | 'Held' | 'TransferringOutput' | 'Suspended';

/** What one job asks for. */
export interface Shape {
  cpus: number;
  memory: number;
  disk: number;
  gpus: number;
}

/** Jobs of one schedd that are alike: `condor_q -group-by`, or the jobs of a factory that are not materialised yet. */
export interface JobGroup extends Shape {
  /** Value of +EhosPool; undefined when the jobs name none. */
  pool: string | undefined;
  state: JobState;
  count: number;
}

/** One execute node: its partitionable slot. */
export interface Startd {
  /** Name of the ad, `slot1@host.domain`: what condor_drain wants. */
  name: string;
  machine: string;
  /** EhosNodeId that the ad claims; trust `identity` instead. */
  nodeId: string | undefined;
  pool: string | undefined;
  /** AuthenticatedIdentity, written by the collector: `ehos-node-<uid>@domain`. */
  identity: string | undefined;
  /** HTCondor's State and Activity of the slot. */
  state: string;
  activity: string;
  total: Shape;
  /** What is not given to a dynamic slot. */
  free: Shape;
  /** Dynamic slots: jobs that run or are about to. 0 means that it runs nothing. */
  dynamicSlots: number;
  /** State and Activity of each dynamic slot. */
  children: { state: string; activity: string }[];
  /** Since when it runs nothing; undefined while it runs something. Clock of the node corrected to the collector's. */
  idleSince: number | undefined;
  /** Since when its set of dynamic slots is the same, in the operator's time: since then its free resources were free without a break. */
  slotsChangedAt: number | undefined;
  /** False when it takes no job now, whoever asks: its owner has it (START is false), or it drains. */
  accepts: boolean;
  draining: boolean;
  drainReason: string | undefined;
  /** When the collector last heard of it, in the operator's time. */
  lastHeardFrom: number;
  /** When the startd started, in the operator's time. */
  startedAt: number | undefined;
  /** How many jobs it has started since; absent where it does not say. */
  jobStarts?: number;
}

/** A pending request for an IDTOKEN, as the collector lists it. All but `peer` and `authenticatedAs` is chosen by the requester. */
export interface TokenRequest {
  /** Digits with leading zeros: a text. */
  id: string;
  requestedIdentity: string;
  /** undefined: not limited. */
  authorizations: string[] | undefined;
  /** Seconds; undefined: no end. */
  lifetime: number | undefined;
  authenticatedAs: string;
  peer: string;
}

/** One reading of a master. A part that could not be read is undefined, and `errors` says why: it is no evidence of anything. */
export interface MasterSnapshot {
  /** When the reading began. */
  observedAt: number;
  jobs: JobGroup[] | undefined;
  startds: Startd[] | undefined;
  tokenRequests: TokenRequest[] | undefined;
  /** When the collector started; until its nodes have had time to report, an absent node is no evidence. */
  collectorStartedAt: number | undefined;
  /**
   * The last negotiation cycles that ended, newest first, as many as the negotiator remembers (3 unless it is configured otherwise).
   * A cycle looks at the slots when it starts, so only one that started later than a slot became free says anything of it.
   */
  negotiation: { startedAt: number; endedAt: number }[] | undefined;
  /** One line for each part that failed. */
  errors: string[];
}

export type VmState = 'Booting' | 'Active' | 'Suspended' | 'Restarting' | 'Stopping' | 'Deleted' | 'Error' | 'Unknown';

/** Which record a server was made for, as the server's own metadata say: what is left when the record is lost.. */
export interface VmOrigin {
  namespace: string;
  pool: string;
  cloud: string;
  master: string;
  image: string;
  templateHash: string;
}

/** One server of ours in a cloud. */
export interface Vm {
  id: string;
  name: string;
  /** uid of the EhosNode, from the tag; undefined when it carries the cluster's tag and no node's. */
  nodeUid: string | undefined;
  /** undefined when a part of it is missing. */
  origin?: VmOrigin | undefined;
  /** Ids of the volumes that it is known to have. */
  volumes?: string[];
  state: VmState;
  /** The cloud is already deleting it. */
  deleting: boolean;
  addresses: string[];
  flavor: string | undefined;
  /** Availability zone; undefined until the cloud has chosen one. */
  zone: string | undefined;
  createdAt: number;
  /** The cloud's own words when it failed. */
  fault: string | undefined;
  /** What the fault means for the next try, as far as its words tell: NoCapacity, Quota or Transient. */
  faultClass?: ErrorClass;
}

/** -1 as limit: none. */
export interface Quota {
  limit: number;
  used: number;
}

export interface Flavor {
  id: string;
  name: string;
  cores: number;
  memory: number;
  /** Root plus ephemeral disk, KiB; 0 when it has none. */
  disk: number;
  gpus: number;
}

/** One complete listing of a cloud. There is no partial one: a listing that fails yields an error instead. */
export interface CloudSnapshot {
  /** When the listing began. */
  observedAt: number;
  vms: Vm[];
  foreignInstances: number;
  /** `memory` MiB. Of the volume service, GiB: absent when nobody asked for it, when the cloud has none, or when it could not be read. */
  quota: { instances: Quota; cores: Quota; memory: Quota; volumes?: Quota; gigabytes?: Quota };
  /** Why the quota of volumes could not be read, although it was asked for. */
  volumesProblem?: string;
  /** How many members a server group may have; -1: no limit. */
  serverGroupMembers: number;
  serverGroups?: Quota;
  /** All flavors that the project may use, by name. */
  flavors: Map<string, Flavor>;
}
