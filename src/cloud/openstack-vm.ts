/** Nova's servers and flavors in the domain's words. */
import { nodeTag } from '../api/resources.ts';
import type { Flavor, Vm, VmState } from '../domain/snapshots.ts';
import { faultClass, type Flavor as NovaFlavor, type Server } from '../openstack/sdk.ts';

const STATES: ReadonlyMap<string, VmState> = new Map([
  ['BUILD', 'Booting'],
  ['REBUILD', 'Booting'],
  ['ACTIVE', 'Active'],
  ['SHUTOFF', 'Stopping'],
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
    state: STATES.get(server.status) ?? 'Unknown',
    deleting: server.taskState !== undefined && DELETING_TASKS.includes(server.taskState),
    addresses: [...fixed, ...floating].map((address) => address.address),
    flavor: server.flavor,
    createdAt: server.createdAt,
    fault,
    ...(fault === undefined ? {} : { faultClass: faultClass(fault) }),
  };
}

const KIB_PER_GIB = 1024 * 1024;

export function flavorOf(flavor: NovaFlavor): Flavor {
  return {
    id: flavor.id,
    name: flavor.name,
    cores: flavor.vcpus,
    memory: flavor.ram,
    disk: (flavor.disk + flavor.ephemeral) * KIB_PER_GIB,
    gpus: gpusOf(flavor.extraSpecs),
  };
}

/**
 * GPUs that a flavor asks of Placement (`resources:VGPU=1`, numbered groups `resources1:VGPU`) or by PCI alias
 * (`pci_passthrough:alias=a100:2,t4:1`). Source: Nova, "Flavors", extra specs; an alias is taken for a GPU whatever its name.
 */
function gpusOf(extraSpecs: Record<string, string>): number {
  let gpus = 0;
  for (const [key, value] of Object.entries(extraSpecs)) {
    if (/^resources\w*:[VP]GPU$/.test(key)) gpus += count(value);
    if (key === 'pci_passthrough:alias') {
      for (const alias of value.split(',')) gpus += count(/:\s*(\d+)\s*$/.exec(alias)?.[1] ?? '1');
    }
  }
  return gpus;
}

function count(text: string): number {
  return /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
}
