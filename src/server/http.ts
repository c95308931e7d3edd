/** Plain HTTP: paths, and what answers them. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EhosError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

export interface Answer {
  status: number;
  type: string;
  body: string;
}

export interface Asked {
  method: string;
  url: URL;
  /** The header of that name. */
  accept: string | undefined;
  /** Of a PUT; at most 1 KiB. */
  body: string;
}

export interface Route {
  /** Takes PUT as well as GET and HEAD. */
  puts?: boolean;
  answer: (asked: Asked) => Answer | Promise<Answer>;
}

/** By path. */
export type Routes = ReadonlyMap<string, Route>;

export interface HttpServerOptions {
  /** Where to listen; port 0 takes a free one. */
  host: string;
  port: number;
  /** Flags that set these are `--NAME-host` and `--NAME-port`. */
  name: string;
  routes: Routes;
  log: Log;
}

export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

const PLAIN = 'text/plain; charset=utf-8';

/** A level of the log is a word. */
const MOST_BODY = 1024;

export function plain(status: number, text: string): Answer {
  return { status, type: PLAIN, body: `${text}\n` };
}

/** Rejects with EhosError `Invalid`, naming the flag, when it cannot listen there. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const { host, port, name, log } = options;
  const server = createServer((request, response) => {
    answer(request, options.routes)
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : body);
      })
      .catch((error: unknown) => {
        log.error('request failed', { path: request.url, error });
        response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
      });
  });
  // a slow or silent client must not hold a connection for ever
  server.requestTimeout = 10_000;
  await listen(server, host, port, name);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listen(server: Server, host: string, port: number, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(refusal(error, host, port, name));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** A name that leads nowhere or an address of another machine is the host's fault, everything else the port's. */
function refusal(error: NodeJS.ErrnoException, host: string, port: number, name: string): EhosError {
  const aboutHost = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'].includes(error.code ?? '');
  const field = aboutHost ? `${name}-host` : `${name}-port`;
  const hint = aboutHost ? 'give an address of this machine, or 0.0.0.0' : 'give a free port, or 0';
  const message = `--${field}: cannot listen on ${host}:${port}: ${messageOf(error)}; ${hint}`;
  return new EhosError('Invalid', message, { field, cause: error });
}

async function answer(request: IncomingMessage, routes: Routes): Promise<Answer> {
  // only path and query matter; what is no path of ours at all is not found
  const url = new URL(request.url?.startsWith('/') ? `http://localhost${request.url}` : 'http://localhost/');
  const route = routes.get(url.pathname);
  if (!route) return plain(404, `there are ${listed([...routes.keys()].filter((path) => !path.includes('.')))}`);
  const { method = 'GET' } = request;
  if (!(method === 'GET' || method === 'HEAD' || (method === 'PUT' && route.puts === true)))
    return plain(405, `${url.pathname} takes GET${route.puts === true ? ' and PUT' : ''}`);
  const body = method === 'PUT' ? await bodyOf(request) : '';
  if (body === undefined) return plain(413, `at most ${MOST_BODY} bytes`);
  return await route.answer({ method, url, accept: request.headers.accept, body });
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listed(paths: readonly string[]): string {
  return paths.length < 2 ? paths.join() : `${paths.slice(0, -1).join(', ')} and ${paths.at(-1) ?? ''}`;
}
