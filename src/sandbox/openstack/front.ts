/** What stands in front of the five services: which one is meant, what goes wrong on purpose, and the counting of calls. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Faults, FaultRule } from './faults.ts';
import type { Ids } from './ids.ts';
import { htmlNotFound } from './reply.ts';
import type { Reply } from './reply.ts';
import type { Exchange, Service, ServiceName } from './router.ts';

export interface FrontOptions {
  clock: Clock;
  ids: Ids;
  faults: Faults;
  services: Service[];
  log: ((line: string) => void) | undefined;
}

/** One request as it came. */
export interface FrontRequest {
  method: string;
  /** Path and query, or the whole URL. */
  url: string;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export class Front {
  readonly #options: FrontOptions;
  readonly #services: Map<string, Service>;
  readonly #calls = new Map<string, number>();
  readonly #closing = new AbortController();
  /** `http://127.0.0.1:PORT`, where it listens: links are made of it. */
  origin = 'http://openstack.invalid';

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#services = new Map(options.services.map((service) => [service.name, service]));
  }

  /** Requests so far: `compute GET servers/{id}` -> 3, also those that a fault swallowed. */
  get calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }

  /** Nothing is answered any more that waits. */
  close(): void {
    this.#closing.abort(new Error('the sandbox closes'));
  }

  /** Undefined: close the connection. */
  async answer(request: FrontRequest): Promise<Reply | undefined> {
    const { method, headers, body } = request;
    const url = new URL(request.url, this.origin);
    const [, name = '', rest = '/'] = /^\/([a-z]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const service = this.#services.get(name);
    if (!service) return htmlNotFound();
    const exchange: Exchange = {
      method,
      path: rest,
      query: url.searchParams,
      headers,
      body,
      origin: this.origin,
      requestId: this.#options.ids.requestId(),
    };
    this.#count(service, method, rest);
    const fault = this.#options.faults.take(service.name, method, rest + url.search, body);
    const reply = await this.#exchange(service, exchange, fault);
    this.#options.log?.(
      `${service.name} ${method} ${rest}${url.search} -> ${reply ? reply.status : 'connection closed'}`,
    );
    return reply;
  }

  async #exchange(service: Service, exchange: Exchange, fault: FaultRule | undefined): Promise<Reply | undefined> {
    if (fault?.delayMs !== undefined) await sleep(this.#options.clock, fault.delayMs, this.#closing.signal);
    if (fault?.drop === 'before') return undefined;
    if (fault?.status !== undefined && fault.afterEffect !== true) return faultReply(fault.status, fault);
    const reply = service.answer(exchange);
    if (fault?.drop === 'after') return undefined;
    return fault?.status === undefined ? reply : faultReply(fault.status, fault);
  }

  #count(service: Service, method: string, path: string): void {
    const key = callKey(service.name, method, service.resource(method, path));
    this.#calls.set(key, (this.#calls.get(key) ?? 0) + 1);
  }
}

/** `compute GET servers/{id}`: versions and project ids are left out. */
function callKey(name: ServiceName, method: string, pattern: string | undefined): string {
  const resource = pattern
    ?.replace(/^\/v[\d.]+/, '')
    .replace(/^\/\{project\}/, '')
    .replace(/^\//, '');
  return `${name} ${method} ${resource === undefined ? 'unknown' : resource || 'versions'}`;
}

function faultReply(status: number, { body, headers }: FaultRule): Reply {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const contentType = typeof body === 'string' ? 'text/html; charset=UTF-8' : 'application/json';
  return { status, headers: { 'content-type': contentType, ...headers }, body: text };
}
