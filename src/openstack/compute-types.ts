/** Objects of Nova as this SDK hands them over, and how they are read from its JSON. Units: RAM MiB, disk GiB. */
import {
  amountAt,
  booleanAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  timeAt,
  requiredId,
  requiredText,
  requiredTexts,
  requiredTime,
  requiredAmount,
  type JsonObject,
} from './json.ts';

export interface ServerAddress {
  network: string;
  address: string;
  version: 4 | 6;
  type: 'fixed' | 'floating';
}

export interface Server {
  id: string;
  name: string;
  /** `BUILD`, `ACTIVE`, `SHUTOFF`, `ERROR`, `DELETED` and others. */
  status: string;
  /** What Nova is doing with it: `scheduling`, `spawning`, `deleting`; undefined when nothing. */
  taskState: string | undefined;
  vmState: string | undefined;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number | undefined;
  tags: string[];
  metadata: Record<string, string>;
  /** Name of the flavor; its id is not in an answer of 2.47 and later. */
  flavor: string | undefined;
  /** undefined for a server that boots from a volume. */
  imageId: string | undefined;
  addresses: ServerAddress[];
  keyName: string | undefined;
  availabilityZone: string | undefined;
  hostname: string | undefined;
  volumes: { id: string; deleteOnTermination: boolean }[];
  /** Why it is in ERROR. */
  fault: { code: number; message: string; createdAt: number | undefined } | undefined;
}

export interface Flavor {
  id: string;
  name: string;
  vcpus: number;
  ram: number;
  disk: number;
  ephemeral: number;
  disabled: boolean;
  extraSpecs: Record<string, string>;
}

/** -1 as maximum: no limit. */
export interface ComputeLimits {
  maxInstances: number;
  usedInstances: number;
  maxCores: number;
  usedCores: number;
  /** MiB. */
  maxRam: number;
  usedRam: number;
  maxServerGroups: number;
  usedServerGroups: number;
  maxServerGroupMembers: number;
}

/** One resource of a quota set; limit -1: none. */
export interface QuotaUse {
  limit: number;
  inUse: number;
  reserved: number;
}

export interface KeyPair {
  name: string;
  fingerprint: string;
  publicKey: string;
  type: string | undefined;
}

export interface ServerGroup {
  id: string;
  name: string;
  policy: string;
  members: string[];
}

export interface AvailabilityZone {
  name: string;
  available: boolean;
}

export interface InterfaceAttachment {
  portId: string;
  networkId: string;
  macAddress: string;
  state: string;
  addresses: string[];
}

export interface VolumeAttachment {
  volumeId: string;
  device: string | undefined;
  deleteOnTermination: boolean;
}

export interface ServerCreate {
  name: string;
  flavorId: string;
  /** Absent when `blockDevices` holds the boot disk. */
  imageId?: string;
  networks: { networkId: string }[] | { portId: string }[] | 'auto' | 'none';
  /** Names or ids. Of two groups with one name the id does not help: Nova takes it and the server fails (observed). */
  securityGroups?: string[];
  keyName?: string;
  availabilityZone?: string;
  /** Sent if Nova knows the field (2.90). */
  hostname?: string;
  description?: string;
  metadata?: Record<string, string>;
  /** At most 50 of 60 characters, without `/` and `,`. */
  tags?: string[];
  /** Raw, at most 49,149 bytes. */
  userData?: Buffer;
  configDrive?: boolean;
  blockDevices?: BlockDevice[];
  serverGroupId?: string;
}

/**
 * A disk of a new server. The first of the list is booted from: a new volume or the flavor's own disk, with an image on it. Others are new
 * empty volumes, which Nova names `<id of the server>-blank-vol` (observed). Nova wants the boot disk in the list as soon as there is one.
 */
export type BlockDevice = LocalDisk | NewVolume;

export interface LocalDisk {
  imageId: string;
  local: true;
}

export interface NewVolume {
  /** Absent: the volume is empty. */
  imageId?: string;
  /** GiB. */
  size: number;
  /** Nova 2.67 and later. */
  volumeType?: string;
  deleteOnTermination: boolean;
}

export function readServer(from: JsonObject): Server {
  const flavor = objectAt(from, 'flavor');
  const fault = objectAt(from, 'fault');
  return {
    id: requiredId(from, 'a server'),
    name: textAt(from, 'name') ?? '',
    status: requiredText(from, 'status', 'a server'),
    taskState: textAt(from, 'OS-EXT-STS:task_state'),
    vmState: textAt(from, 'OS-EXT-STS:vm_state'),
    createdAt: requiredTime(from, 'created', 'a server'),
    updatedAt: timeAt(from, 'updated'),
    tags: requiredTexts(from, 'tags', 'a server'),
    metadata: textMapAt(from, 'metadata'),
    flavor: textAt(flavor, 'original_name'),
    imageId: textAt(objectAt(from, 'image'), 'id'),
    addresses: readAddresses(objectAt(from, 'addresses')),
    keyName: textAt(from, 'key_name'),
    availabilityZone: textAt(from, 'OS-EXT-AZ:availability_zone'),
    hostname: textAt(from, 'OS-EXT-SRV-ATTR:hostname'),
    volumes: objectsAt(from, 'os-extended-volumes:volumes_attached').map((volume) => ({
      id: textAt(volume, 'id') ?? '',
      deleteOnTermination: booleanAt(volume, 'delete_on_termination') ?? false,
    })),
    fault: fault && {
      code: numberAt(fault, 'code') ?? 0,
      message: (textAt(fault, 'message') ?? '').trim(),
      createdAt: timeAt(fault, 'created'),
    },
  };
}

/** Empty while the server is being built. */
function readAddresses(from: JsonObject | undefined): ServerAddress[] {
  return Object.keys(from ?? {}).flatMap((network) =>
    objectsAt(from, network).map((item): ServerAddress => ({
      network,
      address: textAt(item, 'addr') ?? '',
      version: numberAt(item, 'version') === 6 ? 6 : 4,
      type: textAt(item, 'OS-EXT-IPS:type') === 'floating' ? 'floating' : 'fixed',
    })),
  );
}

export function readFlavor(from: JsonObject): Flavor {
  return {
    id: requiredId(from, 'a flavor'),
    name: textAt(from, 'name') ?? '',
    vcpus: amountAt(from, 'vcpus') ?? 0,
    ram: amountAt(from, 'ram') ?? 0,
    disk: amountAt(from, 'disk') ?? 0,
    ephemeral: amountAt(from, 'OS-FLV-EXT-DATA:ephemeral') ?? 0,
    disabled: booleanAt(from, 'OS-FLV-DISABLED:disabled') ?? false,
    extraSpecs: textMapAt(from, 'extra_specs'),
  };
}

export function readLimits(from: JsonObject): ComputeLimits {
  const absolute = objectAt(from, 'absolute');
  const max = (key: string): number => requiredAmount(absolute, key, 'limits');
  const used = (key: string): number => Math.max(0, requiredAmount(absolute, key, 'limits'));
  return {
    maxInstances: max('maxTotalInstances'),
    usedInstances: used('totalInstancesUsed'),
    maxCores: max('maxTotalCores'),
    usedCores: used('totalCoresUsed'),
    maxRam: max('maxTotalRAMSize'),
    usedRam: used('totalRAMUsed'),
    maxServerGroups: max('maxServerGroups'),
    usedServerGroups: used('totalServerGroupsUsed'),
    maxServerGroupMembers: max('maxServerGroupMembers'),
  };
}

/** Every resource of a detailed quota set by its name: `instances`, `cores`, `ram`, ... */
export function readQuotaSet(from: JsonObject): Map<string, QuotaUse> {
  const uses = new Map<string, QuotaUse>();
  for (const name of Object.keys(from)) {
    const use = objectAt(from, name);
    const limit = numberAt(use, 'limit');
    if (limit !== undefined) {
      uses.set(name, { limit, inUse: numberAt(use, 'in_use') ?? 0, reserved: numberAt(use, 'reserved') ?? 0 });
    }
  }
  return uses;
}

export function readKeyPair(from: JsonObject): KeyPair {
  return {
    name: textAt(from, 'name') ?? '',
    fingerprint: textAt(from, 'fingerprint') ?? '',
    publicKey: textAt(from, 'public_key') ?? '',
    type: textAt(from, 'type'),
  };
}

export function readServerGroup(from: JsonObject): ServerGroup {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    policy: textAt(from, 'policy') ?? textsAt(from, 'policies')[0] ?? '',
    members: textsAt(from, 'members'),
  };
}

export function readInterface(from: JsonObject): InterfaceAttachment {
  return {
    portId: textAt(from, 'port_id') ?? '',
    networkId: textAt(from, 'net_id') ?? '',
    macAddress: textAt(from, 'mac_addr') ?? '',
    state: textAt(from, 'port_state') ?? '',
    addresses: objectsAt(from, 'fixed_ips').flatMap((ip) => textAt(ip, 'ip_address') ?? []),
  };
}

export function readVolumeAttachment(from: JsonObject): VolumeAttachment {
  return {
    volumeId: textAt(from, 'volumeId') ?? '',
    device: textAt(from, 'device'),
    deleteOnTermination: booleanAt(from, 'delete_on_termination') ?? false,
  };
}
