/** Ports and addresses of a project: made for servers by Nova, or by the user. */
import { neutronError } from '../reply.ts';
import type { ApiError } from '../reply.ts';
import type { Network, Port, Project } from '../state.ts';
import type { World } from '../world.ts';

/** The lowest free host address of the network's subnet; undefined when there is none left. */
export function freeAddress(project: Project, network: Network): string | undefined {
  const [base = '', prefix = '24'] = network.subnet.cidr.split('/');
  const first = toNumber(base) + 2;
  const last = toNumber(base) + 2 ** (32 - Number(prefix)) - 2;
  const used = usedAddresses(project, network.id);
  for (let address = first; address <= last; address++) if (!used.has(address)) return toDotted(address);
  return undefined;
}

function usedAddresses(project: Project, networkId: string): Set<number> {
  const used = new Set<number>();
  for (const port of project.ports.values()) if (port.networkId === networkId) used.add(toNumber(port.address));
  for (const ip of project.floatingIps.values()) if (ip.networkId === networkId) used.add(toNumber(ip.address));
  return used;
}

function toNumber(dotted: string): number {
  return dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toDotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Neutron's words for a full network. */
export function noAddress(networkId: string): ApiError {
  return neutronError(409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${networkId}.`);
}

export interface PortWish {
  name?: string;
  deviceId?: string;
  auto?: boolean;
  securityGroupIds?: string[];
  description?: string;
}

/** Makes a port, or none when the network is full; without security groups it gets the project's `default` one. */
export function addPort(world: World, project: Project, network: Network, wish: PortWish): Port | undefined {
  const address = freeAddress(project, network);
  if (address === undefined) return undefined;
  const now = world.clock.now();
  const port: Port = {
    id: world.ids.uuid(),
    name: wish.name ?? '',
    networkId: network.id,
    mac: world.ids.mac(),
    address,
    subnetId: network.subnet.id,
    status: wish.deviceId === undefined ? 'DOWN' : 'ACTIVE',
    deviceId: wish.deviceId ?? '',
    auto: wish.auto ?? false,
    securityGroupIds: wish.securityGroupIds ?? [defaultSecurityGroupId(project)],
    tags: [],
    floatingIpId: undefined,
    description: wish.description ?? '',
    created: now,
    updated: now,
    revision: 1,
  };
  project.ports.set(port.id, port);
  return port;
}

function defaultSecurityGroupId(project: Project): string {
  for (const group of project.securityGroups.values()) if (group.name === 'default') return group.id;
  throw new Error(`project ${project.name} has no default security group`);
}

/** Takes a port away; its floating IP stays, unassociated (measured). */
export function removePort(world: World, project: Project, port: Port): void {
  project.ports.delete(port.id);
  const ip = port.floatingIpId === undefined ? undefined : project.floatingIps.get(port.floatingIpId);
  if (!ip) return;
  ip.portId = undefined;
  ip.updated = world.clock.now();
  ip.revision++;
}
