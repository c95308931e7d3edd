/** What may still be made in a cloud: the narrower of quota and own limits, less what is in use and under way. */
import type { EhosCloud, EhosNode } from '../api/resources.ts';
import { parseMemory } from '../base/quantity.ts';
import type { CloudSnapshot } from './snapshots.ts';

export interface Headroom {
  instances: number;
  cores: number;
  /** MiB. */
  memory: number;
}

/** `nodes`: all EhosNodes that refer to this cloud, of whichever pool. */
export function headroomOf(cloud: EhosCloud, snapshot: CloudSnapshot, nodes: readonly EhosNode[]): Headroom {
  const listed = new Set(snapshot.vms.map((vm) => vm.nodeUid));
  const ours = { instances: 0, cores: 0, memory: 0 };
  const add = (to: Headroom, flavorName: string | undefined): void => {
    const flavor = flavorName === undefined ? undefined : snapshot.flavors.get(flavorName);
    to.instances += 1;
    to.cores += flavor?.cores ?? 0;
    to.memory += flavor?.memory ?? 0;
  };
  for (const vm of snapshot.vms) add(ours, vm.flavor);
  // a record whose server the listing does not show yet: asked for, or about to be
  const underWay = { instances: 0, cores: 0, memory: 0 };
  for (const node of nodes)
    if (!listed.has(node.metadata.uid) && mayStillAppear(node, snapshot)) add(underWay, node.spec.flavor);
  // a server that is still a build request is listed, but the cloud's own figures omit it (measured)
  const { quota } = snapshot;
  const left = (limit: number, used: number, own: number, coming: number): number =>
    limit < 0 ? Infinity : Math.max(0, limit - Math.max(used, own) - coming);
  const limits = cloud.spec.limits ?? {};
  const below = (limit: number | undefined, own: number, coming: number): number =>
    limit === undefined ? Infinity : Math.max(0, limit - own - coming);
  const memoryLimit = limits.memory === undefined ? undefined : parseMemory(limits.memory, 'spec.limits.memory');
  return {
    instances: Math.min(
      left(quota.instances.limit, quota.instances.used, ours.instances + snapshot.foreignInstances, underWay.instances),
      below(limits.instances, ours.instances, underWay.instances),
    ),
    cores: Math.min(
      left(quota.cores.limit, quota.cores.used, ours.cores, underWay.cores),
      below(limits.cores, ours.cores, underWay.cores),
    ),
    memory: Math.min(
      left(quota.memory.limit, quota.memory.used, ours.memory, underWay.memory),
      below(memoryLimit, ours.memory, underWay.memory),
    ),
  };
}

function mayStillAppear(node: EhosNode, snapshot: CloudSnapshot): boolean {
  const { status } = node;
  if (status?.deleted !== undefined) return false;
  if (status?.drainRequested !== undefined && status.serverID === undefined) return false;
  if (status?.serverID === undefined) return true;
  return Date.parse(status.launched ?? '') > snapshot.observedAt - 60_000;
}
