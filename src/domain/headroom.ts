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

export interface Room {
  headroom: Headroom;
  /** The figures behind it, of whichever of quota and own limit is the narrower; nothing where there is no limit. */
  usage: Partial<Record<keyof Headroom, { limit: number; used: number; by: 'quota' | 'limit' }>>;
}

/** `nodes`: all EhosNodes that refer to this cloud, of whichever pool. */
export function roomIn(cloud: EhosCloud, snapshot: CloudSnapshot, nodes: readonly EhosNode[]): Room {
  const { ours, underWay } = counted(snapshot, nodes);
  const { limits = {} } = cloud.spec;
  const memory = limits.memory === undefined ? undefined : parseMemory(limits.memory, 'spec.limits.memory');
  const own = { instances: limits.instances, cores: limits.cores, memory };
  const room: Room = { headroom: { instances: Infinity, cores: Infinity, memory: Infinity }, usage: {} };
  for (const what of ['instances', 'cores', 'memory'] as const) {
    const foreign = what === 'instances' ? snapshot.foreignInstances : 0;
    // a server that is still a build request is listed, but the cloud's own figures omit it (measured)
    const used = Math.max(snapshot.quota[what].used, ours[what] + foreign) + underWay[what];
    narrow(room, what, { limit: snapshot.quota[what].limit, used, by: 'quota' });
    narrow(room, what, { limit: own[what] ?? -1, used: ours[what] + underWay[what], by: 'limit' });
  }
  return room;
}

/** A limit of -1 is none. */
function narrow(
  room: Room,
  what: keyof Headroom,
  figures: { limit: number; used: number; by: 'quota' | 'limit' },
): void {
  if (figures.limit < 0) return;
  const left = Math.max(0, figures.limit - figures.used);
  if (left >= room.headroom[what]) return;
  room.headroom[what] = left;
  room.usage[what] = figures;
}

/** What our servers take as listed, and what records take whose server the listing does not show yet. */
function counted(snapshot: CloudSnapshot, nodes: readonly EhosNode[]): { ours: Headroom; underWay: Headroom } {
  const listed = new Set(snapshot.vms.map((vm) => vm.nodeUid));
  const ours = { instances: 0, cores: 0, memory: 0 };
  const underWay = { instances: 0, cores: 0, memory: 0 };
  const add = (to: Headroom, flavorName: string | undefined): void => {
    const flavor = flavorName === undefined ? undefined : snapshot.flavors.get(flavorName);
    to.instances += 1;
    to.cores += flavor?.cores ?? 0;
    to.memory += flavor?.memory ?? 0;
  };
  for (const vm of snapshot.vms) add(ours, vm.flavor);
  for (const node of nodes)
    if (!listed.has(node.metadata.uid) && mayStillAppear(node, snapshot)) add(underWay, node.spec.flavor);
  return { ours, underWay };
}

function mayStillAppear(node: EhosNode, snapshot: CloudSnapshot): boolean {
  const { status } = node;
  if (status?.deleted !== undefined) return false;
  if (status?.drainRequested !== undefined && status.serverID === undefined) return false;
  if (status?.serverID === undefined) return true;
  return Date.parse(status.launched ?? '') > snapshot.observedAt - 60_000;
}
