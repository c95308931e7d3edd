// Made from crds/ehosnodes.yaml by "make generate". Do not edit.
/**
 * What it is. Immutable.
 */
export interface EhosNodeSpec {
  poolRef: EhosNodeSpecPoolRef;
  cloudRef: EhosNodeSpecCloudRef;
  masterRef: EhosNodeSpecMasterRef;
  /**
   * Name of the availability zone; absent where the cloud chooses.
   */
  availabilityZone?: string;
  /**
   * Name of the flavor.
   */
  flavor: string;
  /**
   * Id of the image.
   */
  image: string;
  /**
   * Hash of all that the node was made from.
   */
  templateHash: string;
  floatingIP?: EhosNodeSpecFloatingIP;
  /**
   * How many volumes are made with its server; absent is none.
   */
  volumes?: number;
  /**
   * Only in a record that the operator made for a server whose record was lost, the uid of the lost record, under which cloud and HTCondor know the server. It counts only while the server's own metadata name the namespace and the pool of this record.
   */
  adopts?: string;
}
/**
 * The pool it belongs to.
 */
export interface EhosNodeSpecPoolRef {
  /**
   * Name of the EhosNodePool in the same namespace.
   */
  name: string;
}
/**
 * The cloud it lives in.
 */
export interface EhosNodeSpecCloudRef {
  /**
   * Name of the EhosCloud in the same namespace.
   */
  name: string;
}
/**
 * The master whose jobs it runs.
 */
export interface EhosNodeSpecMasterRef {
  /**
   * Name of the EhosMaster in the same namespace.
   */
  name: string;
}
/**
 * How its server comes by a floating IP; absent is none.
 */
export interface EhosNodeSpecFloatingIP {
  /**
   * Assign: an unused one of the project is taken. Purge: one is allocated for the node and released with it.
   */
  mode: 'Assign' | 'Purge';
  /**
   * Id of the external network that it comes from.
   */
  networkID: string;
  /**
   * Id of the network of the server that it is on.
   */
  portNetworkID: string;
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface EhosNodeStatus {
  /**
   * Pending: not yet asked for. Launching: asked for, no answer yet. Booting: the server exists and has not joined. Ready: in the pool. Lost: joined once, not heard of. Draining: being emptied. Deleting: its server is being removed.
   */
  phase?: 'Pending' | 'Launching' | 'Booting' | 'Ready' | 'Lost' | 'Draining' | 'Deleting';
  /**
   * The view of the cloud.
   */
  vmState?: 'Booting' | 'Active' | 'Suspended' | 'Restarting' | 'Stopping' | 'Deleted' | 'Error' | 'Unknown';
  /**
   * The view of HTCondor.
   */
  nodeState?:
    'Starting' | 'Idle' | 'Busy' | 'Suspended' | 'Vacating' | 'Killing' | 'Benchmarking' | 'Retiring' | 'Lost';
  /**
   * Id of the server in its cloud.
   */
  serverID?: string;
  /**
   * Name of its partitionable slot, as HTCondor tools want it.
   */
  slotName?: string;
  /**
   * Fixed addresses of the server.
   */
  addresses?: string[];
  /**
   * Its floating IP.
   */
  floatingIP?: string;
  /**
   * Ids of the volumes that were made with its server and go with it.
   */
  volumes?: string[];
  /**
   * Cores that its startd offers.
   */
  cores?: number;
  /**
   * Memory that its startd offers, in MiB.
   */
  memory?: number;
  /**
   * Disk that its startd offers, in KiB.
   */
  disk?: number;
  /**
   * When the server was asked for.
   */
  requested?: string;
  /**
   * When the cloud accepted it.
   */
  launched?: string;
  /**
   * When the cloud first showed it running.
   */
  booted?: string;
  /**
   * When its startd was first seen in the pool.
   */
  joined?: string;
  /**
   * When it was first seen running a job.
   */
  firstBusy?: string;
  /**
   * When it has been idle.
   */
  idleSince?: string;
  /**
   * When its startd was last believed, while it is Lost.
   */
  lostSince?: string;
  /**
   * When its removal was decided.
   */
  drainRequested?: string;
  /**
   * True while it is removed only because nothing needs it. It is called back when something does and its server is still there.
   */
  unneeded?: boolean;
  /**
   * Since when it has to leave even though it runs jobs, whose ends are waited for. Absent while it leaves only if it runs nothing.
   */
  mustLeaveSince?: string;
  /**
   * When HTCondor was first asked to vacate its jobs, because the terminationGracePeriod of its pool was over.
   */
  forced?: string;
  /**
   * When HTCondor proved that it runs nothing and takes no job any more.
   */
  drained?: string;
  /**
   * When the deletion of the server was first asked for.
   */
  deleted?: string;
  /**
   * Why it is removed.
   */
  drainReason?: string;
  /**
   * What went wrong, in the cloud's own words.
   */
  fault?: string;
  /**
   * The generation of the spec that this status was made from.
   */
  observedGeneration?: number;
  /**
   * What is true of it now, in the standard form of Kubernetes conditions; Launched, Joined, Drained, Drifted, Expired, BlackHole and Ready.
   */
  conditions?: EhosNodeStatusCondition[];
}
/**
 * One condition.
 */
export interface EhosNodeStatusCondition {
  /**
   * Name of the condition.
   */
  type: string;
  /**
   * True, False, or Unknown.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * One CamelCase word that says why.
   */
  reason: string;
  /**
   * A sentence for people, with the peer's own words where there are some.
   */
  message: string;
  /**
   * When the status last changed.
   */
  lastTransitionTime: string;
  /**
   * The generation of the spec that this condition speaks of.
   */
  observedGeneration?: number;
}
