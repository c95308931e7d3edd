/** Ports and volumes of a server: plugged in before it spawns, taken out when it goes. */
import { addServerVolume, volumeQuotaError } from '../cinder/volumes.ts';
import { addPort, removePort } from '../neutron/addresses.ts';
import type { Port, Project, Server, Volume, VolumeRequest } from '../state.ts';
import type { World } from '../world.ts';

const BYTES_PER_GIB = 1024 ** 3;

/** Makes and attaches the volumes that are asked for; Cinder's words when it refuses one. Then those made before it go again (measured). */
export function attachVolumes(world: World, project: Project, server: Server): string | undefined {
  const wishes = [...(server.bootVolume ? [server.bootVolume] : []), ...server.blankVolumes];
  // the flavor's own disk comes first
  const first = server.bootVolume ? 0 : 1;
  for (const [i, wish] of wishes.entries()) {
    const refused = attachVolume(world, project, server, wish, `/dev/sd${'abcdefgh'[first + i] ?? 'z'}`);
    if (refused === undefined) continue;
    detachVolumes(world, project, server);
    return refused;
  }
  return undefined;
}

function attachVolume(
  world: World,
  project: Project,
  server: Server,
  wish: VolumeRequest,
  device: string,
): string | undefined {
  const needed = Math.ceil((project.images.get(wish.imageId ?? '')?.size ?? 0) / BYTES_PER_GIB);
  if (needed > wish.size) {
    const sizes = `Size of specified image ${needed}GB is larger than volume size ${wish.size}GB.`;
    return `Invalid input received: Invalid input received: ${sizes} (HTTP 400) (Request-ID: ${world.ids.requestId()})`;
  }
  const refused = volumeQuotaError(project, wish.size);
  if (refused !== undefined) return refused;
  const volume = addServerVolume(world, project, server, wish, device);
  const { deleteOnTermination } = wish;
  server.volumes.push({ volumeId: volume.id, bdmId: world.ids.uuid(), device, deleteOnTermination });
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

/** After a failed spawn they are free, and still the server's: they go with it (measured). */
export function freeVolumes(world: World, project: Project, server: Server): void {
  for (const { volumeId } of server.volumes) Object.assign(project.volumes.get(volumeId) ?? {}, freed(world));
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
