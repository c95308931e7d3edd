/** Which external network the floating IPs of servers come from. */
import type { Network, OpenStack } from '../openstack/sdk.ts';
import { invalid, whatThereIs } from './openstack-lookup.ts';

/** What a template says, and the first network of its servers. */
export interface ExternalWish {
  named: { id?: string; name?: string } | undefined;
  networkId: string;
}

/** Id of the external network. Rejects with `Invalid` naming the field and what there is. */
export async function externalNetwork(os: OpenStack, { named, networkId }: ExternalWish): Promise<string> {
  const external = await os.network.listNetworks({ external: true });
  if (named) return theNamed(external, named).id;
  const reached = await reachedFrom(os, networkId);
  const [first, ...others] = external.filter(({ id }) => reached.has(id));
  const [only, ...more] = external;
  // routers of other projects are not shown: with one external network there is nothing to choose
  const found = first ?? only;
  if (found && (first ? others : more).length === 0) return found.id;
  const names = whatThereIs((first ? [first, ...others] : external).map(({ name }) => name));
  if (!found) throw invalid('floatingIP', `the cloud has no external network that floating IPs could come from`);
  const why = first ? 'several external networks can be reached' : 'no router is seen that joins an external network';
  throw invalid('floatingNetwork', `missing: name one, for from the first network ${why}; ${names}`);
}

function theNamed(external: readonly Network[], named: { id?: string; name?: string }): Network {
  const key = named.id === undefined ? 'name' : 'id';
  const value = named[key] ?? '';
  const field = `floatingNetwork.${key}`;
  const [found, ...others] = external.filter((network) => network[key] === value);
  if (!found)
    throw invalid(
      field,
      `no external network has the ${key} "${value}": ${whatThereIs(external.map(({ name }) => name))}`,
    );
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ id }) => id).join(', ');
  throw invalid(field, `${others.length + 1} external networks are named "${value}": give the id of one, ${ids}`);
}

/** External networks that a router of the project joins to the network. */
async function reachedFrom(os: OpenStack, networkId: string): Promise<Set<string>> {
  const [routers, ports] = await Promise.all([os.network.listRouters(), os.network.listPorts({ networkId })]);
  const joined = new Set(ports.filter(isOfRouter).flatMap(({ deviceId }) => deviceId ?? []));
  return new Set(
    routers.filter(({ id }) => joined.has(id)).flatMap(({ externalNetworkId }) => externalNetworkId ?? []),
  );
}

/** `network:router_interface`, and `network:ha_router_replicated_interface` or `..._distributed` where routers are of that kind. */
function isOfRouter({ deviceOwner }: { deviceOwner: string }): boolean {
  return /^network:.*router.*interface/.test(deviceOwner);
}
