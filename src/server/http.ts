/** Liveness, readiness, metrics and snapshots over plain HTTP. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EhosError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Readiness } from '../controllers/readiness.ts';
import type { Metrics } from './metrics.ts';
import { isSnapshotPath, snapshotAnswer, type Answer, type SnapshotSource } from './snapshot-route.ts';

export interface HttpServerOptions {
  /** Where to listen; port 0 takes a free one. */
  host: string;
  port: number;
  readiness: () => Readiness;
  metrics: Metrics;
  snapshots: SnapshotSource;
  log: Log;
}

export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

/** Rejects with EhosError `Invalid`, naming the flag, when it cannot listen there. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const { host, port, log } = options;
  const server = createServer((request, response) => {
    answer(request, options)
      .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
      .catch((error: unknown) => {
        log.error('request failed', { path: request.url, error });
        response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
      });
  });
  // a slow or silent client must not hold a connection for ever
  server.requestTimeout = 10_000;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(refusal(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** A name that leads nowhere or an address of another machine is the host's fault, everything else the port's. */
function refusal(error: NodeJS.ErrnoException, host: string, port: number): EhosError {
  const aboutHost = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'].includes(error.code ?? '');
  const field = aboutHost ? 'metrics-host' : 'metrics-port';
  const hint = aboutHost ? 'give an address of this machine, or 0.0.0.0' : 'give a free port, or 0';
  const message = `--${field}: cannot listen on ${host}:${port}: ${messageOf(error)}; ${hint}`;
  return new EhosError('Invalid', message, { field, cause: error });
}

const PLAIN = 'text/plain; charset=utf-8';

async function answer(request: IncomingMessage, options: HttpServerOptions): Promise<Answer> {
  const { metrics, snapshots } = options;
  const { ready, role, missing } = options.readiness();
  // only path and query matter; what is no path of ours at all is not found
  const url = new URL(request.url?.startsWith('/') ? `http://localhost${request.url}` : 'http://localhost/');
  const notReady = { status: 503, type: PLAIN, body: `${missing.join('\n') || 'not started yet'}\n` };
  if (isSnapshotPath(url.pathname)) return ready ? snapshotAnswer(url, request.headers.accept, snapshots) : notReady;
  switch (url.pathname) {
    case '/healthz':
      return { status: 200, type: PLAIN, body: 'ok\n' };
    case '/readyz':
      return ready ? { status: 200, type: PLAIN, body: role === 'alone' ? 'ok\n' : `${role}\n` } : notReady;
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return { status: 404, type: PLAIN, body: 'there are /healthz, /readyz, /metrics and /snapshot\n' };
  }
}
