/**
 * What a node may leave in the cloud when its servers are gone. Nova takes ports and volumes away with the server it made them for, but a
 * Neutron or Cinder that is away at that moment keeps them: with Cinder's API down both volumes of a deleted server stayed, "in-use" by a
 * server that is no more (observed). Everything here is found by what the cloud itself says of the server or the node, live.
 */
import { EhosError } from '../base/errors.ts';
import type { OpenStack, Volume } from '../openstack/sdk.ts';
import type { NodeTraces, Remnant } from './backend.ts';
import type { Addresses } from './openstack-addresses.ts';

/** A volume in one of these goes by itself, or cannot be told to go yet. */
const PASSING = ['creating', 'deleting', 'detaching', 'downloading', 'attaching'];

export class Closure {
  readonly #os: OpenStack;
  readonly #addresses: Addresses;

  constructor(os: OpenStack, addresses: Addresses) {
    this.#os = os;
    this.#addresses = addresses;
  }

  /** Only meaningful once the servers are gone: before, all that they have would be named. */
  async remains(traces: NodeTraces, signal: AbortSignal | undefined): Promise<Remnant[]> {
    const [ports, volumes, addresses] = await Promise.all([
      this.#ports(traces, signal),
      this.#volumes(traces, signal),
      this.#floatingIps(traces, signal),
    ]);
    return [...ports, ...volumes, ...addresses];
  }

  /** Asks for its removal; what is gone already is no error, and what cannot go yet is one of class `Conflict`. */
  async clear({ kind, id }: Remnant, traces: NodeTraces, signal: AbortSignal | undefined): Promise<void> {
    try {
      if (kind === 'port') await this.#os.network.deletePort(id, { signal });
      else if (kind === 'floating IP') await this.#os.network.deleteFloatingIp(id, { signal });
      else await this.#clearVolume(id, traces, signal);
    } catch (error) {
      if (!(error instanceof EhosError) || error.errorClass !== 'NotFound') throw error;
    }
  }

  async #ports({ serverId }: NodeTraces, signal: AbortSignal | undefined): Promise<Remnant[]> {
    if (serverId === undefined) return [];
    const ports = await this.#os.network.listPorts({ deviceId: serverId }, { signal });
    return ports
      .filter(({ deviceId, deviceOwner }) => deviceId === serverId && deviceOwner.startsWith('compute:'))
      .map(({ id, status }) => ({ kind: 'port', id, state: status }));
  }

  /** By the record's own list, by Nova's name for empty volumes, and by what Cinder takes to be attached: each alone misses some. */
  async #volumes({ serverId, volumeIds, hasVolumes }: NodeTraces, signal: AbortSignal | undefined): Promise<Remnant[]> {
    if (!hasVolumes || serverId === undefined) return [];
    const { volume } = this.#os;
    const [named, attached] = await Promise.all([
      volume.listVolumes({ name: blankVolumeName(serverId) }, { signal }),
      volume.volumesOfServer(serverId, { signal }),
    ]);
    const ids = new Set([...volumeIds, ...attached, ...named.map(({ id }) => id)]);
    const found = await Promise.all([...ids].map(async (id) => await this.#volume(id, signal)));
    return found
      .filter((one) => one !== undefined)
      .filter((one) => isOf(one, serverId))
      .map(({ id, status }) => ({ kind: 'volume', id, state: status }));
  }

  async #floatingIps(traces: NodeTraces, signal: AbortSignal | undefined): Promise<Remnant[]> {
    if (!traces.hasAddress) return [];
    const found = await this.#addresses.of(traces, signal);
    return found.map(({ id, address }) => ({ kind: 'floating IP', id, state: address }));
  }

  async #volume(id: string, signal: AbortSignal | undefined): Promise<Volume | undefined> {
    try {
      return await this.#os.volume.getVolume(id, { signal });
    } catch (error) {
      if (error instanceof EhosError && error.errorClass === 'NotFound') return undefined;
      throw error;
    }
  }

  async #clearVolume(id: string, { serverId }: NodeTraces, signal: AbortSignal | undefined): Promise<void> {
    const { volume } = this.#os;
    const now = await volume.getVolume(id, { signal });
    if (PASSING.includes(now.status)) return;
    for (const attachment of now.attachments)
      if (attachment.serverId === serverId) await volume.detachVolume(id, attachment.id, { signal });
    await volume.deleteVolume(id, { signal });
  }
}

/** The name that Nova gives to an empty volume which it makes for a server (observed; nova.virt.block_device). */
export function blankVolumeName(serverId: string): string {
  return `${serverId}-blank-vol`;
}

/** Another server may have it by now, or somebody has given it a name: then it is theirs. */
function isOf({ name, serverIds }: Volume, serverId: string): boolean {
  const nobodyElse = serverIds.every((id) => id === serverId);
  return nobodyElse && (name === '' || name === blankVolumeName(serverId));
}
