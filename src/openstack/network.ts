import type { JsonObject } from './json.ts';
import {
  readFloatingIp,
  readNetwork,
  readPort,
  readRouter,
  readSecurityGroup,
  readSubnet,
  type FloatingIp,
  type Network,
  type NetworkFilter,
  type Port,
  type PortCreate,
  type PortFilter,
  type Router,
  type SecurityGroup,
  type Subnet,
} from './network-types.ts';
import { RestService, segment, type Query } from './rest-service.ts';
import type { CallOptions, Session } from './session.ts';

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
    const { name, deviceId, deviceOwner, networkId, tags } = filter;
    const query = {
      name,
      device_id: deviceId,
      device_owner: deviceOwner,
      network_id: networkId,
      tags: tags?.join(','),
    };
    return this.#list('ports', query, readPort, options);
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

  /** The description must be the very same. */
  async listFloatingIps(
    filter: { portId?: string; networkId?: string; description?: string } = {},
    options: CallOptions = {},
  ): Promise<FloatingIp[]> {
    const { portId, networkId, description } = filter;
    const query = { port_id: portId, floating_network_id: networkId, description };
    return this.#list('floatingips', query, readFloatingIp, options);
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

  /**
   * Gives it to a port, or takes it away with null. Neutron moves one that another port has without a word (observed): with `revision` it
   * refuses, as `Conflict`, when anybody has changed it since it was read.
   */
  async updateFloatingIp(
    id: string,
    change: { portId: string | null },
    { revision, ...options }: CallOptions & { revision?: number } = {},
  ): Promise<FloatingIp> {
    const body = { floatingip: { port_id: change.portId } };
    const headers = revision === undefined ? {} : { 'if-match': `revision_number=${revision}` };
    return readFloatingIp(
      await this.#rest.update(`/floatingips/${segment(id)}`, body, 'floatingip', { ...options, headers }),
    );
  }

  /** Routers of this project: those of others are not shown to it. */
  async listRouters(options: CallOptions = {}): Promise<Router[]> {
    return this.#list('routers', {}, readRouter, options);
  }

  async deleteFloatingIp(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/floatingips/${segment(id)}`, options);
  }

  async #list<T>(key: string, query: Query, read: (item: JsonObject) => T, options: CallOptions): Promise<T[]> {
    return (await this.#rest.list(`/${key.replace('_', '-')}`, key, { ...options, query })).map(read);
  }
}
