/** Networks, subnets and the router: seeded, never made by the API. */
import { empty, json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { Network } from '../state.ts';
import { listReply } from './call.ts';
import type { NeutronCall } from './call.ts';
import { isoSeconds } from '../times.ts';
import { networkView, subnetView } from './views.ts';

const NETWORK_FILTERS =
  'id name tenant_id project_id status shared router:external admin_state_up description mtu is_default availability_zone_hints'.split(
    ' ',
  );
const SUBNET_FILTERS =
  'id name tenant_id project_id network_id ip_version cidr gateway_ip enable_dhcp description'.split(' ');
const ROUTER_FILTERS = 'id name tenant_id project_id status admin_state_up'.split(' ');

export function listNetworks(call: NeutronCall): Reply {
  const views = [...call.project.networks.values()].map((network) => networkView(network, call.project));
  return listReply(call, 'networks', views, NETWORK_FILTERS);
}

export function networkOf({ project }: NeutronCall, id: string): Network {
  const network = project.networks.get(id);
  if (!network) throw neutronError(404, 'NetworkNotFound', `Network ${id} could not be found.`);
  return network;
}

export function showNetwork(call: NeutronCall, { id = '' }: Params): Reply {
  return json(200, { network: networkView(networkOf(call, id), call.project) });
}

export function deleteNetwork(call: NeutronCall, { id = '' }: Params): Reply {
  const { project } = call;
  networkOf(call, id);
  const ports = [...project.ports.values()].filter(({ networkId }) => networkId === id).map((port) => port.id);
  if (ports.length > 0) {
    const list = ports.sort().join(',');
    const message = `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${list}.`;
    throw neutronError(409, 'NetworkInUse', message);
  }
  project.networks.delete(id);
  return empty(204);
}

export function listSubnets(call: NeutronCall): Reply {
  const views = [...call.project.networks.values()].map((network) => subnetView(network.subnet, network, call.project));
  return listReply(call, 'subnets', views, SUBNET_FILTERS);
}

export function showSubnet(call: NeutronCall, { id = '' }: Params): Reply {
  const network = [...call.project.networks.values()].find(({ subnet }) => subnet.id === id);
  if (!network) throw neutronError(404, 'SubnetNotFound', `Subnet ${id} could not be found.`);
  return json(200, { subnet: subnetView(network.subnet, network, call.project) });
}

function gatewayOf({ id, subnet }: Network): unknown {
  const address = { subnet_id: subnet.id, ip_address: subnet.gateway };
  return { network_id: id, enable_snat: true, external_fixed_ips: [address] };
}

/** One router joins the project's networks to its external one. */
export function listRouters(call: NeutronCall): Reply {
  const { project } = call;
  const external = [...project.networks.values()].find((network) => network.external);
  const router = {
    id: project.routerId,
    name: `${project.name}-router`,
    tenant_id: project.id,
    admin_state_up: true,
    status: 'ACTIVE',
    external_gateway_info: external ? gatewayOf(external) : null,
    description: '',
    availability_zones: [],
    availability_zone_hints: [],
    routes: [],
    flavor_id: null,
    tags: [],
    created_at: isoSeconds(external?.created ?? call.world.clock.now()),
    updated_at: isoSeconds(external?.created ?? call.world.clock.now()),
    revision_number: 3,
    project_id: project.id,
  };
  return listReply(call, 'routers', [router], ROUTER_FILTERS);
}
