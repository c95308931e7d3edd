/** A source of virtual machines in the domain's words. OpenStack implements it; others come beside it. */
import type { NodeAddress } from '../domain/orphan-addresses.ts';
import type { CloudSnapshot, Vm, VmOrigin } from '../domain/snapshots.ts';
import type { MergedTemplate } from '../domain/templates.ts';

/** What a pool's template asks for in one cloud, still in the user's words. */
export type VmTemplate = Omit<MergedTemplate, 'flavors'>;

/** The template with everything looked up: ids that exist now. */
export interface ResolvedTemplate {
  imageId: string;
  imageName: string;
  /** What the image needs of a flavor, MiB: Nova refuses it on a smaller one. */
  minRam: number;
  /** What the image needs of a flavor's root disk, GiB; with a root volume the flavor's disk does not matter. */
  minDisk: number;
  networkIds: string[];
  securityGroups: string[];
  keyName: string | undefined;
  availabilityZones: string[];
  rootVolume: { size: number; type?: string } | undefined;
  scratchVolume?: { size: number; type?: string } | undefined;
  /** On which network of the server a floating IP is, and from which external one it comes; undefined: there is none. */
  floatingIP?: { mode: 'Assign' | 'Purge'; networkId: string; portNetworkId: string } | undefined;
  serverGroupPolicy: string | undefined;
  metadata: Record<string, string>;
}

export interface VmRequest {
  name: string;
  /** uid of the EhosNode: becomes a tag. */
  nodeUid: string;
  /** Becomes metadata of the server, from which its record can be made again. Absent only where there is no record. */
  origin?: VmOrigin;
  flavorId: string;
  template: ResolvedTemplate;
  /** One of the template's zones; undefined lets the cloud choose. */
  availabilityZone: string | undefined;
  /** From `ensureServerGroup`. */
  serverGroupId: string | undefined;
  /** Raw cloud-init user data, not yet base64. */
  userData: Buffer;
}

export interface AddressRequest {
  serverId: string;
  /** Of the node. */
  namespace: string;
  /** Under which id the cloud knows the node. */
  nodeUid: string;
  mode: 'Assign' | 'Purge';
  /** The external network. */
  networkId: string;
  /** The network of the server. */
  portNetworkId: string;
}

/** By what that is found which belongs to a node beside its servers. */
export interface NodeTraces {
  namespace: string;
  nodeUid: string;
  /** undefined: it never had one. */
  serverId: string | undefined;
  /** Volumes that its server was seen to have. */
  volumeIds: readonly string[];
  /** It may have volumes of its own. */
  hasVolumes: boolean;
  /** It may have a floating IP that was allocated for it. */
  hasAddress: boolean;
}

/** Something of a node whose servers are gone. */
export interface Remnant {
  kind: 'port' | 'volume' | 'floating IP';
  id: string;
  /** In the cloud's own words; of a floating IP its address. */
  state: string;
}

export interface ObserveOptions {
  volumes: boolean;
}

export interface CloudBackend {
  /**
   * Authenticates and says who we are. Rejects with EhosError `Auth` or `Invalid` (field of clouds.yaml).
   */
  connect(signal?: AbortSignal): Promise<{ projectId: string; credentialExpiresAt: number | undefined }>;
  /**
   * One complete listing: ceil(N/1000) server lists (one more at exact multiples of 1000), plus limits; flavors are cached for some
   * minutes. With `volumes` the volume service is asked for its quota, too; that it fails does not spoil the listing.
   */
  observe(signal?: AbortSignal, options?: ObserveOptions): Promise<CloudSnapshot>;
  /**
   * Looks up what a template names. Rejects with `Invalid`, its `field` relative to the template (`image.name`), the message naming
   * the value and what there is. Answers are cached for some minutes.
   */
  resolve(template: VmTemplate, signal?: AbortSignal): Promise<ResolvedTemplate>;
  /**
   * Asks for one server, exactly once: never retries by itself. Returns its id.
   * Rejects with EhosError; `maybeDone` is true when a server may exist all the same (timeout, reset, 5xx).
   */
  create(request: VmRequest, signal?: AbortSignal): Promise<{ id: string }>;
  /**
   * The server group of that name and policy, made if it is not there; `members` counts those that it has. Group names are not unique:
   * of twins one is kept, always the same, and those without members are removed.
   */
  ensureServerGroup(name: string, policy: string, signal?: AbortSignal): Promise<{ id: string; members: number }>;
  /** Removes all server groups of that name, whatever their policy. Their members stay. Done already is no error. */
  deleteServerGroups(name: string, signal?: AbortSignal): Promise<void>;
  /** A live look by the node's tag; also shows servers that are still a build request. */
  findByNode(nodeUid: string, signal?: AbortSignal): Promise<Vm[]>;
  /** One server with its fault; undefined when it is gone. */
  get(id: string, signal?: AbortSignal): Promise<Vm | undefined>;
  /** Asks for deletion; done already is no error. The server is gone only when `get` says so. */
  delete(id: string, signal?: AbortSignal): Promise<void>;
  /** Gives the server its floating IP, unless it has one. Returns the address; safe to repeat after any outcome. */
  giveAddress(request: AddressRequest, signal?: AbortSignal): Promise<string>;
  /** A live look for what is left of a node whose servers are gone. */
  remains(traces: NodeTraces, signal?: AbortSignal): Promise<Remnant[]>;
  /** Asks for its removal; done already is no error. It is gone only when `remains` says so. */
  clear(remnant: Remnant, traces: NodeTraces, signal?: AbortSignal): Promise<void>;
  /** All floating IPs that were allocated for nodes of this cluster. */
  addresses(signal?: AbortSignal): Promise<NodeAddress[]>;
  /** Releases one of them; done already is no error. */
  releaseAddress(id: string, signal?: AbortSignal): Promise<void>;
  /** The last `lines` lines of the console; empty when there is none. */
  console(id: string, lines: number, signal?: AbortSignal): Promise<string>;
  /** Calls made so far, by service and method: `compute GET servers` -> 12. For metrics and the bench. */
  calls(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}
