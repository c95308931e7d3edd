/** One HTTP exchange with a deadline and a limit: what the session stands on, and what a test replaces. */
import { rootCertificates } from 'node:tls';
import { Agent, fetch, type Response } from 'undici';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { gated } from '../base/gated-dispatcher.ts';
import type { WriteGate } from '../base/write-gate.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface HttpRequest {
  method: HttpMethod;
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** Deadline of the whole exchange, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Asked immediately before the request is written; what is under way ends when it closes. */
  gate?: WriteGate | undefined;
}

export interface HttpAnswer {
  status: number;
  /** Value of a header, by its name in any case. */
  header(name: string): string | undefined;
  body: string;
}

/**
 * Why there is no answer.
 * - `unreachable`: the request was certainly not sent.  - `untrusted`: the peer's certificate was refused; not sent either.
 * - `refused`: this process must not send it, and did not.
 * - `lost`: the connection broke after the request went out.  - `timeout`, `aborted`: nobody knows.
 * - `tooLarge`: there is one, but it exceeds the limit.
 */
export type HttpFailureKind = 'unreachable' | 'untrusted' | 'refused' | 'lost' | 'timeout' | 'aborted' | 'tooLarge';

export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';

  constructor(
    readonly kind: HttpFailureKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

export interface Transport {
  /** Rejects with HttpFailure only. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  clock: Clock;
  /** Certificates trusted besides the well-known ones, PEM. */
  cacert?: string | undefined;
  /** false accepts any certificate. */
  verify?: boolean;
  /** Answers longer than this are refused, bytes (default 32 MiB; 1000 servers take 1.6 MB, and 16 MB where an admin sees their user data). */
  maxBodyBytes?: number;
  /** All answers that are being read together (default 64 MiB). */
  maxUnderWayBytes?: number;
}

/** No sane cloud needs more; calls beyond wait for a free connection. */
const CONNECTIONS_PER_HOST = 16;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_UNDER_WAY_BYTES = 64 * 1024 * 1024;
/** Of a refusal only the beginning is read: Nova repeats the request in it, 130 kB with the largest user data. */
const MAX_REFUSAL_BYTES = 512 * 1024;

/** Errors of node and undici that end a connection before the request was written. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|\w*HANDSHAKE\w*))$/;
/** Codes such as ETIMEDOUT and EHOSTUNREACH also end established connections: only these calls tell that it was not one. */
const BEFORE_CONNECTED = ['connect', 'getaddrinfo'];
/** OpenSSL's reasons, as node names them, for not believing a certificate. */
const UNTRUSTED =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECODE)|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|INVALID_PURPOSE/;

/** The transport of one cloud: connections of its own, since each cloud has its own certificate authority. */
export class UndiciTransport implements Transport {
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #maxBodyBytes: number;
  readonly #maxUnderWayBytes: number;
  #underWayBytes = 0;

  constructor(options: TransportOptions) {
    this.#clock = options.clock;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#maxUnderWayBytes = options.maxUnderWayBytes ?? MAX_UNDER_WAY_BYTES;
    this.#agent = new Agent({
      connections: CONNECTIONS_PER_HOST,
      // the deadline of each call governs; undici's own 300 s would end nothing earlier
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        rejectUnauthorized: options.verify ?? true,
        // `ca` replaces node's list: endpoints of one cloud may be signed by its own authority and by a well-known one
        ...(options.cacert === undefined ? {} : { ca: [...rootCertificates, options.cacert] }),
      },
    });
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
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
      return await this.#exchange(request, controller.signal);
    } catch (error) {
      if (error instanceof HttpFailure) throw error;
      if (ended === 'timeout')
        throw new HttpFailure('timeout', `no answer within ${request.timeoutMs / 1000} s`, error);
      if (ended === 'aborted') throw new HttpFailure('aborted', 'given up by the caller', error);
      throw connectionFailure(request.url, error);
    } finally {
      cancel();
      for (const signal of signals) signal?.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { gate } = request;
    const way = gate && gated(this.#agent, () => gate.pass(request.method));
    const sending = fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      // a redirect would carry the token to wherever it points
      redirect: 'manual',
      dispatcher: way?.dispatcher ?? this.#agent,
      signal,
    });
    const response = await sending.catch((error: unknown) => {
      const refusal = way?.refusal();
      throw refusal === undefined ? error : new HttpFailure('refused', messageOf(refusal), refusal);
    });
    const body = await this.#read(response);
    return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
  }

  /** The text of an answer; of a refusal that is too long its beginning. Leaving the loop cancels the stream, which ends the connection. */
  async #read(response: Response): Promise<string> {
    if (!response.body) return '';
    // 300 is how services list their versions
    const isRefusal = response.status > 300;
    const limit = isRefusal ? Math.min(MAX_REFUSAL_BYTES, this.#maxBodyBytes) : this.#maxBodyBytes;
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        size += chunk.byteLength;
        this.#underWayBytes += chunk.byteLength;
        if (size > limit && !isRefusal) throw new HttpFailure('tooLarge', `the answer is longer than ${limit} bytes`);
        if (this.#underWayBytes > this.#maxUnderWayBytes)
          throw new HttpFailure('tooLarge', `answers of more than ${this.#maxUnderWayBytes} bytes are being read`);
        chunks.push(chunk);
        if (size > limit) break;
      }
      return Buffer.concat(chunks).toString('utf8');
    } finally {
      this.#underWayBytes -= size;
    }
  }
}

function connectionFailure(url: string, error: unknown): HttpFailure {
  const { code, syscall, detail } = innermost(error);
  const host = new URL(url).host;
  if (NOT_SENT.test(code) || BEFORE_CONNECTED.includes(syscall))
    return new HttpFailure('unreachable', `cannot connect to ${host}: ${code}`, error);
  if (UNTRUSTED.test(code))
    return new HttpFailure('untrusted', `the certificate of ${host} is not trusted: ${detail}`, error);
  return new HttpFailure('lost', `the connection to ${host} broke: ${detail}`, error);
}

/** fetch wraps the error that says something in one or two that do not; a host with two addresses gives an AggregateError. */
function innermost(error: unknown): { code: string; syscall: string; detail: string } {
  let current: unknown = error;
  for (let depth = 0; depth < 5; depth++) {
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
    else if (current instanceof Error && current.cause !== undefined) current = current.cause;
    else break;
  }
  const { code = '', syscall = '' } = current instanceof Error ? (current as NodeJS.ErrnoException) : {};
  const message = current instanceof Error ? current.message : String(current);
  return { code, syscall, detail: code === '' ? message : `${message} (${code})` };
}
