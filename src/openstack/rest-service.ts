import { EhosError, messageOf } from '../base/errors.ts';
import type { ServiceName } from './cloud-config.ts';
import { titleOf } from './errors.ts';
import type { HttpMethod } from './http.ts';
import { isObject, objectAt, objectsAt, textAt, type JsonObject } from './json.ts';
import type { Answer, Call, CallOptions, Session } from './session.ts';

export type Query = NonNullable<Call['query']>;

/** How a service is told the version of its API. */
export interface VersionHeader {
  /** Name and value of the header. Rejects with `Invalid` when the service is too old. */
  current(options: CallOptions): Promise<Readonly<Record<string, string>>>;
  /** The service does not accept it any more. */
  forget(): void;
}

export interface ListOptions extends CallOptions {
  query?: Query;
  /** Name of the marker in an item (default `id`). */
  idOf?: (item: JsonObject) => string | undefined;
}

/** Items asked for in one page: Nova's default maximum, to which it caps larger numbers without an error (observed). */
export const PAGE_SIZE = 1000;
const MAX_PAGES = 1000;
/** Of one list, characters: 40,000 servers with all they have. A service that sends without end must not fill the memory. */
const MAX_LENGTH = 64 * 1024 * 1024;
/** How often a listing is begun again because the item that marks the next page was deleted meanwhile. */
const MAX_RESTARTS = 5;

/** The calls of one service in JSON: what the clients of the services share. */
export class RestService {
  readonly #session: Session;
  readonly #service: ServiceName;
  readonly #version: VersionHeader | undefined;

  constructor(session: Session, service: ServiceName, version?: VersionHeader) {
    this.#session = session;
    this.#service = service;
    this.#version = version;
  }

  /** GET of one object, which the answer wraps under `key`. */
  async get(path: string, key: string, options: CallOptions & { query?: Query } = {}): Promise<JsonObject> {
    const answer = await this.call('GET', path, options);
    return this.#wrapped(answer, 'GET', path, key);
  }

  /** POST of a new object; the answer wraps it under `key`. */
  async create(path: string, body: JsonObject, key: string, options: CallOptions = {}): Promise<JsonObject> {
    const answer = await this.call('POST', path, { ...options, body });
    return this.#wrapped(answer, 'POST', path, key);
  }

  /** PUT of a change; the answer wraps the object under `key`. */
  async update(
    path: string,
    body: JsonObject,
    key: string,
    options: CallOptions & { headers?: Record<string, string> } = {},
  ): Promise<JsonObject> {
    const answer = await this.call('PUT', path, { ...options, body });
    return this.#wrapped(answer, 'PUT', path, key);
  }

  async call(
    method: HttpMethod,
    path: string,
    options: CallOptions & { query?: Query; body?: JsonObject; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const headers = { ...options.headers, ...(await this.#version?.current(options)) };
    try {
      return await this.#session.request({ ...options, service: this.#service, method, path, headers });
    } catch (error) {
      if (error instanceof EhosError && error.status === 406) this.#version?.forget();
      throw error;
    }
  }

  /**
   * All pages of a list, each item once. A marker that was deleted between two pages is refused (Nova: 400): then the
   * listing begins again, since an incomplete one would make servers look gone.
   */
  async list(path: string, key: string, options: ListOptions = {}): Promise<JsonObject[]> {
    return this.listAs(path, key, (item) => item, options);
  }

  /** The same, each item read as soon as its page is there: of a page's JSON, which is several times larger, nothing stays in memory. */
  async listAs<T>(path: string, key: string, read: (item: JsonObject) => T, options: ListOptions = {}): Promise<T[]> {
    for (let restart = 0; ; restart++) {
      try {
        return await this.#allPages(path, key, read, options);
      } catch (error) {
        const markerGone = error instanceof EhosError && error.errorClass === 'NotFound' && error.field === 'marker';
        if (!markerGone || restart >= MAX_RESTARTS) throw error;
      }
    }
  }

  async #allPages<T>(path: string, key: string, read: (item: JsonObject) => T, options: ListOptions): Promise<T[]> {
    const { query, idOf = (item: JsonObject) => textAt(item, 'id'), ...callOptions } = options;
    const items = new Map<string, T>();
    let marker: string | undefined;
    let length = 0;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.call('GET', path, { ...callOptions, query: { limit: PAGE_SIZE, ...query, marker } });
      if (!isObject(answer.body) || !Array.isArray(answer.body[key]))
        throw this.#unexpected('GET', path, `no list "${key}"`);
      length += answer.length;
      if (length > MAX_LENGTH) throw this.#unexpected('GET', path, `a list of more than ${MAX_LENGTH} characters`);
      const before = items.size;
      for (const item of answer.body[key]) {
        marker = isObject(item) ? idOf(item) : undefined;
        if (marker === undefined || !isObject(item))
          throw this.#unexpected('GET', path, `an item of "${key}" has no id`);
        items.set(
          marker,
          this.#read('GET', path, () => read(item)),
        );
      }
      if (!hasNextPage(answer.body, key)) return [...items.values()];
      // a service that ignores the marker would go on for ever
      if (items.size === before) throw this.#unexpected('GET', path, 'the next page holds nothing new');
    }
    throw this.#unexpected('GET', path, `more than ${MAX_PAGES} pages`);
  }

  /** An item that lacks what it must have says so itself; which answer it was in is told here. */
  #read<T>(method: HttpMethod, path: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#unexpected(method, path, messageOf(error).replace(/^unexpected answer: /, ''));
    }
  }

  #wrapped(answer: Answer, method: HttpMethod, path: string, key: string): JsonObject {
    const object = objectAt(answer.body, key);
    if (!object) throw this.#unexpected(method, path, `no object "${key}"`);
    return object;
  }

  #unexpected(method: HttpMethod, path: string, why: string): EhosError {
    const title = titleOf({ service: this.#service, method, path });
    // whatever answered may have done what was asked
    return new EhosError('Transient', `${title}: unexpected answer: ${why}`, { maybeDone: method !== 'GET' });
  }
}

/** Nova, Neutron, Cinder: `<key>_links` with rel "next"; Glance: `next`. The link itself may name an address behind a proxy. */
function hasNextPage(body: JsonObject, key: string): boolean {
  return textAt(body, 'next') !== undefined || objectsAt(body, `${key}_links`).some((link) => link.rel === 'next');
}

/** One segment of a path. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}
