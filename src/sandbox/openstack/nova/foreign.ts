/** A server that is simply there: somebody else's, made in the same project by other means. */
import { addPort } from '../neutron/addresses.ts';
import type { Project } from '../state.ts';
import type { World } from '../world.ts';
import { hostnameFor, newServer } from './new-server.ts';
import { place } from './placement.ts';

/** ACTIVE at once, of the project's first flavor, image and network. Returns its id. */
export function addForeignServer(world: World, project: Project, name: string): string {
  const [flavor] = project.cloud.flavors;
  const network = [...project.networks.values()].find(({ external }) => !external);
  if (!flavor) throw new Error(`project ${project.name} has no flavor`);
  const now = world.clock.now();
  const server = newServer({
    sequence: world.nextSequence(),
    id: world.ids.uuid(),
    name,
    hostname: hostnameFor(name),
    description: null,
    userId: project.users[0]?.id ?? world.ids.hex(),
    created: now,
    zone: project.cloud.zones[0] ?? 'nova',
    imageId: [...project.images.keys()][0],
    flavor,
    keyName: null,
    metadata: {},
    tags: [],
    configDrive: false,
    userData: undefined,
    nics: network ? [{ networkId: network.id }] : [],
    securityGroupIds: [],
    bootVolume: undefined,
    reservationId: world.ids.reservationId(),
    groupId: undefined,
    schedulerHints: {},
  });
  const placement = place(project, server, false);
  const port = network && addPort(world, project, network, { deviceId: server.id, auto: true });
  if (port) server.portIds = [port.id];
  Object.assign(server, {
    buildRequest: false,
    vmState: 'active',
    taskState: null,
    powerState: 1,
    launched: now,
    addressesShown: true,
    host: 'host' in placement ? placement.host : undefined,
  });
  project.servers.set(server.id, server);
  return server.id;
}
