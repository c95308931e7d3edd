/** What the sandbox's services remember. Plain data; times are milliseconds since the epoch. */
import type { SandboxCloud, SandboxFlavor, SandboxQuota } from './clouds.ts';

export interface User {
  id: string;
  name: string;
  password: string;
  keypairs: Map<string, Keypair>;
}

export interface Keypair {
  /** Numeric id, as Nova shows it. */
  id: number;
  name: string;
  publicKey: string;
  fingerprint: string;
  created: number;
}

export interface ApplicationCredential {
  id: string;
  name: string;
  description: string | null;
  secret: string;
  user: User;
  project: Project;
  expiresAt: number | undefined;
}

export interface Image {
  id: string;
  name: string;
  status: 'active' | 'queued' | 'deactivated';
  hidden: boolean;
  visibility: 'public' | 'shared' | 'private' | 'community';
  tags: string[];
  /** Bytes; undefined until data is uploaded. */
  size: number | undefined;
  checksum: string | undefined;
  hash: string | undefined;
  minDisk: number;
  minRam: number;
  properties: Record<string, string>;
  diskFormat: string;
  containerFormat: string;
  created: number;
  updated: number;
}

export interface Subnet {
  id: string;
  name: string;
  cidr: string;
  gateway: string;
  networkId: string;
}

export interface Network {
  id: string;
  name: string;
  external: boolean;
  isolated: boolean;
  /** The port by which the router joins it. */
  routerPort: { id: string; mac: string };
  subnet: Subnet;
  created: number;
}

export interface Port {
  id: string;
  name: string;
  networkId: string;
  mac: string;
  address: string;
  subnetId: string;
  status: 'ACTIVE' | 'DOWN';
  /** Id of the server it is plugged into; empty when free. */
  deviceId: string;
  /** True when Nova made it: it then goes with its server. */
  auto: boolean;
  securityGroupIds: string[];
  tags: string[];
  floatingIpId: string | undefined;
  description: string;
  created: number;
  updated: number;
  revision: number;
}

export interface SecurityGroupRule {
  id: string;
  ethertype: 'IPv4' | 'IPv6';
  direction: 'ingress' | 'egress';
  protocol: string | null;
  portMin: number | null;
  portMax: number | null;
  remoteIpPrefix: string | null;
  remoteGroupId: string | null;
  description: string | null;
  created: number;
}

export interface SecurityGroup {
  id: string;
  name: string;
  description: string;
  rules: SecurityGroupRule[];
  created: number;
}

export interface FloatingIp {
  id: string;
  address: string;
  networkId: string;
  portId: string | undefined;
  description: string;
  created: number;
  updated: number;
  revision: number;
}

export interface Volume {
  id: string;
  name: string;
  description: string | null;
  /** GiB. */
  size: number;
  status: 'creating' | 'available' | 'in-use';
  type: string;
  zone: string;
  metadata: Record<string, string>;
  image: Image | undefined;
  attachment: { id: string; serverId: string; at: number; device: string } | undefined;
  userId: string;
  created: number;
  updated: number | undefined;
}

export interface ServerGroup {
  id: string;
  name: string;
  policy: string;
  userId: string;
}

export type VmState = 'building' | 'active' | 'stopped' | 'suspended' | 'paused' | 'error' | 'deleted';

export interface InstanceAction {
  action: string;
  requestId: string;
  userId: string;
  projectId: string;
  at: number;
  updated: number;
  message: string | null;
}

export interface AttachedVolume {
  volumeId: string;
  bdmId: string;
  device: string;
  deleteOnTermination: boolean;
}

export interface VolumeRequest {
  /** undefined: an empty one. */
  imageId: string | undefined;
  /** GiB. */
  size: number;
  type: string;
  deleteOnTermination: boolean;
}

export interface Server {
  /** Grows with every server made: the order of lists. */
  sequence: number;
  id: string;
  name: string;
  hostname: string;
  description: string | null;
  userId: string;
  created: number;
  updated: number;
  launched: number | undefined;
  terminated: number | undefined;
  /** Accepted by the API, not yet by a scheduler: Nova's "build request", which lists show but /limits does not count. */
  buildRequest: boolean;
  vmState: VmState;
  taskState: string | null;
  /** 0 no state, 1 running, 3 paused, 4 shut down. */
  powerState: number;
  /** Name of the compute host; undefined while there is none. */
  host: string | undefined;
  zone: string;
  /** The zone that is shown is emptied when no host could build it (measured). */
  zoneShown: boolean;
  imageId: string | undefined;
  flavor: SandboxFlavor;
  keyName: string | null;
  metadata: Record<string, string>;
  tags: string[];
  configDrive: boolean;
  userData: Buffer | undefined;
  /** Ids of networks to make ports on, or of ports that exist already, in order. */
  nics: ({ networkId: string } | { portId: string })[];
  securityGroupIds: string[];
  bootVolume: VolumeRequest | undefined;
  /** Empty volumes beside what it boots from. */
  blankVolumes: VolumeRequest[];
  volumes: AttachedVolume[];
  portIds: string[];
  /** Addresses are shown from ACTIVE on, although the ports exist before (measured). */
  addressesShown: boolean;
  reservationId: string;
  groupId: string | undefined;
  schedulerHints: Record<string, unknown>;
  fault: { code: number; message: string; at: number } | undefined;
  locked: boolean;
  lockedReason: string | null;
  /** Locked by an administrator: its owner can neither change nor delete it. */
  lockedByAdmin: boolean;
  actions: InstanceAction[];
}

export interface Project {
  id: string;
  name: string;
  region: string;
  cloud: SandboxCloud;
  quota: Required<SandboxQuota>;
  users: User[];
  images: Map<string, Image>;
  networks: Map<string, Network>;
  ports: Map<string, Port>;
  securityGroups: Map<string, SecurityGroup>;
  floatingIps: Map<string, FloatingIp>;
  volumes: Map<string, Volume>;
  serverGroups: Map<string, ServerGroup>;
  servers: Map<string, Server>;
  /** The servers that are gone, oldest first: only `changes-since` still shows them. */
  deletedServers: Server[];
  routerId: string;
}
