/**
 * Floating IPs of nodes. `Purge`: allocated with a description that names the node, in the same call that gives it to the server's port, so
 * that it is found again whatever happens next. `Assign`: one that is free in the project gets the port, and is free again by itself when
 * the port goes with the server (both observed); nothing is written on it, for it is the admin's.
 */
import { clusterTag, nodeTag } from '../api/resources.ts';
import { EhosError } from '../base/errors.ts';
import type { NodeAddress } from '../domain/orphan-addresses.ts';
import type { FloatingIp, OpenStack, Port } from '../openstack/sdk.ts';
import type { AddressRequest } from './backend.ts';

/** The node that an address is marked with. */
type Marked = Pick<AddressRequest, 'namespace' | 'nodeUid'>;

export class Addresses {
  readonly #os: OpenStack;
  readonly #clusterUid: string;
  /** Free addresses are chosen one after the other: two nodes that look at the same time would choose the same. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(os: OpenStack, clusterUid: string) {
    this.#os = os;
    this.#clusterUid = clusterUid;
  }

  /** The address of the server, given to it now unless it has one. */
  async give(request: AddressRequest, signal: AbortSignal | undefined): Promise<string> {
    const { network } = this.#os;
    const ports = await network.listPorts({ deviceId: request.serverId, networkId: request.portNetworkId }, { signal });
    const [port] = ports;
    if (!port) throw new EhosError('Transient', `server ${request.serverId} has no port on its first network yet`);
    const [has] = await network.listFloatingIps({ portId: port.id }, { signal });
    if (has) return has.address;
    return request.mode === 'Purge'
      ? (await this.#allocate(request, port, signal)).address
      : await this.#inTurn(async () => await this.#take(request, port, signal));
  }

  /** Those allocated for nodes of this cluster. */
  async all(signal: AbortSignal | undefined): Promise<NodeAddress[]> {
    return (await this.#os.network.listFloatingIps({}, { signal })).flatMap(({ id, address, description, portId }) => {
      const [cluster, node, namespace, ...rest] = description.split(' ');
      const isOurs = cluster === clusterTag(this.#clusterUid) && node?.startsWith(nodeTag('')) === true;
      if (!isOurs || namespace === undefined || rest.length > 0) return [];
      return [{ id, address, namespace, nodeUid: node.slice(nodeTag('').length), inUse: portId !== undefined }];
    });
  }

  /** Those allocated for one node. */
  async of(node: Marked, signal: AbortSignal | undefined): Promise<FloatingIp[]> {
    return await this.#os.network.listFloatingIps({ description: this.#mark(node) }, { signal });
  }

  /** What stands in the description: Neutron finds it only as a whole, so nothing else may stand there (observed). */
  #mark({ namespace, nodeUid }: Marked): string {
    return `${clusterTag(this.#clusterUid)} ${nodeTag(nodeUid)} ${namespace}`;
  }

  /** The answer to an earlier try may have been lost: then there is one, and it has the port or lost it again. */
  async #allocate(request: AddressRequest, port: Port, signal: AbortSignal | undefined): Promise<FloatingIp> {
    const { network } = this.#os;
    const [own] = await this.of(request, signal);
    if (own) return await network.updateFloatingIp(own.id, { portId: port.id }, { signal, revision: own.revision });
    const wish = { networkId: request.networkId, portId: port.id, description: this.#mark(request) };
    return await network.createFloatingIp(wish, { signal });
  }

  async #take({ networkId }: AddressRequest, port: Port, signal: AbortSignal | undefined): Promise<string> {
    const { network, session } = this.#os;
    const { projectId } = await session.identity(signal);
    // an admin is shown those of other projects, too
    const all = await network.listFloatingIps({ networkId }, { signal });
    const free = all.filter((one) => one.portId === undefined && one.projectId === projectId && !this.#isForNode(one));
    for (const { id, revision } of free.toSorted((a, b) => (a.address < b.address ? -1 : 1))) {
      try {
        return (await network.updateFloatingIp(id, { portId: port.id }, { signal, revision })).address;
      } catch (error) {
        // taken or released by another since it was listed: the next one
        const lost = error instanceof EhosError && ['Conflict', 'NotFound'].includes(error.errorClass);
        if (!lost) throw error;
      }
    }
    const why = `no unused floating IP is left in the project (${all.length} on network ${networkId} are in use)`;
    throw new EhosError('NoCapacity', `${why}: allocate more, or use floatingIP: Purge`);
  }

  /** Of any cluster: it waits for its own node. */
  #isForNode({ description }: FloatingIp): boolean {
    return description.startsWith(clusterTag(''));
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
