import { booleanAt, numberAt, textAt, textsAt, timeAt, type JsonObject } from './json.ts';
import { RestService, segment } from './rest-service.ts';
import type { CallOptions, Session } from './session.ts';

export interface Image {
  id: string;
  name: string;
  /** `queued`, `saving`, `importing`, `active`, `deactivated`, `killed`, `deleted`, `pending_delete`. */
  status: string;
  visibility: string;
  tags: string[];
  /** GiB. */
  minDisk: number;
  /** MiB. */
  minRam: number;
  /** Bytes; undefined while it is not uploaded. */
  size: number | undefined;
  hidden: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface ImageFilter {
  name?: string;
  tag?: string;
  status?: string;
}

/** Glance. Errors: EhosError, see errors.ts. Source: Image service API v2. */
export class ImageClient {
  readonly #rest: RestService;

  constructor(session: Session) {
    this.#rest = new RestService(session, 'image');
  }

  /** All that fit, the newest first; hidden images are not in it. Names are not unique. */
  async listImages(filter: ImageFilter = {}, options: CallOptions = {}): Promise<Image[]> {
    const query = { name: literalName(filter.name), tag: filter.tag, status: filter.status, sort: 'created_at:desc' };
    return (await this.#rest.list('/images', 'images', { ...options, query })).map(readImage);
  }

  /** The newest image that fits; undefined when there is none. */
  async newestImage(filter: ImageFilter, options: CallOptions = {}): Promise<Image | undefined> {
    // the order of two images of the same second is the database's: the id settles it, so that all see the same one
    const images = await this.listImages(filter, options);
    return images.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))[0];
  }

  /** Also finds hidden images. */
  async getImage(id: string, options: CallOptions = {}): Promise<Image> {
    const answer = await this.#rest.call('GET', `/images/${segment(id)}`, options);
    return readImage((answer.body ?? {}) as JsonObject);
  }
}

/** Glance takes what stands before a colon for an operator (400 `unknown operator`, observed): a quoted name in a list of one is always a name. */
function literalName(name: string | undefined): string | undefined {
  return name !== undefined && /[:,"]/.test(name) ? `in:"${name.replaceAll('"', '\\"')}"` : name;
}

function readImage(from: JsonObject): Image {
  return {
    id: textAt(from, 'id') ?? '',
    name: textAt(from, 'name') ?? '',
    status: textAt(from, 'status') ?? '',
    visibility: textAt(from, 'visibility') ?? '',
    tags: textsAt(from, 'tags'),
    minDisk: numberAt(from, 'min_disk') ?? 0,
    minRam: numberAt(from, 'min_ram') ?? 0,
    size: numberAt(from, 'size'),
    hidden: booleanAt(from, 'os_hidden') ?? false,
    createdAt: timeAt(from, 'created_at') ?? 0,
  };
}
