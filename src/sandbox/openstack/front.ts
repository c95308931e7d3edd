/** The listening socket: one node:http server in front of the five services. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Faults, FaultRule } from './faults.ts';
import type { Ids } from './ids.ts';
import { listenLocally } from '../listen.ts';
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

export class Front {
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #services: Map<string, Service>;
  readonly #calls = new Map<string, number>();
  readonly #closing = new AbortController();
  #origin = '';

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#services = new Map(options.services.map((service) => [service.name, service]));
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  get origin(): string {
    return this.#origin;
  }

  /** Requests so far: `compute GET servers/{id}` -> 3, also those that a fault swallowed. */
  get calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }

  async listen(port: number): Promise<void> {
    this.#origin = `http://127.0.0.1:${await listenLocally(this.#server, port)}`;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the sandbox closes'));
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', this.#origin);
    const [, name = '', rest = '/'] = /^\/([a-z]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const service = this.#services.get(name);
    if (!service) {
      send(response, htmlNotFound(), method);
      return;
    }
    const exchange: Exchange = {
      method,
      path: rest,
      query: url.searchParams,
      headers: request.headers,
      body,
      origin: this.#origin,
      requestId: this.#options.ids.requestId(),
    };
    this.#count(service, method, rest);
    const fault = this.#options.faults.take(service.name, method, rest + url.search, body);
    const reply = await this.#answer(service, exchange, fault);
    this.#options.log?.(
      `${service.name} ${method} ${rest}${url.search} -> ${reply ? reply.status : 'connection closed'}`,
    );
    if (reply) send(response, reply, method);
    else response.destroy();
  }

  /** Undefined: close the connection. */
  async #answer(service: Service, exchange: Exchange, fault: FaultRule | undefined): Promise<Reply | undefined> {
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

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply: Reply, method: string): void {
  const headers: Record<string, string> = { ...reply.headers };
  if (reply.status !== 204) headers['content-length'] = String(Buffer.byteLength(reply.body));
  response.writeHead(reply.status, headers);
  response.end(method === 'HEAD' ? undefined : reply.body);
}
