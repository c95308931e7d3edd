// Made from crds/ehosmasters.yaml by "make generate". Do not edit.
/**
 * What the admin wants.
 */
export interface EhosMasterSpec {
  ssh: EhosMasterSpecSsh;
  condor: EhosMasterSpecCondor;
  /**
   * How often the queue and the nodes are read. Written like 90s, 15m or 1h30m.
   *
   * Default: "15s"
   */
  pollInterval?: string;
  nodeCredentials?: EhosMasterSpecNodeCredentials;
}
/**
 * How the operator logs in to the master.
 */
export interface EhosMasterSpecSsh {
  /**
   * Name or address of the SSH server.
   */
  host: string;
  /**
   * Port of the SSH server.
   *
   * Default: 22
   */
  port?: number;
  /**
   * Account on the master; it needs no root rights (docs/preparing-a-master.md).
   */
  user: string;
  privateKeyRef: EhosMasterSpecSshPrivateKeyRef;
  knownHostsRef?: EhosMasterSpecSshKnownHostsRef;
  /**
   * The public host key itself, as in a .pub file: "ssh-ed25519 AAAA...". Instead of knownHostsRef.
   */
  hostKey?: string;
}
/**
 * The Secret with the private key (OpenSSH or PEM form, without passphrase).
 */
export interface EhosMasterSpecSshPrivateKeyRef {
  /**
   * Name of the Secret in the same namespace.
   */
  name: string;
  /**
   * Key in it.
   *
   * Default: "ssh-privatekey"
   */
  key?: string;
}
/**
 * The Secret with the known_hosts lines of the master. An unknown or changed host key is always refused.
 */
export interface EhosMasterSpecSshKnownHostsRef {
  /**
   * Name of the Secret in the same namespace.
   */
  name: string;
  /**
   * Key in it.
   *
   * Default: "known_hosts"
   */
  key?: string;
}
/**
 * The address that worker nodes use.
 */
export interface EhosMasterSpecCondor {
  /**
   * Name or address of the collector as worker nodes see it; it may differ from the SSH one.
   */
  host: string;
  /**
   * Port of the collector (of the shared port daemon).
   *
   * Default: 9618
   */
  port?: number;
  /**
   * Names of further schedds to read besides the local one, each with an @ or a dot, as condor_status -schedd shows them. Empty means only the local one.
   */
  schedds?: string[];
}
/**
 * How a node comes by the token with which it joins the pool.
 */
export interface EhosMasterSpecNodeCredentials {
  /**
   * Approve: the node asks and the operator approves the request that matches the server it made; nothing secret is in the user data. TokenRequest: the operator obtains a token of its own for each node and puts it into the user data (nodes behind NAT). SecretRef: the token of the Secret is put into the user data of every node.
   *
   * Default: "Approve"
   */
  method?: 'Approve' | 'TokenRequest' | 'SecretRef';
  /**
   * How long a token is valid; it must exceed the longest life of a node. Written like 90s, 15m or 1h30m.
   *
   * Default: "720h"
   */
  lifetime?: string;
  secretRef?: EhosMasterSpecNodeCredentialsSecretRef;
}
/**
 * The Secret with the token, for method SecretRef, with the label ehos.io/for-nodes=true, since it goes into the user data of every node.
 */
export interface EhosMasterSpecNodeCredentialsSecretRef {
  /**
   * Name of the Secret in the same namespace.
   */
  name: string;
  /**
   * Key in it.
   *
   * Default: "token"
   */
  key?: string;
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface EhosMasterStatus {
  /**
   * Version of HTCondor on the master.
   */
  condorVersion?: string;
  jobs?: EhosMasterStatusJobs;
  slots?: EhosMasterStatusSlots;
  cores?: EhosMasterStatusCores;
  memory?: EhosMasterStatusMemory;
  /**
   * Idle jobs that no pool serves.
   */
  unmatchedJobs?: number;
  /**
   * Whose idle jobs no pool serves, by the pool that they name; the most numerous 20.
   */
  unmatchedPools?: EhosMasterStatusUnmatchedPool[];
  /**
   * When the master was last read completely; renewed at most once in five minutes while nothing changes.
   */
  lastSyncTime?: string;
  /**
   * The generation of the spec that this status was made from.
   */
  observedGeneration?: number;
  /**
   * What is true of it now, in the standard form of Kubernetes conditions; Ready sums up Connected and Synced; JobsServed says whether every idle job has a pool, NodesHeard that not many nodes fell silent at once, NodesGenuine that each startd speaks for one node of its own.
   */
  conditions?: EhosMasterStatusCondition[];
}
/**
 * Jobs in the queue.
 */
export interface EhosMasterStatusJobs {
  /**
   * Waiting.
   */
  idle?: number;
  /**
   * Running.
   */
  running?: number;
  /**
   * On hold.
   */
  held?: number;
  /**
   * In the queue, in any state.
   */
  total?: number;
}
/**
 * Execute nodes; used are those that run a job.
 */
export interface EhosMasterStatusSlots {
  /**
   * All there is.
   */
  total?: number;
  /**
   * What is in use by jobs.
   */
  used?: number;
}
/**
 * Cores of the execute nodes.
 */
export interface EhosMasterStatusCores {
  /**
   * All there is.
   */
  total?: number;
  /**
   * What is in use by jobs.
   */
  used?: number;
}
/**
 * Memory of the execute nodes in MiB.
 */
export interface EhosMasterStatusMemory {
  /**
   * All there is.
   */
  total?: number;
  /**
   * What is in use by jobs.
   */
  used?: number;
}
/**
 * Jobs that name the same pool.
 */
export interface EhosMasterStatusUnmatchedPool {
  /**
   * The name in their +EhosPool; absent for jobs that name none while no pool is the default.
   */
  pool?: string;
  /**
   * How many idle jobs.
   */
  jobs: number;
}
/**
 * One condition.
 */
export interface EhosMasterStatusCondition {
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
