// Made from crds/ehosmasters.yaml by "make generate". Do not edit.
/**
 * What the admin wants.
 */
export interface EhosMasterSpec {
  /**
   * How the operator logs in to the master.
   */
  ssh: {
    /**
     * Name or address of the SSH server.
     */
    host: string;
    /**
     * Port of the SSH server.
     */
    port?: number;
    /**
     * Account on the master; it needs no root rights (docs/preparing-a-master.md).
     */
    user: string;
    /**
     * The Secret with the private key (OpenSSH or PEM form, without passphrase).
     */
    privateKeyRef: {
      /**
       * Name of the Secret in the same namespace.
       */
      name: string;
      /**
       * Key in it.
       */
      key?: string;
    };
    /**
     * The Secret with the known_hosts lines of the master. An unknown or changed host key is always refused.
     */
    knownHostsRef?: {
      /**
       * Name of the Secret in the same namespace.
       */
      name: string;
      /**
       * Key in it.
       */
      key?: string;
    };
    /**
     * The public host key itself, as in a .pub file: "ssh-ed25519 AAAA...". Instead of knownHostsRef.
     */
    hostKey?: string;
  };
  /**
   * The address that worker nodes use.
   */
  condor: {
    /**
     * Name or address of the collector as worker nodes see it; it may differ from the SSH one.
     */
    host: string;
    /**
     * Port of the collector (of the shared port daemon).
     */
    port?: number;
    /**
     * Names of further schedds to read besides the local one, each with an @ or a dot, as condor_status -schedd shows them. Empty means only the local one.
     */
    schedds?: string[];
  };
  /**
   * How often the queue and the nodes are read. Written like 90s, 15m or 1h30m.
   */
  pollInterval?: string;
  /**
   * How a node comes by the token with which it joins the pool.
   */
  nodeCredentials?: {
    /**
     * Approve: the node asks and the operator approves the request that matches the server it made; nothing secret is in the user data. TokenRequest: the operator obtains a token of its own for each node and puts it into the user data (nodes behind NAT). SecretRef: the token of the Secret is put into the user data of every node.
     */
    method?: 'Approve' | 'TokenRequest' | 'SecretRef';
    /**
     * How long a token is valid; it must exceed the longest life of a node. Written like 90s, 15m or 1h30m.
     */
    lifetime?: string;
    /**
     * The Secret with the token, for method SecretRef.
     */
    secretRef?: {
      /**
       * Name of the Secret in the same namespace.
       */
      name: string;
      /**
       * Key in it.
       */
      key?: string;
    };
  };
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface EhosMasterStatus {
  /**
   * Version of HTCondor on the master.
   */
  condorVersion?: string;
  /**
   * Jobs in the queue.
   */
  jobs?: {
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
  };
  /**
   * Execute nodes; used are those that run a job.
   */
  slots?: {
    /**
     * All there is.
     */
    total?: number;
    /**
     * What is in use by jobs.
     */
    used?: number;
  };
  /**
   * Cores of the execute nodes.
   */
  cores?: {
    /**
     * All there is.
     */
    total?: number;
    /**
     * What is in use by jobs.
     */
    used?: number;
  };
  /**
   * Memory of the execute nodes in MiB.
   */
  memory?: {
    /**
     * All there is.
     */
    total?: number;
    /**
     * What is in use by jobs.
     */
    used?: number;
  };
  /**
   * Idle jobs that no pool serves.
   */
  unmatchedJobs?: number;
  /**
   * When the master was last read completely; renewed at most once in five minutes while nothing changes.
   */
  lastSyncTime?: string;
  /**
   * The generation of the spec that this status was made from.
   */
  observedGeneration?: number;
  /**
   * What is true of it now, in the standard form of Kubernetes conditions; Ready sums up Connected and Synced.
   *
   * Items: One condition.
   */
  conditions?: {
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
  }[];
}
