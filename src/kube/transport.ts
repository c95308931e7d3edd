/**
 * Requests to one API server over one shared pool of connections.
 * Connections are shared because client-node 1.4.0 opens one for each call (measured: 300 for 300 GETs), without any deadline.
 */
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { gated } from '../base/gated-dispatcher.ts';
import type { WriteGate } from '../base/write-gate.ts';
import type { ClusterAccess, Credentials } from './config.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query, beginning with a slash. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Deadline of the whole exchange, milliseconds; for a stream only until its headers have come. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Asked immediately before the request is written; what is under way ends when it closes. */
  gate?: WriteGate | undefined;
}

export interface ApiAnswer {
  status: number;
  /** Value of a header by its name in lower case. */
  header: (name: string) => string | undefined;
  body: string;
}

export interface ApiStream extends Omit<ApiAnswer, 'body'> {
  /** Must be read to its end or left: else the connection stays open. */
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Why there is no answer.
 * - `unreachable`: the request was certainly not sent.   - `lost`: the connection broke afterwards.
 * - `timeout`, `aborted`: nobody knows.                  - `tooLarge`: there is one, but beyond the limit.
 */
export type FailureKind = 'unreachable' | 'lost' | 'timeout' | 'aborted' | 'tooLarge';

export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';

  constructor(
    readonly kind: FailureKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** What the client stands on, and what a test replaces. */
export interface Transport {
  /** The whole answer, whatever its status. Rejects with TransportFailure, or with EhosError: `Auth` without credentials, or as the gate refuses. */
  send(request: ApiRequest, freshCredentials?: boolean): Promise<ApiAnswer>;
  /** The same for an answer that is read as it comes, if it is a success (200). `request.signal` also ends the reading, with an error. */
  open(request: ApiRequest, freshCredentials?: boolean): Promise<ApiStream | ApiAnswer>;
  /** Ends all connections; open calls reject. */
  close(): Promise<void>;
}

/** A page of 500 nodes takes about 3 MB, and 20 MB where all texts of all nodes are as long as they may be. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Of a refusal only the beginning is read: a Status takes some hundred bytes, and with a cause for each field of an object some kilobytes. */
const MAX_REFUSAL_BYTES = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
/** To one API server; four of them are watches. */
const MAX_CONNECTIONS = 64;
/** Reused no longer than this after its last use: shorter than what load balancers in front of API servers allow (HAProxy in kubeadm's guide: 20 s). */
const KEEP_ALIVE_MS = 15_000;

/** Errors of node and undici that end a connection before the request was written. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|EPROTO|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|ERR_TLS|ERR_SSL)/;

export class ApiTransport implements Transport {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #maxBodyBytes: number;
  readonly #base: URL;
  #pool: { tls: string; dispatcher: Dispatcher } | undefined;
  #closed = false;

  constructor(access: ClusterAccess, clock: Clock, maxBodyBytes = MAX_BODY_BYTES) {
    this.#access = access;
    this.#clock = clock;
    this.#maxBodyBytes = maxBodyBytes;
    this.#base = new URL(access.server);
  }

  async send(request: ApiRequest, freshCredentials = false): Promise<ApiAnswer> {
    return await this.#deadline(request, async (signal) => {
      const response = await this.#dispatch(request, freshCredentials, signal);
      const head = { status: response.statusCode, header: headerOf(response) };
      return { ...head, body: await this.#body(response) };
    });
  }

  async open(request: ApiRequest, freshCredentials = false): Promise<ApiStream | ApiAnswer> {
    // the deadline ends with the headers, so that the reading needs a signal of its own
    const reading = new AbortController();
    const end = (): void => reading.abort();
    const detach = (): void => request.signal?.removeEventListener('abort', end);
    request.signal?.addEventListener('abort', end, { once: true });
    try {
      return await this.#deadline(request, async (signal) => {
        signal.addEventListener('abort', end, { once: true });
        const response = await this.#dispatch(request, freshCredentials, reading.signal);
        signal.removeEventListener('abort', end);
        const head = { status: response.statusCode, header: headerOf(response) };
        if (head.status !== 200) {
          detach();
          return { ...head, body: await this.#body(response) };
        }
        return { ...head, chunks: readStream(response.body, reading.signal, detach) };
      });
    } catch (error) {
      detach();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.dispatcher.destroy();
  }

  async #dispatch(request: ApiRequest, fresh: boolean, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    // an exec plugin may never end
    const credentials = await unlessAborted(this.#access.credentials(fresh), signal);
    const { gate } = request;
    const dispatcher = this.#dispatcher(credentials);
    const way = gate && gated(dispatcher, () => gate.pass(`${request.method} ${request.path}`));
    const sending = (way?.dispatcher ?? dispatcher).request({
      origin: this.#base.origin,
      path: this.#base.pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { accept: 'application/json', ...request.headers, ...credentials.headers },
      body: request.body ?? null,
      signal,
    });
    return await sending.catch((error: unknown) => {
      throw way?.refusal() ?? error;
    });
  }

  async #body({ statusCode, body }: Dispatcher.ResponseData): Promise<string> {
    if (statusCode < 300) return await readLimited(body, this.#maxBodyBytes, 'refuse');
    return await readLimited(body, Math.min(MAX_REFUSAL_BYTES, this.#maxBodyBytes), 'cut');
  }

  /** The connections of these certificates. New ones begin anew; calls under way on the old ones end by themselves. */
  #dispatcher(credentials: Credentials): Dispatcher {
    if (this.#closed) throw new TransportFailure('aborted', 'the client is closed');
    const { ca, cert, key } = credentials;
    const tls = JSON.stringify([ca, cert, key]);
    if (this.#pool?.tls === tls) return this.#pool.dispatcher;
    const old = this.#pool?.dispatcher;
    const dispatcher = makeDispatcher(this.#access, credentials);
    this.#pool = { tls, dispatcher };
    old?.close().catch(() => undefined);
    return dispatcher;
  }

  async #deadline<T>(request: ApiRequest, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    let ended: 'timeout' | 'aborted' | undefined;
    const end = (why: 'timeout' | 'aborted'): void => {
      ended ??= why;
      controller.abort();
    };
    const cancel = this.#clock.after(request.timeoutMs, () => end('timeout'));
    const onAbort = (): void => end('aborted');
    const signals = [request.signal, request.gate?.signal];
    for (const signal of signals) {
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
    }
    try {
      return await run(controller.signal);
    } catch (error) {
      if (error instanceof TransportFailure || error instanceof EhosError) throw error;
      if (ended === 'timeout')
        throw new TransportFailure('timeout', `no answer within ${request.timeoutMs / 1000} s`, error);
      if (ended === 'aborted') throw new TransportFailure('aborted', 'given up by the caller', error);
      throw connectionFailure(error);
    } finally {
      cancel();
      for (const signal of signals) signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** Connections to the API server that trust whom the configuration trusts. */
export function makeDispatcher(access: ClusterAccess, { ca, cert, key }: Credentials): Dispatcher {
  const secure = {
    rejectUnauthorized: access.verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
  };
  // the deadline of each call governs, and a watch may rightly be silent for minutes
  const common = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS };
  if (access.proxyUrl === undefined)
    return new Agent({ ...common, connections: MAX_CONNECTIONS, connect: { ...secure, timeout: CONNECT_TIMEOUT_MS } });
  if (!/^https?:/.test(access.proxyUrl)) {
    throw new EhosError(
      'Invalid',
      `kubeconfig: proxy-url "${new URL(access.proxyUrl).protocol}//...": only http and https proxies are supported`,
      {
        field: 'proxy-url',
      },
    );
  }
  return new ProxyAgent({ ...common, uri: access.proxyUrl, requestTls: { ...secure, timeout: CONNECT_TIMEOUT_MS } });
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The text, of which `beyond` says what is to be done when it is longer than `limit` bytes. */
async function readLimited(body: AsyncIterable<Uint8Array>, limit: number, beyond: 'refuse' | 'cut'): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // leaving the loop destroys the stream, which ends the connection
    if (size > limit && beyond === 'refuse')
      throw new TransportFailure('tooLarge', `the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
    if (size > limit) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* readStream(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  done: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (signal.aborted) throw new TransportFailure('aborted', 'given up by the caller', error);
    throw connectionFailure(error);
  } finally {
    done();
  }
}

function headerOf(response: Dispatcher.ResponseData): (name: string) => string | undefined {
  return (name) => {
    const value = response.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
}

function connectionFailure(error: unknown): TransportFailure {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  const label = typeof code === 'string' ? code : '';
  const notSent = NOT_SENT.test(label) || syscall === 'connect' || syscall === 'getaddrinfo';
  // an error of several addresses (IPv4 and IPv6) has an empty message of its own
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error);
  return new TransportFailure(notSent ? 'unreachable' : 'lost', inner || label || 'connection failed', error);
}
