import { EhosError } from '../base/errors.ts';
import {
  readFlavor,
  readInterface,
  readKeyPair,
  readLimits,
  readQuotaSet,
  readServer,
  readServerGroup,
  readVolumeAttachment,
  type AvailabilityZone,
  type ComputeLimits,
  type Flavor,
  type InterfaceAttachment,
  type KeyPair,
  type QuotaUse,
  type Server,
  type ServerCreate,
  type ServerGroup,
  type VolumeAttachment,
} from './compute-types.ts';
import { ComputeVersion, SERVER_GROUP_POLICY_MINOR } from './compute-version.ts';
import { booleanAt, isId, objectAt, textAt, textsAt } from './json.ts';
import { PAGE_SIZE, RestService, segment, type Query } from './rest-service.ts';
import { serverCreateBody } from './server-create.ts';
import type { CallOptions, Session } from './session.ts';

/** Filters that work for a project's member. There is none for metadata: Nova ignores it silently and answers all servers (observed). */
export interface ServerFilter {
  /** Servers that carry all of these tags. */
  tags?: string[];
  /** Servers that carry at least one of these tags. */
  tagsAny?: string[];
  notTags?: string[];
  /** Regular expression of the database, unanchored. */
  name?: string;
  status?: string;
  /** Milliseconds since the epoch. The answer then also holds servers deleted since, with status `DELETED`. */
  changesSince?: number;
}

/** Nova. Errors: EhosError, see errors.ts. Source: Compute API reference. */
export class ComputeClient {
  readonly #rest: RestService;
  readonly #version: ComputeVersion;

  constructor(session: Session) {
    this.#version = new ComputeVersion(session);
    this.#rest = new RestService(session, 'compute', this.#version);
  }

  /** The microversion in use, `2.96`. Rejects with `Invalid` when the cloud is too old. */
  async microversion(options: CallOptions = {}): Promise<string> {
    return `2.${await this.#version.minor(options)}`;
  }

  /**
   * One POST, never repeated: when the error says `maybeDone`, look for the server by a tag of its own before asking again.
   * Nova has no other way: two equal requests make two servers.
   */
  async createServer(wish: ServerCreate, options: CallOptions = {}): Promise<{ id: string }> {
    const body = serverCreateBody(wish, await this.#version.minor(options));
    const server = await this.#rest.create('/servers', body, 'server', options);
    const id = textAt(server, 'id');
    if (!isId(id)) {
      throw new EhosError('Transient', 'compute POST /servers: unexpected answer: no id', { maybeDone: true });
    }
    return { id };
  }

  async getServer(id: string, options: CallOptions = {}): Promise<Server> {
    return readServer(await this.#rest.get(`/servers/${segment(id)}`, 'server', options));
  }

  /** All pages with details, the oldest first, so that what is created meanwhile comes last and is seen. */
  async listServers(filter: ServerFilter = {}, options: CallOptions = {}): Promise<Server[]> {
    const query: Query = {
      tags: filter.tags?.join(','),
      'tags-any': filter.tagsAny?.join(','),
      'not-tags': filter.notTags?.join(','),
      name: filter.name,
      status: filter.status,
      'changes-since': filter.changesSince === undefined ? undefined : new Date(filter.changesSince).toISOString(),
      sort_key: 'created_at',
      sort_dir: 'asc',
    };
    return this.#rest.listAs('/servers/detail', 'servers', readServer, { ...options, query });
  }

  /** Accepted in any state, again and again; the server is gone when `getServer` says NotFound. */
  async deleteServer(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/servers/${segment(id)}`, options);
  }

  /** The last `lines` lines of the console. Rejects with `Conflict` while the server is not on a host yet. */
  async consoleOutput(id: string, lines: number, options: CallOptions = {}): Promise<string> {
    const body = { 'os-getConsoleOutput': { length: lines } };
    const answer = await this.#rest.call('POST', `/servers/${segment(id)}/action`, { ...options, body });
    return textAt(answer.body, 'output') ?? '';
  }

  /** NotFound while the server waits for a scheduler, although a list by tag finds it (observed). */
  async serverTags(id: string, options: CallOptions = {}): Promise<string[]> {
    const answer = await this.#rest.call('GET', `/servers/${segment(id)}/tags`, options);
    return textsAt(answer.body, 'tags');
  }

  async serverInterfaces(id: string, options: CallOptions = {}): Promise<InterfaceAttachment[]> {
    const list = await this.#rest.list(`/servers/${segment(id)}/os-interface`, 'interfaceAttachments', {
      ...options,
      query: { limit: undefined },
      idOf: (item) => textAt(item, 'port_id'),
    });
    return list.map(readInterface);
  }

  async serverVolumes(id: string, options: CallOptions = {}): Promise<VolumeAttachment[]> {
    const list = await this.#rest.list(`/servers/${segment(id)}/os-volume_attachments`, 'volumeAttachments', {
      ...options,
      idOf: (item) => textAt(item, 'volumeId'),
    });
    return list.map(readVolumeAttachment);
  }

  /** The flavors that the project may use. */
  async listFlavors(options: CallOptions = {}): Promise<Flavor[]> {
    return (await this.#rest.list('/flavors/detail', 'flavors', options)).map(readFlavor);
  }

  async getFlavor(id: string, options: CallOptions = {}): Promise<Flavor> {
    return readFlavor(await this.#rest.get(`/flavors/${segment(id)}`, 'flavor', options));
  }

  /** Use counts servers in ERROR, and does not count those that still wait for a scheduler (observed). */
  async limits(options: CallOptions = {}): Promise<ComputeLimits> {
    return readLimits(await this.#rest.get('/limits', 'limits', options));
  }

  async quotaSet(projectId: string, options: CallOptions = {}): Promise<Map<string, QuotaUse>> {
    return readQuotaSet(await this.#rest.get(`/os-quota-sets/${segment(projectId)}/detail`, 'quota_set', options));
  }

  /** Key pairs belong to the user, not to the project. */
  async listKeyPairs(options: CallOptions = {}): Promise<KeyPair[]> {
    const list = await this.#rest.list('/os-keypairs', 'keypairs', {
      ...options,
      idOf: (item) => textAt(objectAt(item, 'keypair'), 'name'),
    });
    return list.map((item) => readKeyPair(objectAt(item, 'keypair') ?? {}));
  }

  /** Imports a public key; Nova makes none any more since 2.92. */
  async importKeyPair(name: string, publicKey: string, options: CallOptions = {}): Promise<KeyPair> {
    const keypair = { name, public_key: publicKey };
    return readKeyPair(await this.#rest.create('/os-keypairs', { keypair }, 'keypair', options));
  }

  async deleteKeyPair(name: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/os-keypairs/${segment(name)}`, options);
  }

  async listServerGroups(options: CallOptions = {}): Promise<ServerGroup[]> {
    // this list pages by offset and gives no link
    const groups: ServerGroup[] = [];
    for (;;) {
      const query = { offset: groups.length === 0 ? undefined : groups.length };
      const page = await this.#rest.listAs('/os-server-groups', 'server_groups', readServerGroup, {
        ...options,
        query,
      });
      groups.push(...page);
      if (page.length < PAGE_SIZE) return groups;
    }
  }

  /** `policy`: `affinity`, `anti-affinity`, `soft-affinity`, `soft-anti-affinity`. */
  async createServerGroup(name: string, policy: string, options: CallOptions = {}): Promise<ServerGroup> {
    const minor = await this.#version.minor(options);
    const group = minor >= SERVER_GROUP_POLICY_MINOR ? { name, policy } : { name, policies: [policy] };
    return readServerGroup(
      await this.#rest.create('/os-server-groups', { server_group: group }, 'server_group', options),
    );
  }

  async deleteServerGroup(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/os-server-groups/${segment(id)}`, options);
  }

  async listAvailabilityZones(options: CallOptions = {}): Promise<AvailabilityZone[]> {
    const list = await this.#rest.list('/os-availability-zone', 'availabilityZoneInfo', {
      ...options,
      query: { limit: undefined },
      idOf: (item) => textAt(item, 'zoneName'),
    });
    return list.map((item) => ({
      name: textAt(item, 'zoneName') ?? '',
      available: booleanAt(objectAt(item, 'zoneState'), 'available') ?? true,
    }));
  }
}
