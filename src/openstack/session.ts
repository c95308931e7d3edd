/** A session with one cloud: authentication, catalog, deadlines, retries of reads, and the counting of calls. */
import { CallMeter } from '../base/call-meter.ts';
import { sleep, systemClock, type Clock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { rememberSecret } from '../base/known-secrets.ts';
import { silentLog, type Log } from '../base/log.ts';
import { jitter, systemRandom, type Random } from '../base/random.ts';
import type { WriteGate } from '../base/write-gate.ts';
import { findEndpoint, hasService, versionedBase } from './catalog.ts';
import type { CloudConfig, ServiceName } from './cloud-config.ts';
import { jsonIn } from './error-text.ts';
import { answerError, failureError, requestIdOf, titleOf, type Asked } from './errors.ts';
import { HttpFailure, UndiciTransport, type HttpAnswer, type Transport } from './http.ts';
import { readToken, tokenRequest, type Token } from './identity.ts';
import { TokenKeeper } from './token-keeper.ts';

export interface SessionOptions {
  cloud: CloudConfig;
  clock?: Clock;
  random?: Random;
  log?: Log;
  /** Replaces the network, for tests. */
  transport?: Transport;
  /** Deadline of a call that names none, milliseconds (default 60,000; a create took 30 s with 32 in flight, measured). */
  timeoutMs?: number;
  /** Everything but reads passes it; absent: it is always open. */
  gate?: WriteGate;
  /** Where calls are counted, so that a count outlives the session. */
  meter?: CallMeter;
}

/** What each call may say about itself. */
export interface CallOptions {
  /** Deadline of the call with its retries, milliseconds. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface Call extends Asked, CallOptions {
  query?: Readonly<Record<string, QueryValue>> | undefined;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Replaces the endpoint of the catalog. */
  base?: string | undefined;
}

export interface Answer {
  status: number;
  /** Parsed JSON; undefined when the answer has none. */
  body: unknown;
  /** Of its text. */
  length: number;
  requestId: string | undefined;
}

export interface Identity {
  projectId: string;
  userId: string;
  applicationCredentialId: string | undefined;
  /** Milliseconds since the epoch. */
  passwordExpiresAt: number | undefined;
}

const TIMEOUT_MS = 60_000;
/** Reads are tried again after about 0.5 s and 1 s. */
const RETRIES = 2;
const RETRY_BASE_MS = 500;
/** A peer that asks for a longer pause gets it from the caller's own backoff. */
const LONGEST_PAUSE_MS = 5_000;

export class Session {
  readonly cloud: CloudConfig;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #gate: WriteGate | undefined;
  readonly #tokens: TokenKeeper;
  readonly #calls = new Map<string, number>();
  readonly #meter: CallMeter;

  constructor(options: SessionOptions) {
    this.cloud = options.cloud;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#log = options.log ?? silentLog;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#gate = options.gate;
    this.#meter = options.meter ?? new CallMeter();
    this.#transport =
      options.transport ??
      new UndiciTransport({ clock: this.#clock, cacert: options.cloud.cacert, verify: options.cloud.verify });
    this.#tokens = new TokenKeeper(() => this.#authenticate(), this.#clock, this.#random);
  }

  /** Who we are. Rejects with EhosError `Auth` when Keystone refuses the credentials. */
  async identity(signal?: AbortSignal): Promise<Identity> {
    const { projectId, userId, applicationCredentialId, passwordExpiresAt } = await this.#token(signal);
    return { projectId, userId, applicationCredentialId, passwordExpiresAt };
  }

  /** False when the catalog has no such service at all: some clouds have no volumes. */
  async offers(service: ServiceName, signal?: AbortSignal): Promise<boolean> {
    const { endpoints } = await this.#token(signal);
    return service in this.cloud.endpointOverrides || hasService(endpoints, service);
  }

  /** The base URL of a service with its version, without trailing slash. Rejects with `Invalid` when the catalog has none that fits. */
  async endpoint(service: ServiceName, signal?: AbortSignal): Promise<string> {
    return this.#baseOf(service, await this.#token(signal));
  }

  /**
   * One call. Reads are tried again after failures that may pass, changes never: their error says by `maybeDone` whether
   * they may have been made all the same. Rejects with EhosError, see errors.ts.
   */
  async request(call: Call): Promise<Answer> {
    const deadline = this.#clock.now() + (call.timeoutMs ?? this.#timeoutMs);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(call, deadline);
      } catch (error) {
        const pause = this.#pauseBeforeRetry(call, error, attempt, deadline);
        if (pause === undefined) throw error;
        await sleep(this.#clock, pause, call.signal).catch(() => undefined);
        if (call.signal?.aborted) throw error;
      }
    }
  }

  /** Calls made so far, by service, method and resource: `compute GET servers` -> 12, `compute POST servers/action` -> 3. */
  calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }

  /** Ends the connections; calls under way reject. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #attempt(call: Call, deadline: number): Promise<Answer> {
    const token = await this.#token(call.signal, deadline - this.#clock.now());
    const answer = await this.#send(call, token, deadline);
    if (answer.status !== 401) return this.#accept(call, answer);
    // refused without being carried out: this alone may be repeated whatever the method is
    const fresh = await this.#giveUpWith(this.#tokens.replace(token), call.signal, deadline - this.#clock.now());
    const again = await this.#send(call, fresh, deadline);
    if (again.status !== 401) return this.#accept(call, again);
    // Keystone believes us, the service does not: its own way to Keystone is broken (Glance answers so when Keystone is down)
    throw new EhosError('Transient', `${titleOf(call)}: 401 although Keystone has just issued the token`, {
      status: 401,
      cause: answerError(call, again),
    });
  }

  async #send(call: Call, token: Token, deadline: number): Promise<HttpAnswer> {
    const base = call.base ?? this.#baseOf(call.service, token);
    const headers = { ...call.headers, 'x-auth-token': token.value };
    return this.#exchange(call, `${base}${call.path}${queryText(call.query)}`, headers, deadline);
  }

  async #exchange(call: Call, url: string, headers: Record<string, string>, deadline: number): Promise<HttpAnswer> {
    const started = this.#clock.now();
    if (call.signal?.aborted) throw new EhosError('Transient', `${titleOf(call)}: given up by the caller`);
    const gate = call.method === 'GET' ? undefined : this.#gate;
    gate?.pass(titleOf(call));
    const asked = { kind: call.service, request: this.#count(call) };
    const send = (): Promise<HttpAnswer> =>
      this.#transport.send({
        method: call.method,
        url,
        headers: {
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          'user-agent': 'ehos',
          ...headers,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        timeoutMs: Math.max(1, deadline - started),
        signal: call.signal,
        ...(gate && { gate }),
      });
    try {
      const answer = await this.#meter.time(this.#clock, asked, send, { answer: ({ status }) => String(status) });
      const facts = { call: titleOf(call), status: answer.status, ms: this.#clock.now() - started };
      this.#log.debug('openstack call', { ...facts, requestId: requestIdOf(answer) });
      return answer;
    } catch (error) {
      throw error instanceof HttpFailure ? failureError(call, error) : error;
    }
  }

  #accept(call: Call, answer: HttpAnswer): Answer {
    // 300 is how Glance, Cinder and Keystone list their versions
    if (answer.status > 300) throw answerError(call, answer);
    const requestId = requestIdOf(answer);
    if (answer.body === '' || !/json/i.test(answer.header('content-type') ?? '')) {
      return { status: answer.status, body: undefined, length: answer.body.length, requestId };
    }
    let body: unknown;
    try {
      body = parseJson(answer.body);
    } catch (error) {
      throw new EhosError('Transient', `${titleOf(call)}: ${answer.status} with a body that is ${messageOf(error)}`, {
        status: answer.status,
        maybeDone: call.method !== 'GET',
        ...(requestId === undefined ? {} : { requestId }),
      });
    }
    return { status: answer.status, body, length: answer.body.length, requestId };
  }

  #baseOf(service: ServiceName, token: Token): string {
    if (service === 'identity') return this.cloud.authUrl;
    const { interface: wanted, region, endpointOverrides } = this.cloud;
    const url = endpointOverrides[service] ?? findEndpoint(token.endpoints, { service, interface: wanted, region });
    return versionedBase(service, url, token.projectId);
  }

  #token(signal: AbortSignal | undefined, timeoutMs = this.#timeoutMs): Promise<Token> {
    return this.#giveUpWith(this.#tokens.current(), signal, timeoutMs);
  }

  /** The token is shared by all calls: a caller that gives up stops waiting, and does not stop the authentication. */
  #giveUpWith(pending: Promise<Token>, signal: AbortSignal | undefined, timeoutMs: number): Promise<Token> {
    return new Promise((resolve, reject) => {
      const title = 'identity POST /auth/tokens';
      const onAbort = (): void => reject(new EhosError('Transient', `${title}: given up by the caller`));
      const cancel = this.#clock.after(Math.max(1, timeoutMs), () =>
        reject(new EhosError('Timeout', `${title}: no answer within the deadline of the call`)),
      );
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.then(resolve, reject).finally(() => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
      });
    });
  }

  async #authenticate(): Promise<Token> {
    const call: Call = {
      service: 'identity',
      method: 'POST',
      path: '/auth/tokens',
      body: tokenRequest(this.cloud.credentials),
    };
    const answer = await this.#exchange(
      call,
      `${this.cloud.authUrl}${call.path}`,
      {},
      this.#clock.now() + this.#timeoutMs,
    );
    if (answer.status !== 201) throw this.#authenticationError(answerError(call, answer));
    const token = readToken(answer.header('x-subject-token'), jsonIn(answer.body), this.#clock.now());
    if (token) rememberSecret(token.value);
    else throw new EhosError('Transient', `${titleOf(call)}: unexpected answer: no token of a project`);
    return token;
  }

  /** Keystone gives one answer to all that can be wrong: say what to look at. */
  #authenticationError(error: EhosError): EhosError {
    if (error.errorClass !== 'Auth') return error;
    const hint =
      this.cloud.credentials.method === 'password'
        ? 'check user, password, project and their domains, and that the user has a role in the project'
        : 'check id and secret of the application credential, and that it exists and has not expired';
    return new EhosError('Auth', `${error.message} (clouds.yaml: clouds.${this.cloud.name}: ${hint})`, {
      cause: error,
      ...(error.status === undefined ? {} : { status: error.status }),
      ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    });
  }

  #pauseBeforeRetry(call: Call, error: unknown, attempt: number, deadline: number): number | undefined {
    if (call.method !== 'GET' || attempt >= RETRIES || call.signal?.aborted || !mayPass(error)) return undefined;
    const pause = error.retryAfterMs ?? jitter(this.#random, RETRY_BASE_MS * 2 ** attempt, 0.5);
    return pause <= LONGEST_PAUSE_MS && this.#clock.now() + pause < deadline ? pause : undefined;
  }

  /** Returns what it is counted as within its service. */
  #count(asked: Asked): string {
    // every second word is an id, or `detail`, which is the same list with more in it
    const [resource = '', , action] = asked.path.slice(1).split('/');
    const what = resource === '' ? 'versions' : action === undefined ? resource : `${resource}/${action}`;
    const request = `${asked.method} ${what}`;
    const key = `${asked.service} ${request}`;
    this.#calls.set(key, (this.#calls.get(key) ?? 0) + 1);
    return request;
  }
}

/** No answer, a failing server, or a rate limit; an answer that was cut off for its length would only come again. */
function mayPass(error: unknown): error is EhosError {
  if (!(error instanceof EhosError)) return false;
  if (error.errorClass === 'RateLimited') return true;
  if (error.errorClass !== 'Transient' && error.errorClass !== 'Timeout') return false;
  if (error.cause instanceof HttpFailure && error.cause.kind === 'tooLarge') return false;
  return error.status === undefined || error.status >= 500;
}

function queryText(query: Call['query']): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const item of Array.isArray(value)
      ? (value as readonly string[])
      : [value as string | number | boolean | undefined]) {
      if (item !== undefined) parts.append(key, String(item));
    }
  }
  const text = parts.toString();
  return text === '' ? '' : `?${text}`;
}
