/** What may still be made in a cloud: the narrower of quota and own limits, less what is in use and under way. */
import { nodeIdOf, type EhosCloud, type EhosNode } from '../api/resources.ts';
import { parseMemory } from '../base/quantity.ts';
import {
  amountsOf,
  NONE,
  RESOURCES,
  UNLIMITED,
  volumesTaken,
  type Amounts,
  type NodeVolumes,
  type Resource,
} from './amounts.ts';
import type { PlanCloud } from './plan-types.ts';
import type { CloudSnapshot } from './snapshots.ts';
import { isGivenUp } from './node-states.ts';

export type Room = Pick<PlanCloud, 'headroom' | 'usage' | 'ceilings'>;

/** Nothing may be made: of a cloud that was not seen. */
export const NO_ROOM: Room = { headroom: NONE, usage: {}, ceilings: {} };

/** The limits of a cloud, each with what of it is in use or under way: the quota, and our own. -1: no limit. */
export type Figures = Partial<Record<Resource, { limit: number; used: number; by: 'quota' | 'limit' }[]>>;

/** A node of ours, and its volumes. */
export interface Tenant extends NodeVolumes {
  node: EhosNode;
}

/** `tenants`: all EhosNodes that refer to this cloud, of whichever pool. */
export function figuresOf(
  cloud: Pick<EhosCloud, 'spec'>,
  snapshot: CloudSnapshot,
  tenants: readonly Tenant[],
): Figures {
  const { ours, underWay } = counted(snapshot, tenants);
  const { limits = {} } = cloud.spec;
  const memory = limits.memory === undefined ? undefined : parseMemory(limits.memory, 'spec.limits.memory');
  const own: Partial<Record<Resource, number | undefined>> = {
    instances: limits.instances,
    cores: limits.cores,
    memory,
  };
  const figures: Figures = {};
  for (const what of RESOURCES) {
    const quota = snapshot.quota[what];
    const foreign = what === 'instances' ? snapshot.foreignInstances : 0;
    // a server that is still a build request is listed, but the cloud's own figures omit it (measured)
    const used = Math.max(quota?.used ?? 0, ours[what] + foreign) + underWay[what];
    const limit = own[what];
    const all = [
      ...(quota ? [{ limit: quota.limit, used, by: 'quota' as const }] : []),
      ...(limit === undefined ? [] : [{ limit, used: ours[what] + underWay[what], by: 'limit' as const }]),
    ];
    if (all.length > 0) figures[what] = all;
  }
  return figures;
}

/** Of several limits the narrower counts. */
export function roomOf(figures: Figures): Room {
  const room: Room = { headroom: { ...UNLIMITED }, usage: {}, ceilings: {} };
  for (const what of RESOURCES) for (const one of figures[what] ?? []) narrow(room, what, one);
  return room;
}

/** A limit of -1 is none. */
function narrow(room: Room, what: Resource, figures: NonNullable<Figures[Resource]>[number]): void {
  const { limit, used, by } = figures;
  if (limit < 0) return;
  if (limit < (room.ceilings[what]?.limit ?? Infinity)) room.ceilings[what] = { limit, by };
  const left = Math.max(0, limit - used);
  if (left >= room.headroom[what]) return;
  room.headroom[what] = left;
  room.usage[what] = figures;
}

/**
 * What our servers take as listed, and what may not be in the cloud's figures yet: servers that the listing does not show, and volumes
 * of servers that are being built (the volume service counts a volume only when a host makes it; measured).
 */
function counted(snapshot: CloudSnapshot, tenants: readonly Tenant[]): { ours: Amounts; underWay: Amounts } {
  const listed = new Map(snapshot.vms.map((vm) => [vm.nodeUid, vm.state]));
  const [ours, underWay] = [{ ...NONE }, { ...NONE }];
  const addServer = (to: Amounts, flavorName: string | undefined): void => {
    const flavor = flavorName === undefined ? undefined : snapshot.flavors.get(flavorName);
    to.instances += 1;
    to.cores += flavor?.cores ?? 0;
    to.memory += flavor?.memory ?? 0;
  };
  for (const vm of snapshot.vms) addServer(ours, vm.flavor);
  for (const { node, ...sizes } of tenants) {
    const state = listed.get(nodeIdOf(node));
    if (state === undefined) {
      if (!mayStillAppear(node, snapshot)) continue;
      addServer(underWay, node.spec.flavor);
    }
    const { volumes, gigabytes } = volumesTaken(sizes);
    const to = state === undefined || state === 'Booting' ? underWay : ours;
    to.volumes += volumes;
    to.gigabytes += gigabytes;
  }
  return { ours, underWay };
}

/** It is not listed, and may be there all the same: its create is younger than the listing, or nearly. */
function mayStillAppear(node: EhosNode, snapshot: CloudSnapshot): boolean {
  const { status } = node;
  // what was asked to go after the listing is there until the next one
  if (status?.deleted !== undefined && Date.parse(status.deleted) <= snapshot.observedAt) return false;
  if (isGivenUp(node)) return false;
  if (status?.serverID === undefined) return true;
  return Date.parse(status.launched ?? '') > snapshot.observedAt - 60_000;
}

/** The share of each of several that want some: as much as they ask for, and the same level for those who cannot have it all. */
export function fairShares(room: Amounts, asked: readonly { has: Amounts; wants: Amounts }[]): Amounts[] {
  const shares = asked.map(() => ({ ...NONE }));
  for (const what of RESOURCES) {
    const level = levelOf(
      room[what],
      asked.map(({ has, wants }) => ({ has: has[what], wants: wants[what] })),
    );
    asked.forEach(({ has, wants }, i) => {
      const share = shares[i];
      if (share) share[what] = Math.max(0, Math.min(wants[what], level - has[what]));
    });
  }
  return shares.map((share) => amountsOf((what) => Math.floor(share[what])));
}

/** The level up to which everybody can be filled from `room`, counting what they have: nobody above it is given anything. */
function levelOf(room: number, asked: readonly { has: number; wants: number }[]): number {
  const given = (level: number): number =>
    asked.reduce((sum, { has, wants }) => sum + Math.max(0, Math.min(wants, level - has)), 0);
  // filling changes its pace only where someone begins to be filled or has enough
  const steps = asked.flatMap(({ has, wants }) => [has, has + wants]).sort((a, b) => a - b);
  let level = 0;
  for (const step of steps) {
    if (given(step) <= room) level = step;
    else {
      const below = given(level);
      const pace = asked.filter(({ has, wants }) => has <= level && level < has + wants).length;
      return pace === 0 ? level : level + (room - below) / pace;
    }
  }
  return Infinity;
}
