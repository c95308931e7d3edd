/** Ports and volumes of a server: plugged in before it spawns, taken out when it goes. */
import { addBootVolume, volumeQuotaError } from '../cinder/volumes.ts';
import { addPort, removePort } from '../neutron/addresses.ts';
import type { Port, Project, Server, Volume } from '../state.ts';
import type { World } from '../world.ts';

const BYTES_PER_GIB = 1024 ** 3;

/** Makes and attaches the volume to boot from, if one is asked for; Cinder's words when it refuses. */
export function attachBootVolume(world: World, project: Project, server: Server): string | undefined {
  const wish = server.bootVolume;
  if (!wish) return undefined;
  const needed = Math.ceil((project.images.get(wish.imageId)?.size ?? 0) / BYTES_PER_GIB);
  if (needed > wish.size) {
    const sizes = `Size of specified image ${needed}GB is larger than volume size ${wish.size}GB.`;
    return `Invalid input received: Invalid input received: ${sizes} (HTTP 400) (Request-ID: ${world.ids.requestId()})`;
  }
  const refused = volumeQuotaError(project, wish.size);
  if (refused !== undefined) return refused;
  const volume = addBootVolume(world, project, server, wish);
  const { deleteOnTermination } = wish;
  server.volumes = [{ volumeId: volume.id, bdmId: world.ids.uuid(), deleteOnTermination }];
  return undefined;
}

/** Plugs in the user's ports and makes the others; false when a network has no address left. */
export function attachPorts(world: World, project: Project, server: Server): boolean {
  for (const nic of server.nics) {
    const port = 'portId' in nic ? project.ports.get(nic.portId) : newPort(world, project, server, nic.networkId);
    if (!port) return false;
    if ('portId' in nic) changePort(world, port, { deviceId: server.id, status: 'ACTIVE' });
    server.portIds.push(port.id);
  }
  return true;
}

function newPort(world: World, project: Project, server: Server, networkId: string): Port | undefined {
  const network = project.networks.get(networkId);
  const { id, securityGroupIds } = server;
  return network && addPort(world, project, network, { deviceId: id, auto: true, securityGroupIds });
}

function changePort(world: World, port: Port, change: Partial<Port>): void {
  Object.assign(port, change, { updated: world.clock.now(), revision: port.revision + 1 });
}

/** Nova's own ports go, the user's stay and fall free (measured). */
export function detachPorts(world: World, project: Project, server: Server): void {
  for (const id of server.portIds) {
    const port = project.ports.get(id);
    if (port?.auto === true) removePort(world, project, port);
    else if (port) changePort(world, port, { deviceId: '', status: 'DOWN' });
  }
  server.portIds = [];
  server.addressesShown = false;
}

/** Volumes go with the server or stay and are free, as the request said. */
export function detachVolumes(world: World, project: Project, server: Server): void {
  for (const { volumeId, deleteOnTermination } of server.volumes) {
    const volume = project.volumes.get(volumeId);
    if (deleteOnTermination) project.volumes.delete(volumeId);
    else if (volume) Object.assign(volume, freed(world));
  }
  server.volumes = [];
}

function freed(world: World): Partial<Volume> {
  return { status: 'available', attachment: undefined, updated: world.clock.now() };
}

/** A security group given by id whose name is not unique is accepted, but no compute host can resolve it (measured). */
export function hasAmbiguousGroup(project: Project, server: Server): boolean {
  if (!server.nics.some((nic) => 'networkId' in nic)) return false;
  const names = [...project.securityGroups.values()].map(({ name }) => name);
  return server.securityGroupIds.some((id) => {
    const name = project.securityGroups.get(id)?.name;
    return names.filter((other) => other === name).length > 1;
  });
}
