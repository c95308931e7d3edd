/** What Neutron answers, in our words. Source: Networking API v2.0. */
import { booleanAt, numberAt, objectAt, objectsAt, textAt, textsAt, type JsonObject } from './json.ts';

export interface Network {
  id: string;
  name: string;
  status: string;
  /** Floating IPs come from such a one. */
  external: boolean;
  shared: boolean;
  projectId: string;
}

export interface Subnet {
  id: string;
  name: string;
  networkId: string;
  cidr: string;
  ipVersion: 4 | 6;
}

export interface Port {
  id: string;
  name: string;
  networkId: string;
  status: string;
  macAddress: string;
  /** The server or router it belongs to; undefined for a free one. */
  deviceId: string | undefined;
  /** What kind of thing that is: `compute:nova`, with the zone after the colon; `network:router_interface`. */
  deviceOwner: string;
  addresses: string[];
  securityGroups: string[];
  tags: string[];
}

export interface SecurityGroup {
  id: string;
  name: string;
  description: string;
  projectId: string;
}

export interface FloatingIp {
  id: string;
  address: string;
  networkId: string;
  projectId: string;
  /** undefined: it is in use by nobody, and still costs quota. */
  portId: string | undefined;
  fixedAddress: string | undefined;
  status: string;
  description: string;
  /** Grows with each change: what `updateFloatingIp` compares. */
  revision: number;
}

export interface Router {
  id: string;
  name: string;
  /** The external network that it leads to. */
  externalNetworkId: string | undefined;
}

/** Filters of Neutron's lists, in its own words. Names are not unique. */
export interface NetworkFilter {
  name?: string;
  external?: boolean;
}
export interface PortFilter {
  name?: string;
  deviceId?: string;
  deviceOwner?: string;
  networkId?: string;
  /** Ports that carry all of these. */
  tags?: string[];
}
export interface PortCreate {
  networkId: string;
  name?: string;
  /** Ids. */
  securityGroups?: string[];
}

export function readNetwork(from: JsonObject): Network {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    status: textAt(from, 'status') ?? '',
    external: booleanAt(from, 'router:external') ?? false,
    shared: booleanAt(from, 'shared') ?? false,
    projectId: textAt(from, 'project_id') ?? textAt(from, 'tenant_id') ?? '',
  };
}

export function readSubnet(from: JsonObject): Subnet {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    networkId: textAt(from, 'network_id') ?? '',
    cidr: textAt(from, 'cidr') ?? '',
    ipVersion: textAt(from, 'ip_version') === '6' ? 6 : 4,
  };
}

export function readPort(from: JsonObject): Port {
  const device = textAt(from, 'device_id');
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    networkId: textAt(from, 'network_id') ?? '',
    status: textAt(from, 'status') ?? '',
    macAddress: textAt(from, 'mac_address') ?? '',
    // Neutron empties it instead of removing it
    deviceId: device === '' ? undefined : device,
    deviceOwner: textAt(from, 'device_owner') ?? '',
    addresses: objectsAt(from, 'fixed_ips').flatMap((ip) => textAt(ip, 'ip_address') ?? []),
    securityGroups: textsAt(from, 'security_groups'),
    tags: textsAt(from, 'tags'),
  };
}

export function readSecurityGroup(from: JsonObject): SecurityGroup {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    description: textAt(from, 'description') ?? '',
    projectId: textAt(from, 'project_id') ?? textAt(from, 'tenant_id') ?? '',
  };
}

export function readFloatingIp(from: JsonObject): FloatingIp {
  return {
    id: textAt(from, 'id') ?? '',
    address: textAt(from, 'floating_ip_address') ?? '',
    networkId: textAt(from, 'floating_network_id') ?? '',
    projectId: textAt(from, 'project_id') ?? textAt(from, 'tenant_id') ?? '',
    portId: textAt(from, 'port_id'),
    fixedAddress: textAt(from, 'fixed_ip_address'),
    status: textAt(from, 'status') ?? '',
    description: textAt(from, 'description') ?? '',
    revision: numberAt(from, 'revision_number') ?? 0,
  };
}

export function readRouter(from: JsonObject): Router {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    externalNetworkId: textAt(objectAt(from, 'external_gateway_info'), 'network_id'),
  };
}
