/** Ports: the user's own, and those Nova makes. */
import { parseJson, stringAt, stringsAt } from '../json.ts';
import { empty, json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { Port } from '../state.ts';
import { addPort, noAddress, removePort } from './addresses.ts';
import { checkQuota, listReply, resourceOf } from './call.ts';
import type { NeutronCall } from './call.ts';
import { networkOf } from './networks.ts';
import { portView, routerPortView } from './views.ts';

const FILTERS =
  'id name network_id tenant_id project_id mac_address status device_id device_owner fixed_ips security_groups admin_state_up description'.split(
    ' ',
  );

export function listPorts(call: NeutronCall): Reply {
  const { project } = call;
  const joined = [...project.networks.values()].filter(({ external, isolated }) => !external && !isolated);
  const views = [
    ...[...project.ports.values()].map((port) => portView(port, project)),
    ...joined.map((network) => routerPortView(network, project)),
  ];
  return listReply(call, 'ports', views, FILTERS);
}

export function portOf({ project }: NeutronCall, id: string): Port {
  const port = project.ports.get(id);
  if (!port) throw neutronError(404, 'PortNotFound', `Port ${id} could not be found.`);
  return port;
}

export function showPort(call: NeutronCall, { id = '' }: Params): Reply {
  return json(200, { port: portView(portOf(call, id), call.project) });
}

export function createPort(call: NeutronCall): Reply {
  const { world, project } = call;
  const wish = resourceOf(call, 'port');
  const networkId = stringAt(wish, 'network_id');
  if (networkId === undefined) {
    throw neutronError(400, 'HTTPBadRequest', "Failed to parse request. Required attribute 'network_id' not specified");
  }
  const network = networkOf(call, networkId);
  const groups = stringsAt(wish, 'security_groups');
  for (const id of groups ?? []) checkGroup(call, id);
  checkQuota('port', project.quota.ports, project.ports.size);
  const port = addPort(world, project, network, {
    name: stringAt(wish, 'name') ?? '',
    description: stringAt(wish, 'description') ?? '',
    ...(groups ? { securityGroupIds: groups } : {}),
  });
  if (!port) throw noAddress(network.id);
  return json(201, { port: portView(port, project) });
}

function checkGroup({ project }: NeutronCall, id: string): void {
  if (!project.securityGroups.has(id))
    throw neutronError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
}

export function updatePort(call: NeutronCall, { id = '' }: Params): Reply {
  const port = portOf(call, id);
  const wish = resourceOf(call, 'port');
  port.name = stringAt(wish, 'name') ?? port.name;
  port.description = stringAt(wish, 'description') ?? port.description;
  port.securityGroupIds = stringsAt(wish, 'security_groups') ?? port.securityGroupIds;
  port.updated = call.world.clock.now();
  port.revision++;
  return json(200, { port: portView(port, call.project) });
}

/** Deleting a port that a server uses takes it from the server, as Nova notices. */
export function deletePort(call: NeutronCall, { id = '' }: Params): Reply {
  const { world, project } = call;
  const port = portOf(call, id);
  removePort(world, project, port);
  const server = project.servers.get(port.deviceId);
  if (server) server.portIds = server.portIds.filter((known) => known !== id);
  return empty(204);
}

export function setPortTags(call: NeutronCall, { id = '' }: Params): Reply {
  const port = portOf(call, id);
  const tags = stringsAt(parseJson(call.exchange.body), 'tags');
  if (!tags) throw neutronError(400, 'HTTPBadRequest', 'Invalid tags body');
  port.tags = [...new Set(tags)];
  port.updated = call.world.clock.now();
  port.revision++;
  return json(200, { tags: port.tags });
}
