/** A source of virtual machines in the domain's words. OpenStack implements it; others come beside it. */
import type { CloudSnapshot, Vm } from '../domain/snapshots.ts';
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
  serverGroupPolicy: string | undefined;
  metadata: Record<string, string>;
}

export interface VmRequest {
  name: string;
  /** uid of the EhosNode: becomes a tag. */
  nodeUid: string;
  flavorId: string;
  template: ResolvedTemplate;
  /** One of the template's zones; undefined lets the cloud choose. */
  availabilityZone: string | undefined;
  /** From `ensureServerGroup`. */
  serverGroupId: string | undefined;
  /** Raw cloud-init user data, not yet base64. */
  userData: Buffer;
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
  /** The last `lines` lines of the console; empty when there is none. */
  console(id: string, lines: number, signal?: AbortSignal): Promise<string>;
  /** Calls made so far, by service and method: `compute GET servers` -> 12. For metrics and the bench. */
  calls(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}
