// Made from crds/ehosclouds.yaml by "make generate". Do not edit.
/**
 * What the admin wants.
 */
export interface EhosCloudSpec {
  openstack: EhosCloudSpecOpenstack;
  /**
   * If true no new servers are made here; those that exist live on.
   *
   * Default: false
   */
  suspend?: boolean;
  /**
   * Share of this cloud where the pool's allocation is Weighted.
   *
   * Default: 50
   */
  weight?: number;
  limits?: EhosCloudSpecLimits;
  defaults?: EhosCloudSpecDefaults;
}
/**
 * How to reach the project.
 */
export interface EhosCloudSpecOpenstack {
  identityRef: EhosCloudSpecOpenstackIdentityRef;
  /**
   * Region; overrides region_name of clouds.yaml.
   */
  region?: string;
}
/**
 * The Secret that holds clouds.yaml (key clouds.yaml) and, if need be, the certificate authority (key cacert), as cluster-api-provider-openstack uses it.
 */
export interface EhosCloudSpecOpenstackIdentityRef {
  /**
   * Name of the Secret, in the same namespace.
   */
  name: string;
  /**
   * Which entry below "clouds" in clouds.yaml to use.
   */
  cloudName: string;
}
/**
 * The operator's own ceiling for its servers here, below the quota of the project.
 */
export interface EhosCloudSpecLimits {
  /**
   * Most servers of ours.
   */
  instances?: number;
  /**
   * Most cores of our servers together.
   */
  cores?: number;
  /**
   * Most memory of our servers together, such as 64Gi.
   */
  memory?: string;
}
/**
 * What pools need not repeat. A pool's template, and its entry for this cloud, override each field.
 */
export interface EhosCloudSpecDefaults {
  /**
   * Networks that a server is connected to, in this order; the first one is the one HTCondor uses.
   */
  networks?: EhosCloudSpecDefaultsNetwork[];
  /**
   * Names or ids of the security groups of each server; a name must be unique in the project.
   */
  securityGroups?: string[];
  /**
   * Name of the key pair for logging in to the servers; it belongs to the OpenStack user.
   */
  keyName?: string;
  /**
   * Availability zones to choose from, taken in turn; empty lets the cloud choose.
   */
  availabilityZones?: string[];
  image?: EhosCloudSpecDefaultsImage;
}
/**
 * One network, by id or by name.
 */
export interface EhosCloudSpecDefaultsNetwork {
  /**
   * UUID of the network.
   */
  id?: string;
  /**
   * Name of the network; it must be unique in the project.
   */
  name?: string;
}
/**
 * The image that servers boot. It must contain HTCondor and cloud-init.
 */
export interface EhosCloudSpecDefaultsImage {
  /**
   * UUID of the image.
   */
  id?: string;
  /**
   * Name of the image; of several active ones with this name the newest is taken.
   */
  name?: string;
  /**
   * Tag of the image; of several active ones with this tag the newest is taken.
   */
  tag?: string;
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface EhosCloudStatus {
  quota?: EhosCloudStatusQuota;
  /**
   * What nodes of a flavor were seen to give to jobs, by flavor and image; the least of each resource counts. It is how the planner knows them after a restart.
   */
  flavors?: EhosCloudStatusFlavor[];
  nodes?: EhosCloudStatusNodes;
  /**
   * Servers in the project that are not ours. They are counted and never touched.
   */
  foreignInstances?: number;
  /**
   * When the credential ends, where the cloud says so (application credentials with an expiry).
   */
  credentialExpiresAt?: string;
  /**
   * When the cloud was last listed completely; renewed at most once in five minutes while nothing changes.
   */
  lastSyncTime?: string;
  /**
   * The generation of the spec that this status was made from.
   */
  observedGeneration?: number;
  /**
   * What is true of it now, in the standard form of Kubernetes conditions; Ready sums up Authenticated, Synced and QuotaAvailable.
   */
  conditions?: EhosCloudStatusCondition[];
}
/**
 * The project's quota and its use, as the cloud says.
 */
export interface EhosCloudStatusQuota {
  instances?: EhosCloudStatusQuotaInstances;
  cores?: EhosCloudStatusQuotaCores;
  memory?: EhosCloudStatusQuotaMemory;
  volumes?: EhosCloudStatusQuotaVolumes;
  gigabytes?: EhosCloudStatusQuotaGigabytes;
}
/**
 * Servers.
 */
export interface EhosCloudStatusQuotaInstances {
  /**
   * The most that may be used; -1 means that there is no limit.
   */
  limit?: number;
  /**
   * What is in use, by whomever.
   */
  used?: number;
}
/**
 * Virtual cores.
 */
export interface EhosCloudStatusQuotaCores {
  /**
   * The most that may be used; -1 means that there is no limit.
   */
  limit?: number;
  /**
   * What is in use, by whomever.
   */
  used?: number;
}
/**
 * Memory in MiB.
 */
export interface EhosCloudStatusQuotaMemory {
  /**
   * The most that may be used; -1 means that there is no limit.
   */
  limit?: number;
  /**
   * What is in use, by whomever.
   */
  used?: number;
}
/**
 * Volumes; only where a pool boots from volumes.
 */
export interface EhosCloudStatusQuotaVolumes {
  /**
   * The most that may be used; -1 means that there is no limit.
   */
  limit?: number;
  /**
   * What is in use, by whomever.
   */
  used?: number;
}
/**
 * Size of all volumes together in GiB; only where a pool boots from volumes.
 */
export interface EhosCloudStatusQuotaGigabytes {
  /**
   * The most that may be used; -1 means that there is no limit.
   */
  limit?: number;
  /**
   * What is in use, by whomever.
   */
  used?: number;
}
/**
 * One flavor with one image.
 */
export interface EhosCloudStatusFlavor {
  /**
   * Name of the flavor.
   */
  flavor: string;
  /**
   * Id of the image.
   */
  image: string;
  /**
   * Cores that its startd offers.
   */
  cores: number;
  /**
   * Memory that its startd offers, MiB.
   */
  memory: number;
  /**
   * Disk that its startd offers, KiB.
   */
  disk: number;
  /**
   * Seconds from the launch of a server to its startd in the pool, of the last node that joined, in steps of 10.
   */
  bootSeconds?: number;
}
/**
 * Servers of ours, counted by their state.
 */
export interface EhosCloudStatusNodes {
  /**
   * All of them.
   */
  total?: number;
  /**
   * Being built.
   */
  booting?: number;
  /**
   * Running.
   */
  active?: number;
  /**
   * Failed, as the cloud says.
   */
  error?: number;
  /**
   * In any other state.
   */
  other?: number;
}
/**
 * One condition.
 */
export interface EhosCloudStatusCondition {
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
