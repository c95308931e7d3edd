/** Nova's servers and flavors in the domain's words. */
import { nodeTag } from '../api/resources.ts';
import type { Flavor, Vm, VmOrigin, VmState } from '../domain/snapshots.ts';
import { faultClass, type Flavor as NovaFlavor, type Server } from '../openstack/sdk.ts';
import { gpusOf } from './openstack-gpus.ts';

/** What is not here is Unknown: a server in RESCUE, whose rescuer may bring it back, and what Nova itself does not know. */
export const STATES: ReadonlyMap<string, VmState> = new Map([
  ['BUILD', 'Booting'],
  ['REBUILD', 'Booting'],
  ['ACTIVE', 'Active'],
  ['PASSWORD', 'Active'],
  ['MIGRATING', 'Active'],
  // it is switched off for the move, and started again on the new host
  ['RESIZE', 'Restarting'],
  ['REVERT_RESIZE', 'Restarting'],
  ['VERIFY_RESIZE', 'Restarting'],
  ['SHUTOFF', 'Stopping'],
  ['SHELVED', 'Stopping'],
  ['SHELVED_OFFLOADED', 'Stopping'],
  ['SUSPENDED', 'Suspended'],
  ['PAUSED', 'Suspended'],
  ['REBOOT', 'Restarting'],
  ['HARD_REBOOT', 'Restarting'],
  ['DELETED', 'Deleted'],
  ['SOFT_DELETED', 'Deleted'],
  ['ERROR', 'Error'],
]);

/** A server in deletion keeps its status; only the task says so (observed). */
const DELETING_TASKS = ['deleting', 'soft-deleting'];

const NODE_TAG_PREFIX = nodeTag('');

export function vmOf(server: Server): Vm {
  const tag = server.tags.find((candidate) => candidate.startsWith(NODE_TAG_PREFIX));
  const fixed = server.addresses.filter((address) => address.type === 'fixed');
  const floating = server.addresses.filter((address) => address.type === 'floating');
  const fault = server.fault?.message;
  return {
    id: server.id,
    name: server.name,
    nodeUid: tag?.slice(NODE_TAG_PREFIX.length),
    ...originPart(server),
    ...volumesPart(server),
    state: STATES.get(server.status) ?? 'Unknown',
    deleting: server.taskState !== undefined && DELETING_TASKS.includes(server.taskState),
    addresses: [...fixed, ...floating].map((address) => address.address),
    flavor: server.flavor,
    // an empty text until a host is chosen, unless a zone was asked for, and again when no host could build it (observed)
    zone: server.availabilityZone === '' ? undefined : server.availabilityZone,
    createdAt: server.createdAt,
    fault,
    ...(fault === undefined ? {} : { faultClass: faultClass(fault) }),
  };
}

/** In the metadata of a server: from which record it was made. Users' own keys cannot begin so. */
const ORIGIN_KEYS = {
  namespace: 'ehos.namespace',
  pool: 'ehos.pool',
  cloud: 'ehos.cloud',
  master: 'ehos.master',
  image: 'ehos.image',
  templateHash: 'ehos.template',
} as const satisfies Record<keyof VmOrigin, string>;

export function originMetadata(origin: VmOrigin): Record<string, string> {
  return Object.fromEntries(Object.entries(ORIGIN_KEYS).map(([part, key]) => [key, origin[part as keyof VmOrigin]]));
}

/** Half of it would make a record that is not the lost one: it counts as a whole or not at all. */
function originPart({ metadata }: Server): Pick<Vm, 'origin'> {
  const part = (key: keyof VmOrigin): string => metadata[ORIGIN_KEYS[key]] ?? '';
  const origin: VmOrigin = {
    namespace: part('namespace'),
    pool: part('pool'),
    cloud: part('cloud'),
    master: part('master'),
    image: part('image'),
    templateHash: part('templateHash'),
  };
  return Object.values(origin).includes('') ? {} : { origin };
}

function volumesPart({ volumes }: Server): Pick<Vm, 'volumes'> {
  const own = volumes.filter(({ deleteOnTermination }) => deleteOnTermination).map(({ id }) => id);
  return own.length === 0 ? {} : { volumes: own.sort() };
}

const KIB_PER_GIB = 1024 * 1024;

/** undefined for one that is switched off, or without cores or memory: nothing could run there, and plans divide by them. */
export function flavorOf(flavor: NovaFlavor): Flavor | undefined {
  if (flavor.disabled || flavor.vcpus < 1 || flavor.ram < 1) return undefined;
  return {
    id: flavor.id,
    name: flavor.name,
    cores: flavor.vcpus,
    memory: flavor.ram,
    disk: Math.max(0, flavor.disk + flavor.ephemeral) * KIB_PER_GIB,
    gpus: gpusOf(flavor.extraSpecs),
  };
}
