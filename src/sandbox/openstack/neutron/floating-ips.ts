/** Floating IPs: taken from an external network, associated with a port, kept when the port goes. */
import { stringAt } from '../json.ts';
import { empty, json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { FloatingIp } from '../state.ts';
import { freeAddress, noAddress } from './addresses.ts';
import { checkQuota, checkRevision, listReply, resourceOf } from './call.ts';
import type { NeutronCall } from './call.ts';
import { networkOf } from './networks.ts';
import { portOf } from './ports.ts';
import { floatingIpView } from './views.ts';

const FILTERS =
  'id tenant_id project_id floating_ip_address floating_network_id fixed_ip_address port_id router_id status description'.split(
    ' ',
  );

export function listFloatingIps(call: NeutronCall): Reply {
  const views = [...call.project.floatingIps.values()].map((ip) => floatingIpView(ip, call.project));
  return listReply(call, 'floatingips', views, FILTERS);
}

function floatingIpOf({ project }: NeutronCall, id: string): FloatingIp {
  const ip = project.floatingIps.get(id);
  if (!ip) throw neutronError(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
  return ip;
}

export function showFloatingIp(call: NeutronCall, { id = '' }: Params): Reply {
  return json(200, { floatingip: floatingIpView(floatingIpOf(call, id), call.project) });
}

export function createFloatingIp(call: NeutronCall): Reply {
  const { world, project } = call;
  const wish = resourceOf(call, 'floatingip');
  const network = networkOf(call, stringAt(wish, 'floating_network_id') ?? '');
  if (!network.external) {
    const message = `Network ${network.id} is not a valid external network`;
    throw neutronError(400, 'BadRequest', `Bad floatingip request: ${message}.`);
  }
  checkQuota('floatingip', project.quota.floatingIps, project.floatingIps.size);
  const address = freeAddress(project, network);
  if (address === undefined) throw noAddress(network.id);
  const now = world.clock.now();
  const ip: FloatingIp = {
    id: world.ids.uuid(),
    address,
    networkId: network.id,
    portId: undefined,
    description: stringAt(wish, 'description') ?? '',
    created: now,
    updated: now,
    revision: 0,
  };
  associate(call, ip, stringAt(wish, 'port_id'));
  project.floatingIps.set(ip.id, ip);
  return json(201, { floatingip: floatingIpView(ip, project) });
}

export function updateFloatingIp(call: NeutronCall, { id = '' }: Params): Reply {
  const ip = floatingIpOf(call, id);
  const wish = resourceOf(call, 'floatingip');
  checkRevision(call, ip.revision);
  if ('port_id' in wish) associate(call, ip, stringAt(wish, 'port_id'));
  ip.description = stringAt(wish, 'description') ?? ip.description;
  ip.updated = call.world.clock.now();
  ip.revision++;
  return json(200, { floatingip: floatingIpView(ip, call.project) });
}

export function deleteFloatingIp(call: NeutronCall, { id = '' }: Params): Reply {
  const ip = floatingIpOf(call, id);
  associate(call, ip, undefined);
  call.project.floatingIps.delete(id);
  return empty(204);
}

function associate(call: NeutronCall, ip: FloatingIp, portId: string | undefined): void {
  const { project } = call;
  const port = portId === undefined ? undefined : portOf(call, portId);
  if (port?.floatingIpId !== undefined && port.floatingIpId !== ip.id) {
    const message =
      `Cannot associate floating IP ${ip.address} (${ip.id}) with port ${port.id} using fixed IP ${port.address}, ` +
      `as that fixed IP already has a floating IP on external network ${ip.networkId}.`;
    throw neutronError(409, 'FloatingIPPortAlreadyAssociated', message);
  }
  if (port && project.networks.get(port.networkId)?.isolated === true) {
    const subnet = project.networks.get(port.networkId)?.subnet.id ?? '';
    const message =
      `External network ${ip.networkId} is not reachable from subnet ${subnet}.  ` +
      `Therefore, cannot associate Port ${port.id} with a Floating IP.`;
    throw neutronError(404, 'ExternalGatewayForFloatingIPNotFound', message);
  }
  const before = ip.portId === undefined ? undefined : project.ports.get(ip.portId);
  if (before) before.floatingIpId = undefined;
  if (port) port.floatingIpId = ip.id;
  ip.portId = port?.id;
}
