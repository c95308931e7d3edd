// Made from crds/ehosnodepools.yaml by "make generate". Do not edit.
/**
 * What the admin wants.
 */
export interface EhosNodePoolSpec {
  masterRef: EhosNodePoolSpecMasterRef;
  jobs?: EhosNodePoolSpecJobs;
  /**
   * Fewest nodes, kept even when nothing is queued.
   *
   * Default: 0
   */
  minNodes?: number;
  /**
   * Most nodes.
   */
  maxNodes: number;
  /**
   * Idle nodes kept beyond what the queue needs.
   *
   * Default: 0
   */
  spareNodes?: number;
  /**
   * A fixed number of nodes instead of autoscaling; set by kubectl scale. Remove it to scale by the queue again.
   */
  replicas?: number;
  /**
   * Active: scale. Observe: plan and report, touch nothing. Paused: not even plan.
   *
   * Default: "Active"
   */
  mode?: 'Active' | 'Observe' | 'Paused';
  /**
   * How new nodes are spread over the clouds that can give them. RoundRobin: in turn. FillFirst: the first of the list until it is full. Random. Weighted: by weight. LeastWaste: where the flavor fits best.
   *
   * Default: "RoundRobin"
   */
  allocation?: 'RoundRobin' | 'FillFirst' | 'Random' | 'Weighted' | 'LeastWaste';
  /**
   * The clouds to use. What an entry gives overrides the template for that cloud.
   */
  clouds: EhosNodePoolSpecCloud[];
  template?: EhosNodePoolSpecTemplate;
  scaleUp?: EhosNodePoolSpecScaleUp;
  scaleDown?: EhosNodePoolSpecScaleDown;
  disruption?: EhosNodePoolSpecDisruption;
  /**
   * A server that has not joined the pool this long after its launch is deleted and replaced. Written like 90s, 15m or 1h30m.
   *
   * Default: "15m"
   */
  bootTimeout?: string;
}
/**
 * The EhosMaster whose jobs are served.
 */
export interface EhosNodePoolSpecMasterRef {
  /**
   * Name of the EhosMaster in the same namespace.
   */
  name: string;
}
/**
 * Which jobs this pool serves: always those that name it with +EhosPool = "NAME" in their submit file.
 */
export interface EhosNodePoolSpecJobs {
  /**
   * If true the pool also serves the jobs that name no pool. Of several such pools on a master the first by name does.
   *
   * Default: false
   */
  default?: boolean;
}
/**
 * One cloud.
 */
export interface EhosNodePoolSpecCloud {
  /**
   * Name of the EhosCloud, in the same namespace.
   */
  name: string;
  /**
   * Share of this cloud where allocation is Weighted; overrides the weight of the EhosCloud.
   */
  weight?: number;
  /**
   * Names of the flavors to choose from. The one that fits the queued jobs with least waste is taken; among equals the first.
   */
  flavors?: string[];
  image?: EhosNodePoolSpecCloudImage;
  /**
   * Networks that a server is connected to, in this order; the first one is the one HTCondor uses.
   */
  networks?: EhosNodePoolSpecCloudNetwork[];
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
  scratchVolume?: EhosNodePoolSpecCloudScratchVolume;
  /**
   * A floating IP for each node, on its first network. None. Assign: one that exists in the project and is used by nobody is taken, and is free again when the node goes. Purge: one is allocated for the node, and released with it.
   */
  floatingIP?: 'None' | 'Assign' | 'Purge';
  floatingNetwork?: EhosNodePoolSpecCloudFloatingNetwork;
}
/**
 * The image that servers boot. It must contain HTCondor and cloud-init.
 */
export interface EhosNodePoolSpecCloudImage {
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
 * One network, by id or by name.
 */
export interface EhosNodePoolSpecCloudNetwork {
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
 * An empty data volume for each node, made with its server and deleted with it. It comes to the node without a file system; what it is for is said in userData.
 */
export interface EhosNodePoolSpecCloudScratchVolume {
  /**
   * Size in GiB.
   */
  size: number;
  /**
   * Volume type; absent takes the default of the cloud.
   */
  type?: string;
}
/**
 * The external network that floating IPs come from. Absent takes the one that a router joins to the first network of the server, or the only one that there is.
 */
export interface EhosNodePoolSpecCloudFloatingNetwork {
  /**
   * UUID of the network.
   */
  id?: string;
  /**
   * Name of the network; it must be unique among the external ones.
   */
  name?: string;
}
/**
 * What a node is made of. Fields that are absent come from the defaults of the cloud.
 */
export interface EhosNodePoolSpecTemplate {
  /**
   * Names of the flavors to choose from. The one that fits the queued jobs with least waste is taken; among equals the first.
   */
  flavors?: string[];
  image?: EhosNodePoolSpecTemplateImage;
  /**
   * Networks that a server is connected to, in this order; the first one is the one HTCondor uses.
   */
  networks?: EhosNodePoolSpecTemplateNetwork[];
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
  rootVolume?: EhosNodePoolSpecTemplateRootVolume;
  scratchVolume?: EhosNodePoolSpecTemplateScratchVolume;
  /**
   * A floating IP for each node, on its first network. None. Assign: one that exists in the project and is used by nobody is taken, and is free again when the node goes. Purge: one is allocated for the node, and released with it. Absent is None.
   */
  floatingIP?: 'None' | 'Assign' | 'Purge';
  floatingNetwork?: EhosNodePoolSpecTemplateFloatingNetwork;
  /**
   * Metadata of each server. Keys beginning with "ehos." belong to the operator.
   */
  metadata?: {
    [k: string]: string;
  };
  userData?: EhosNodePoolSpecTemplateUserData;
  /**
   * How the nodes of this pool are placed on the hosts of a cloud: one server group for the pool in each cloud, made when it is needed and deleted with the pool. The soft ones are wishes; the others make a server fail when no host is left that obeys.
   */
  serverGroupPolicy?: 'affinity' | 'anti-affinity' | 'soft-affinity' | 'soft-anti-affinity';
  /**
   * Attributes that the startd of each node advertises, as ClassAd expressions: {Site: '"north"', HasFastDisk: "true"}.
   */
  startdAttributes?: {
    [k: string]: string;
  };
}
/**
 * The image that servers boot. It must contain HTCondor and cloud-init.
 */
export interface EhosNodePoolSpecTemplateImage {
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
 * One network, by id or by name.
 */
export interface EhosNodePoolSpecTemplateNetwork {
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
 * Boots from a new volume instead of the flavor's own disk; it is deleted with the server.
 */
export interface EhosNodePoolSpecTemplateRootVolume {
  /**
   * Size in GiB.
   */
  size: number;
  /**
   * Volume type; absent takes the default of the cloud.
   */
  type?: string;
}
/**
 * An empty data volume for each node, made with its server and deleted with it. It comes to the node without a file system; what it is for is said in userData.
 */
export interface EhosNodePoolSpecTemplateScratchVolume {
  /**
   * Size in GiB.
   */
  size: number;
  /**
   * Volume type; absent takes the default of the cloud.
   */
  type?: string;
}
/**
 * The external network that floating IPs come from. Absent takes the one that a router joins to the first network of the server, or the only one that there is.
 */
export interface EhosNodePoolSpecTemplateFloatingNetwork {
  /**
   * UUID of the network.
   */
  id?: string;
  /**
   * Name of the network; it must be unique among the external ones.
   */
  name?: string;
}
/**
 * Your own cloud-init user data (any form that cloud-init takes), applied before the part of the operator.
 */
export interface EhosNodePoolSpecTemplateUserData {
  /**
   * The text itself.
   */
  inline?: string;
  configMapRef?: EhosNodePoolSpecTemplateUserDataConfigMapRef;
  secretRef?: EhosNodePoolSpecTemplateUserDataSecretRef;
}
/**
 * A ConfigMap that holds it.
 */
export interface EhosNodePoolSpecTemplateUserDataConfigMapRef {
  /**
   * Name of the ConfigMap in the same namespace.
   */
  name: string;
  /**
   * Key in it.
   *
   * Default: "userdata"
   */
  key?: string;
}
/**
 * A Secret that holds it, with the label ehos.io/for-nodes=true. Every job on the node can read it there; do not use it for real secrets.
 */
export interface EhosNodePoolSpecTemplateUserDataSecretRef {
  /**
   * Name of the Secret in the same namespace.
   */
  name: string;
  /**
   * Key in it.
   *
   * Default: "userdata"
   */
  key?: string;
}
/**
 * How fast nodes are made.
 */
export interface EhosNodePoolSpecScaleUp {
  /**
   * Most nodes on their way at the same time.
   *
   * Default: 50
   */
  maxBooting?: number;
  /**
   * Most nodes begun in a minute.
   *
   * Default: 100
   */
  maxPerMinute?: number;
}
/**
 * When idle nodes are removed.
 */
export interface EhosNodePoolSpecScaleDown {
  /**
   * How long a node must have been idle before it is removed. Written like 90s, 15m or 1h30m.
   *
   * Default: "5m"
   */
  consolidateAfter?: string;
}
/**
 * When nodes are replaced, what limits the removal of nodes, and how long their jobs are waited for.
 */
export interface EhosNodePoolSpecDisruption {
  /**
   * How long the jobs of a node that must leave are waited for. That is a node that was deleted, whose pool, cloud or master is being deleted, or that is replaced because it expired or drifted. Afterwards HTCondor is asked to vacate them, and they are queued again. Without it they are waited for as long as they take. Nodes that are only not needed never lose a job. Written like 90m, 24h or 1h30m.
   */
  terminationGracePeriod?: string;
  /**
   * Nodes older than this are replaced, within the budgets. Without it age is no reason. Written like 12h, 720h or 36h30m.
   */
  expireAfter?: string;
  /**
   * How many nodes of the pool may be leaving at the same time because they are not needed, expired or drifted. Of several budgets the smallest counts. Without one there is no limit for nodes that are not needed, and expired and drifted ones go by a tenth of the pool at a time. What an admin deletes is not held up.
   */
  budgets?: EhosNodePoolSpecDisruptionBudget[];
}
/**
 * One budget.
 */
export interface EhosNodePoolSpecDisruptionBudget {
  /**
   * A number of nodes, such as "5", or a share of those that exist, rounded up, such as "10%". "0" removes none.
   */
  nodes: string;
}

/**
 * What the operator sees and decided. Written by the operator only.
 */
export interface EhosNodePoolStatus {
  /**
   * Nodes that exist: those on their way, live ones, draining and lost ones.
   */
  nodes?: number;
  /**
   * On their way: asked for, being built, booting.
   */
  starting?: number;
  /**
   * Joined, and run no job.
   */
  idle?: number;
  /**
   * Run at least one job.
   */
  busy?: number;
  /**
   * Being emptied or deleted.
   */
  draining?: number;
  /**
   * Joined once and not heard of now.
   */
  lost?: number;
  /**
   * Nodes that are to be replaced: expired, or made from what the pool does not say any more.
   */
  outdated?: number;
  /**
   * Nodes that take no more jobs because jobs fail there as soon as they start. They are kept for you to look at.
   */
  blackHoles?: number;
  /**
   * Clouds on which the last servers of this pool did not join. After three in a row the next ones are made one at a time, each after a pause, until one joins.
   */
  boots?: EhosNodePoolStatusBoot[];
  /**
   * How many nodes there should be.
   */
  desiredNodes?: number;
  jobs?: EhosNodePoolStatusJobs;
  /**
   * Label selector of the pool's nodes, for the scale subresource.
   */
  selector?: string;
  lastDecision?: EhosNodePoolStatusLastDecision;
  /**
   * The last nodes made, recalled or removed, the newest first.
   */
  recentChanges?: EhosNodePoolStatusRecentChange[];
  /**
   * The generation of the spec that this status was made from.
   */
  observedGeneration?: number;
  /**
   * What is true of it now, in the standard form of Kubernetes conditions; Ready, ScalingUp, ScalingLimited, UnsatisfiableJobs, PhantomJobs, BootsFailing and MasterSynced.
   */
  conditions?: EhosNodePoolStatusCondition[];
}
/**
 * One cloud.
 */
export interface EhosNodePoolStatusBoot {
  /**
   * Name of the EhosCloud.
   */
  cloud: string;
  /**
   * Flavor of the last one.
   */
  flavor: string;
  /**
   * Hash of what the last one was made from. A change of the template starts anew.
   */
  template: string;
  /**
   * How many in a row did not join.
   */
  failures: number;
  /**
   * When the next one may be made.
   */
  until: string;
  /**
   * What the last one came to, with the end of its console.
   */
  reason: string;
}
/**
 * Jobs that this pool serves.
 */
export interface EhosNodePoolStatusJobs {
  /**
   * Waiting, those not yet materialised included.
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
   * Waiting jobs that no flavor, image, quota or maximum of this pool can ever serve, by what they ask for; the most numerous 20. They are no demand.
   */
  unsatisfiable?: EhosNodePoolStatusJobsUnsatisfiable[];
  /**
   * Waiting jobs that HTCondor did not start although room for them stood free for several negotiation cycles, by what they ask for; the most numerous 20. They are no demand for a while.
   */
  phantom?: EhosNodePoolStatusJobsPhantom[];
}
/**
 * Jobs that ask for the same.
 */
export interface EhosNodePoolStatusJobsUnsatisfiable {
  /**
   * How many they are.
   */
  count: number;
  /**
   * Cores that each of them asks for.
   */
  cpus?: number;
  /**
   * Memory that each of them asks for, MiB.
   */
  memory?: number;
  /**
   * Disk that each of them asks for, KiB.
   */
  disk?: number;
  /**
   * GPUs that each of them asks for.
   */
  gpus?: number;
  /**
   * Why nothing can serve them.
   */
  reason: string;
  /**
   * What would have to change.
   */
  remedy?: string;
}
/**
 * Jobs that ask for the same.
 */
export interface EhosNodePoolStatusJobsPhantom {
  /**
   * How many do not count as demand.
   */
  count: number;
  /**
   * Cores that each of them asks for.
   */
  cpus?: number;
  /**
   * Memory that each of them asks for, MiB.
   */
  memory?: number;
  /**
   * Disk that each of them asks for, KiB.
   */
  disk?: number;
  /**
   * GPUs that each of them asks for.
   */
  gpus?: number;
  /**
   * Since when they do not count.
   */
  since: string;
  /**
   * When one of them counts again, to see whether it is started now.
   */
  until: string;
  /**
   * How often they were given up in a row; the pause grows with it.
   */
  tries?: number;
  /**
   * Where room for them stood free, flavor and cloud.
   */
  refusedBy?: string[];
  /**
   * One of these jobs, as cluster.proc.
   */
  example?: string;
  /**
   * What HTCondor itself says of that job.
   */
  analysis?: string;
}
/**
 * The last decision, or the reason why nothing is done.
 */
export interface EhosNodePoolStatusLastDecision {
  /**
   * What is done.
   */
  what: string;
  /**
   * And why, with the numbers that decided.
   */
  why: string;
  /**
   * When it was first decided so.
   */
  when: string;
  /**
   * The same in one CamelCase word, as the metric ehos_decisions_total counts it.
   */
  reason?: string;
}
/**
 * One decision that changed something.
 */
export interface EhosNodePoolStatusRecentChange {
  /**
   * What was done.
   */
  what: string;
  /**
   * And why, with the numbers that decided.
   */
  why: string;
  /**
   * When.
   */
  when: string;
}
/**
 * One condition.
 */
export interface EhosNodePoolStatusCondition {
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
