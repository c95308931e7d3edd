import { HttpFailure, type HttpAnswer, type HttpRequest, type Transport } from '../../../src/openstack/http.ts';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { fixture } from './fixtures.ts';

export interface Reply {
  status?: number;
  /** An object is sent as JSON, a text as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** `GET http://host/path` without query, and the parts. */
export interface Seen {
  line: string;
  query: URLSearchParams;
  body: unknown;
  request: HttpRequest;
}

export type Handler = (seen: Seen) => Reply | HttpFailure | undefined | Promise<Reply | HttpFailure | undefined>;

export const CLOUD: CloudConfig = {
  name: 'c',
  authUrl: 'http://127.0.0.1:5000/v3',
  credentials: {
    method: 'password',
    user: { name: 'ehos', domain: { name: 'Default' } },
    password: 'hunter2',
    project: { name: 'ehos', domain: { name: 'Default' } },
  },
  region: 'RegionOne',
  interface: 'public',
  cacert: undefined,
  verify: true,
  endpointOverrides: {},
};

export const NOVA = 'http://127.0.0.1:8774/v2.1';
export const GLANCE = 'http://127.0.0.1:9292/v2';
export const NEUTRON = 'http://127.0.0.1:9696/v2.0';
export const PROJECT = 'b32e097796964596810e36a5b1535f7c';
export const CINDER = `http://127.0.0.1:8776/v3/${PROJECT}`;

/** A Keystone and a Nova version document as captured; the rest is the test's. Unanswered calls are 404 like a router's. */
export class FakeTransport implements Transport {
  readonly seen: Seen[] = [];
  closed = false;
  readonly #handler: Handler;

  constructor(handler: Handler = () => undefined) {
    this.#handler = handler;
  }

  /** The lines of all calls, authentication and version document left out. */
  get lines(): string[] {
    return this.seen.map((seen) => seen.line).filter((line) => !/\/auth\/tokens$|\/v2\.1\/$/.test(line));
  }

  count(line: string): number {
    return this.seen.filter((seen) => seen.line === line).length;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(request.url);
    const seen: Seen = {
      line: `${request.method} ${url.origin}${url.pathname}`,
      query: url.searchParams,
      body: request.body === undefined ? undefined : (JSON.parse(request.body) as unknown),
      request,
    };
    this.seen.push(seen);
    const reply = (await this.#handler(seen)) ?? standardReply(seen);
    if (reply instanceof HttpFailure) throw reply;
    const text = typeof reply.body === 'string';
    const headers = new Headers({ 'content-type': text ? 'text/html' : 'application/json', ...reply.headers });
    return {
      status: reply.status ?? 200,
      header: (name) => headers.get(name) ?? undefined,
      body: text ? (reply.body as string) : reply.body === undefined ? '' : JSON.stringify(reply.body),
    };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Keystone's captured answer; each token has a number of its own. */
export function tokenReply(value = 'gAAAAABtoken', change: Record<string, unknown> = {}): Reply {
  const { body } = fixture('keystone-auth-password-project').response as { body: { token: Record<string, unknown> } };
  return { status: 201, headers: { 'x-subject-token': value }, body: { token: { ...body.token, ...change } } };
}

/** A captured answer. */
export function captured(name: string): Reply {
  const { status, headers, body } = fixture(name).response;
  return { status, headers, body };
}

function standardReply(seen: Seen): Reply {
  if (seen.line.endsWith('/auth/tokens')) return tokenReply();
  if (seen.line === `GET ${NOVA}/`) return captured('nova-v21');
  return captured('nova-unknown-path-404');
}
