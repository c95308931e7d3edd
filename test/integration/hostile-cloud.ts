/** An OpenStack over a real socket that answers well where it must, so that one gets to ask on, and badly in one place. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { listenLocally } from '../../src/sandbox/listen.ts';

/** Which call is answered badly; everything before it is answered well. */
export type Place = 'token' | 'servers' | 'limits' | 'flavors';

export const PLACES: Place[] = ['token', 'servers', 'limits', 'flavors'];

export type Badness = (response: ServerResponse) => void;

const CHUNK = Buffer.alloc(64 * 1024, '{"a":1},');

/** Writes until nobody reads any more, no faster than it is read. */
function endless(response: ServerResponse, chunk: Buffer, most = Infinity): void {
  let sent = 0;
  const more = (): void => {
    while (!response.destroyed && sent < most) {
      sent += chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

const json = (response: ServerResponse, status = 200): ServerResponse =>
  response.writeHead(status, { 'content-type': 'application/json' });
const sends =
  (body: string, status = 200): Badness =>
  (response) =>
    void json(response, status).end(body);
const MEGABYTES_200 = 200 * 1024 * 1024;
const BOMB = gzipSync(Buffer.alloc(MEGABYTES_200, ' '));

export const BADNESS: Record<string, Badness> = {
  truncated: sends('{"servers": [{"id": "a", "na'),
  'of 200 MB': (response) => endless(json(response), CHUNK, MEGABYTES_200),
  'without end': (response) => endless(json(response), CHUNK),
  'dripping slowly': (response) => {
    json(response);
    const timer = setInterval(() => void response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  'never coming': () => undefined,
  'of wrong types': sends('{"servers": 5, "limits": "none", "flavors": null, "token": []}'),
  null: sends('null'),
  'a list': sends('[]'),
  'of items that are none': sends(
    '{"servers": [null], "flavors": [7], "limits": {"absolute": {"maxTotalCores": "10"}}}',
  ),
  'nested 100,000 deep': sends(`{"servers": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  'of millions of values': (response) => void json(response).end(`{"servers": [${'{},'.repeat(5_000_000)}{}]}`),
  'a bomb of gzip': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(BOMB);
  },
  'with a flood of headers': (response) => {
    for (let i = 0; i < 2_000; i++) response.setHeader(`x-flood-${i}`, 'x'.repeat(100));
    response.end('{}');
  },
  'a refusal of 200 MB': (response) =>
    endless(json(response, 500), Buffer.alloc(64 * 1024, '<h1><head><'), MEGABYTES_200),
  'a refusal that drives the terminal': sends(
    '{"badRequest": {"message": "\\u001b[2J\\u001b]0;pwned\\u0007 two\\nlines \\u202egnol $(id) `id`", "code": 500}}',
    500,
  ),
  'a refusal that repeats the password': (response) =>
    void json(response, 500).end('{"error": {"message": "bad password hostile-password-1"}}'),
  'hung up': (response) => void response.destroy(),
};

export class HostileCloud {
  port = 0;
  readonly #server: Server;

  constructor(place: Place, badness: Badness) {
    this.#server = createServer((request, response) => {
      request.resume();
      response.on('error', () => undefined);
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      if (placeOf(path) === place) badness(response);
      else this.#well(path, response);
    });
  }

  async start(): Promise<this> {
    this.port = await listenLocally(this.#server, 0);
    return this;
  }

  cloudsYaml(): string {
    const auth = {
      auth_url: `http://127.0.0.1:${this.port}/v3`,
      username: 'ehos',
      password: 'hostile-password-1',
      project_name: 'ehos',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    };
    return JSON.stringify({ clouds: { c: { auth } } });
  }

  #well(path: string, response: ServerResponse): void {
    const base = `http://127.0.0.1:${this.port}`;
    if (path.endsWith('/auth/tokens')) {
      const endpoints = (type: string): object => ({
        type,
        endpoints: [{ interface: 'public', region: 'r', url: `${base}/${type}` }],
      });
      const token = {
        project: { id: 'p' },
        user: { id: 'u' },
        expires_at: '2999-01-01T00:00:00Z',
        catalog: ['compute', 'image', 'network'].map(endpoints),
      };
      response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': 'a-token-of-a-hostile-cloud' });
      response.end(JSON.stringify({ token }));
      return;
    }
    sends(JSON.stringify(WELL[placeOf(path) ?? 'version']))(response);
  }
}

const LIMITS = ['Instances', 'Cores', 'RAMSize'].flatMap((what) => [
  [`maxTotal${what}`, 10],
  [{ Instances: 'totalInstancesUsed', Cores: 'totalCoresUsed', RAMSize: 'totalRAMUsed' }[what], 0],
]);
const GROUPS = { maxServerGroups: 1, totalServerGroupsUsed: 0, maxServerGroupMembers: 1 };
const WELL = {
  version: { version: { id: 'v2.1', status: 'CURRENT', version: '2.96', min_version: '2.1' } },
  token: {},
  servers: { servers: [] },
  limits: { limits: { absolute: { ...(Object.fromEntries(LIMITS) as object), ...GROUPS } } },
  flavors: { flavors: [] },
};

function placeOf(path: string): Place | undefined {
  if (path.endsWith('/auth/tokens')) return 'token';
  if (path.endsWith('/servers/detail')) return 'servers';
  if (path.endsWith('/limits')) return 'limits';
  return path.endsWith('/flavors/detail') ? 'flavors' : undefined;
}
