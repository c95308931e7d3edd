/** Servers that are simply there, ACTIVE, without a request and without a guest. */
import { addPort } from '../neutron/addresses.ts';
import type { SandboxFlavor } from '../clouds.ts';
import type { Project, Server } from '../state.ts';
import type { World } from '../world.ts';
import { hostnameFor, newServer } from './new-server.ts';
import { place } from './placement.ts';

/** What a seeded server does not have in common with others. */
export type ServerSeed = Pick<
  Server,
  'name' | 'created' | 'imageId' | 'keyName' | 'metadata' | 'tags' | 'configDrive' | 'securityGroupIds'
> & { flavor: SandboxFlavor };

/** Puts a server into the project's first network that is not external. */
export function seedServer(world: World, project: Project, seed: ServerSeed): Server {
  const network = [...project.networks.values()].find(({ external }) => !external);
  const { created, securityGroupIds } = seed;
  const server = newServer({
    ...seed,
    sequence: world.nextSequence(),
    id: world.ids.uuid(),
    hostname: hostnameFor(seed.name),
    description: null,
    userId: project.users[0]?.id ?? world.ids.hex(),
    zone: project.cloud.zones[0] ?? 'nova',
    userData: undefined,
    nics: network ? [{ networkId: network.id }] : [],
    bootVolume: undefined,
    blankVolumes: [],
    reservationId: world.ids.reservationId(),
    groupId: undefined,
    schedulerHints: {},
  });
  const placement = place(project, server, false);
  const groups = securityGroupIds.length > 0 ? { securityGroupIds } : {};
  const port = network && addPort(world, project, network, { deviceId: server.id, auto: true, ...groups });
  if (port) server.portIds = [port.id];
  Object.assign(server, {
    buildRequest: false,
    vmState: 'active',
    taskState: null,
    powerState: 1,
    launched: created,
    addressesShown: true,
    host: 'host' in placement ? placement.host : undefined,
  });
  project.servers.set(server.id, server);
  return server;
}

/** Another server like one that is there, under another name and with other marks. */
export function cloneServer(
  world: World,
  project: Project,
  like: Server,
  marks: Pick<Server, 'name' | 'metadata' | 'tags'>,
): Server {
  const { created, imageId, keyName, configDrive, securityGroupIds, flavor } = like;
  return seedServer(world, project, {
    created,
    imageId,
    keyName,
    configDrive,
    securityGroupIds,
    flavor,
    ...marks,
  });
}
