import { booleanAt, objectsAt, textAt, textsAt, type JsonObject } from './json.ts';
import { RestService, segment, type Query } from './rest-service.ts';
import type { CallOptions, Session } from './session.ts';

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
  /** The server it belongs to; undefined for a free one. */
  deviceId: string | undefined;
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
  /** undefined: it is in use by nobody, and still costs quota. */
  portId: string | undefined;
  fixedAddress: string | undefined;
  status: string;
  description: string;
}

/** Filters of Neutron's lists, in its own words. Names are not unique. */
export interface NetworkFilter {
  name?: string;
  external?: boolean;
}
export interface PortFilter {
  name?: string;
  deviceId?: string;
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

/** Neutron. Errors: EhosError, see errors.ts. Source: Networking API v2.0. */
export class NetworkClient {
  readonly #rest: RestService;

  constructor(session: Session) {
    this.#rest = new RestService(session, 'network');
  }

  async listNetworks(filter: NetworkFilter = {}, options: CallOptions = {}): Promise<Network[]> {
    return this.#list('networks', { name: filter.name, 'router:external': filter.external }, readNetwork, options);
  }

  async getNetwork(id: string, options: CallOptions = {}): Promise<Network> {
    return readNetwork(await this.#rest.get(`/networks/${segment(id)}`, 'network', options));
  }

  async listSubnets(filter: { networkId?: string; name?: string } = {}, options: CallOptions = {}): Promise<Subnet[]> {
    return this.#list('subnets', { network_id: filter.networkId, name: filter.name }, readSubnet, options);
  }

  async listPorts(filter: PortFilter = {}, options: CallOptions = {}): Promise<Port[]> {
    const { name, deviceId, networkId, tags } = filter;
    return this.#list(
      'ports',
      { name, device_id: deviceId, network_id: networkId, tags: tags?.join(',') },
      readPort,
      options,
    );
  }

  async getPort(id: string, options: CallOptions = {}): Promise<Port> {
    return readPort(await this.#rest.get(`/ports/${segment(id)}`, 'port', options));
  }

  async createPort(wish: PortCreate, options: CallOptions = {}): Promise<Port> {
    const port = { network_id: wish.networkId, name: wish.name, security_groups: wish.securityGroups };
    return readPort(await this.#rest.create('/ports', { port }, 'port', options));
  }

  /** Replaces the tags of a port. */
  async setPortTags(id: string, tags: string[], options: CallOptions = {}): Promise<void> {
    await this.#rest.call('PUT', `/ports/${segment(id)}/tags`, { ...options, body: { tags } });
  }

  async deletePort(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/ports/${segment(id)}`, options);
  }

  async listSecurityGroups(
    filter: { name?: string; projectId?: string } = {},
    options: CallOptions = {},
  ): Promise<SecurityGroup[]> {
    // without `fields` the answer holds every rule of every group
    const query = {
      name: filter.name,
      project_id: filter.projectId,
      fields: ['id', 'name', 'description', 'project_id'],
    };
    return this.#list('security_groups', query, readSecurityGroup, options);
  }

  async createSecurityGroup(name: string, description: string, options: CallOptions = {}): Promise<SecurityGroup> {
    const group = { name, description };
    return readSecurityGroup(
      await this.#rest.create('/security-groups', { security_group: group }, 'security_group', options),
    );
  }

  async deleteSecurityGroup(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/security-groups/${segment(id)}`, options);
  }

  async listFloatingIps(filter: { portId?: string } = {}, options: CallOptions = {}): Promise<FloatingIp[]> {
    return this.#list('floatingips', { port_id: filter.portId }, readFloatingIp, options);
  }

  async getFloatingIp(id: string, options: CallOptions = {}): Promise<FloatingIp> {
    return readFloatingIp(await this.#rest.get(`/floatingips/${segment(id)}`, 'floatingip', options));
  }

  /** A new address of an external network, given to a port at once when there is one. */
  async createFloatingIp(
    wish: { networkId: string; portId?: string; description?: string },
    options: CallOptions = {},
  ): Promise<FloatingIp> {
    const floatingip = { floating_network_id: wish.networkId, port_id: wish.portId, description: wish.description };
    return readFloatingIp(await this.#rest.create('/floatingips', { floatingip }, 'floatingip', options));
  }

  async deleteFloatingIp(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/floatingips/${segment(id)}`, options);
  }

  async #list<T>(key: string, query: Query, read: (item: JsonObject) => T, options: CallOptions): Promise<T[]> {
    return (await this.#rest.list(`/${key.replace('_', '-')}`, key, { ...options, query })).map(read);
  }
}

function readNetwork(from: JsonObject): Network {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    status: textAt(from, 'status') ?? '',
    external: booleanAt(from, 'router:external') ?? false,
    shared: booleanAt(from, 'shared') ?? false,
    projectId: textAt(from, 'project_id') ?? textAt(from, 'tenant_id') ?? '',
  };
}

function readSubnet(from: JsonObject): Subnet {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    networkId: textAt(from, 'network_id') ?? '',
    cidr: textAt(from, 'cidr') ?? '',
    ipVersion: textAt(from, 'ip_version') === '6' ? 6 : 4,
  };
}

function readPort(from: JsonObject): Port {
  const device = textAt(from, 'device_id');
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    networkId: textAt(from, 'network_id') ?? '',
    status: textAt(from, 'status') ?? '',
    macAddress: textAt(from, 'mac_address') ?? '',
    // Neutron empties it instead of removing it
    deviceId: device === '' ? undefined : device,
    addresses: objectsAt(from, 'fixed_ips').flatMap((ip) => textAt(ip, 'ip_address') ?? []),
    securityGroups: textsAt(from, 'security_groups'),
    tags: textsAt(from, 'tags'),
  };
}

function readSecurityGroup(from: JsonObject): SecurityGroup {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    description: textAt(from, 'description') ?? '',
    projectId: textAt(from, 'project_id') ?? textAt(from, 'tenant_id') ?? '',
  };
}

function readFloatingIp(from: JsonObject): FloatingIp {
  return {
    id: textAt(from, 'id') ?? '',
    address: textAt(from, 'floating_ip_address') ?? '',
    networkId: textAt(from, 'floating_network_id') ?? '',
    portId: textAt(from, 'port_id'),
    fixedAddress: textAt(from, 'fixed_ip_address'),
    status: textAt(from, 'status') ?? '',
    description: textAt(from, 'description') ?? '',
  };
}
