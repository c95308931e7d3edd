import { booleanAt, numberAt, objectAt, objectsAt, textAt, textMapAt, timeAt, type JsonObject } from './json.ts';
import { RestService, segment } from './rest-service.ts';
import type { CallOptions, Session } from './session.ts';

export interface Volume {
  id: string;
  name: string;
  /** `creating`, `available`, `in-use`, `deleting`, `error`, `error_deleting` and others. */
  status: string;
  /** GiB. */
  size: number;
  type: string | undefined;
  bootable: boolean;
  /** Servers that it is attached to. */
  serverIds: string[];
  attachments: { id: string; serverId: string | undefined }[];
  metadata: Record<string, string>;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface VolumeType {
  id: string;
  name: string;
  public: boolean;
}

/** -1 as maximum: no limit. */
export interface VolumeLimits {
  maxVolumes: number;
  usedVolumes: number;
  maxGigabytes: number;
  usedGigabytes: number;
}

export interface VolumeCreate {
  /** GiB. */
  size: number;
  name?: string;
  type?: string;
  imageId?: string;
  metadata?: Record<string, string>;
}

/** From here on attachments can be listed by server: Pike, of 2017. */
const ATTACHMENTS = { 'openstack-api-version': 'volume 3.27' };

/** Cinder, in version 3.0 of its API where nothing else is said. Errors: EhosError, see errors.ts. Source: Block Storage API v3. */
export class VolumeClient {
  readonly #rest: RestService;

  constructor(session: Session) {
    this.#rest = new RestService(session, 'volume');
  }

  async listVolumes(filter: { name?: string; status?: string } = {}, options: CallOptions = {}): Promise<Volume[]> {
    const query = { name: filter.name, status: filter.status };
    return (await this.#rest.list('/volumes/detail', 'volumes', { ...options, query })).map(readVolume);
  }

  async getVolume(id: string, options: CallOptions = {}): Promise<Volume> {
    return readVolume(await this.#rest.get(`/volumes/${segment(id)}`, 'volume', options));
  }

  async createVolume(wish: VolumeCreate, options: CallOptions = {}): Promise<Volume> {
    const { size, name, type, imageId, metadata } = wish;
    const volume = { size, name, volume_type: type, imageRef: imageId, metadata };
    return readVolume(await this.#rest.create('/volumes', { volume }, 'volume', options));
  }

  async deleteVolume(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', `/volumes/${segment(id)}`, options);
  }

  /** Ids of the volumes that Cinder takes to be attached to a server. */
  async volumesOfServer(serverId: string, options: CallOptions = {}): Promise<string[]> {
    const query = { instance_id: serverId };
    const answer = await this.#rest.call('GET', '/attachments', { ...options, query, headers: ATTACHMENTS });
    return objectsAt(answer.body, 'attachments')
      .filter((attachment) => textAt(attachment, 'instance') === serverId)
      .flatMap((attachment) => textAt(attachment, 'volume_id') ?? []);
  }

  /** Ends an attachment that outlived its server. While Nova knows the server, Cinder refuses: `Conflict` (observed). */
  async detachVolume(id: string, attachmentId: string, options: CallOptions = {}): Promise<void> {
    const body = { 'os-detach': { attachment_id: attachmentId } };
    await this.#rest.call('POST', `/volumes/${segment(id)}/action`, { ...options, body });
  }

  async listVolumeTypes(options: CallOptions = {}): Promise<VolumeType[]> {
    return (await this.#rest.list('/types', 'volume_types', options)).map((item) => ({
      id: textAt(item, 'id') ?? '',
      name: textAt(item, 'name') ?? '',
      public: booleanAt(item, 'is_public') ?? true,
    }));
  }

  async limits(options: CallOptions = {}): Promise<VolumeLimits> {
    const absolute = objectAt(await this.#rest.get('/limits', 'limits', options), 'absolute');
    return {
      maxVolumes: numberAt(absolute, 'maxTotalVolumes') ?? -1,
      usedVolumes: numberAt(absolute, 'totalVolumesUsed') ?? 0,
      maxGigabytes: numberAt(absolute, 'maxTotalVolumeGigabytes') ?? -1,
      usedGigabytes: numberAt(absolute, 'totalGigabytesUsed') ?? 0,
    };
  }
}

function readVolume(from: JsonObject): Volume {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    status: textAt(from, 'status') ?? '',
    size: numberAt(from, 'size') ?? 0,
    type: textAt(from, 'volume_type'),
    // Cinder writes this one as text
    bootable: textAt(from, 'bootable') === 'true',
    serverIds: objectsAt(from, 'attachments').flatMap((attachment) => textAt(attachment, 'server_id') ?? []),
    attachments: objectsAt(from, 'attachments').map((attachment) => ({
      id: textAt(attachment, 'attachment_id') ?? '',
      serverId: textAt(attachment, 'server_id'),
    })),
    metadata: textMapAt(from, 'metadata'),
    createdAt: timeAt(from, 'created_at') ?? 0,
  };
}
