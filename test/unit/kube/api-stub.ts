/** A plain HTTP server that answers what the test tells it to, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterAccess, Credentials } from '../../../src/kube/config.ts';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

export const status = (code: number, reason: string, headers: Record<string, string> = {}): Answer =>
  json(code, { kind: 'Status', status: 'Failure', message: `it is ${reason}`, reason, code }, headers);

export const hangUp: Answer = (response) => void response.destroy();

export class ApiStub {
  readonly asked: Asked[] = [];
  /** Answers to come; the last one answers all further requests. */
  answers: Answer[] = [];
  connections = 0;
  /** What it was asked to connect to, as a proxy; it refuses. */
  readonly connects: string[] = [];
  /** Whether credentials were asked for anew, call by call. */
  readonly fresh: boolean[] = [];
  token = 'first';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', () => this.connections++);
    this.#server.on('connect', (request, socket) => {
      this.connects.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  access(overrides: Partial<ClusterAccess> = {}): ClusterAccess {
    return {
      server: `http://127.0.0.1:${this.port}`,
      namespace: undefined,
      proxyUrl: undefined,
      verify: true,
      tlsServerName: undefined,
      credentials: (fresh = false): Promise<Credentials> => {
        this.fresh.push(fresh);
        return Promise.resolve({ headers: { authorization: `Bearer ${this.token}` } });
      },
      ...overrides,
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    this.asked.push(asked);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer) answer(response, asked);
    else response.destroy();
  }
}
