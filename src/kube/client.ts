/**
 * The Kubernetes API over plain requests.
 *
 * Of @kubernetes/client-node only the configuration is used (config.ts), not its typed APIs through `wrapHttpLibrary`: they drop what they
 * do not know (every `x-kubernetes-*` key; `metadata.continue` of generic lists), choose the patch type by a header hack, their errors print bodies and
 * headers, and their watch hangs on half-open connections. With plain data in and out and one transport below there is one place for
 * deadlines, limits, retries, counters and error classes, and every kind is handled alike.
 */
import { CallMeter } from '../base/call-meter.ts';
import { sleep, type Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { jitter, type Random } from '../base/random.ts';
import type { WriteGate } from '../base/write-gate.ts';
import type { KubeObject, ResourceType } from '../api/resources.ts';
import type { ClusterAccess } from './config.ts';
import { objectIn, pageIn } from './answers.ts';
import { answerError, failureError, type Attempt } from './errors.ts';
import { apiVersionOf, resourcePath } from './paths.ts';
import { ApiTransport, type ApiAnswer, type ApiRequest, type Transport } from './transport.ts';
import type { DeletePreconditions, KubeClient, ListPage, WatchEvent } from './types.ts';
import { readWatch } from './watch-stream.ts';

export interface RestKubeClientOptions {
  /** Which cluster, and as whom; or what replaces the network, for tests. */
  access: ClusterAccess | { transport: Transport };
  clock: Clock;
  random: Random;
  log: Log;
  /** Product and version: the server takes what stands before the slash as field manager. */
  userAgent: string;
  /** Deadline of one request, ms (default 30,000: etcd away for 10 s was measured to delay writes that then succeed). */
  timeoutMs?: number;
  /** Every change passes it; absent: it is always open. */
  gate?: WriteGate | undefined;
  /** Where requests are counted. */
  meter?: CallMeter;
}

const TIMEOUT_MS = 30_000;
/** Tries of a request that is safe to repeat. */
const TRIES = 3;
const RETRY_BASE_MS = 250;
/** A longer wish of the server is passed on to the caller instead of being waited for here. */
const MAX_RETRY_AFTER_MS = 5_000;
/** Warnings of the server that are remembered, so that each is logged once. */
const MAX_WARNINGS = 100;

export class RestKubeClient implements KubeClient {
  readonly #transport: Transport;
  readonly #options: RestKubeClientOptions;
  readonly #timeoutMs: number;
  readonly #gate: WriteGate | undefined;
  readonly #requests = new Map<string, number>();
  readonly #meter: CallMeter;
  readonly #warnings = new Set<string>();

  constructor(options: RestKubeClientOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#gate = options.gate;
    this.#meter = options.meter ?? new CallMeter();
    const { access, clock } = options;
    this.#transport = 'transport' in access ? access.transport : new ApiTransport(access, clock);
  }

  async get<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const request = this.#request('GET', resourcePath(type, { namespace, name }), undefined, signal);
    return objectIn(await this.#send(call('get', type, name), request), call('get', type, name).attempt) as T;
  }

  async list<T extends KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    options: { limit?: number; continueToken?: string; labelSelector?: string; fieldSelector?: string } = {},
    signal?: AbortSignal,
  ): Promise<ListPage<T>> {
    const { continueToken, ...query } = options;
    const path = resourcePath(type, { namespace }, { ...query, continue: continueToken });
    const answer = await this.#send(call('list', type), this.#request('GET', path, undefined, signal));
    const page = pageIn(answer, call('list', type).attempt);
    // items of built-in kinds come without their kind
    const items = page.items.map((item) =>
      item.kind === undefined ? { apiVersion: apiVersionOf(type), kind: type.kind, ...item } : item,
    );
    return { ...page, items: items as T[] };
  }

  async create<T extends KubeObject>(type: ResourceType, object: T, signal?: AbortSignal): Promise<T> {
    const { namespace, name } = object.metadata;
    const body = { apiVersion: apiVersionOf(type), kind: type.kind, ...object };
    const request = this.#request('POST', resourcePath(type, { namespace }), body, signal);
    return objectIn(await this.#send(call('create', type, name), request), call('create', type, name).attempt) as T;
  }

  async patch<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    name: string,
    patch: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const request = this.#request('PATCH', resourcePath(type, { namespace, name }), patch, signal);
    return objectIn(await this.#send(call('patch', type, name), request), call('patch', type, name).attempt) as T;
  }

  async patchStatus<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    name: string,
    patch: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    const path = resourcePath(type, { namespace, name, subresource: 'status' });
    const asked = call('patchStatus', type, name);
    return objectIn(await this.#send(asked, this.#request('PATCH', path, patch, signal)), asked.attempt) as T;
  }

  async delete(
    type: ResourceType,
    namespace: string,
    name: string,
    { uid, resourceVersion }: DeletePreconditions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(uid === undefined && resourceVersion === undefined ? {} : { preconditions: { uid, resourceVersion } }),
    };
    const request = this.#request('DELETE', resourcePath(type, { namespace, name }), body, signal);
    try {
      await this.#send(call('delete', type, name), request);
    } catch (error) {
      if (!(error instanceof EhosError && error.errorClass === 'NotFound')) throw error;
    }
  }

  async *watch<T extends KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    options: { resourceVersion: string; timeoutSeconds: number; labelSelector?: string; fieldSelector?: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const path = resourcePath(type, { namespace }, { watch: 1, allowWatchBookmarks: 'true', ...options });
    const { attempt, counter } = call('watch', type);
    const request = this.#request('GET', path, undefined, signal);
    try {
      const stream = await this.#withFreshCredentials((fresh) =>
        this.#counted(counter, () => this.#transport.open(request, fresh)),
      );
      if (!('chunks' in stream)) throw answerError(attempt, stream.status, stream.body, stream.header('retry-after'));
      yield* readWatch<T>(stream.chunks);
    } catch (error) {
      throw failureError(attempt, error);
    }
  }

  requests(): ReadonlyMap<string, number> {
    return this.#requests;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #request(method: ApiRequest['method'], path: string, body: unknown, signal: AbortSignal | undefined): ApiRequest {
    return {
      method,
      path,
      headers: {
        'user-agent': this.#options.userAgent,
        // JSON merge patch: the default would be another type, and strategic merge is refused for custom resources
        ...(body === undefined
          ? {}
          : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      },
      // undici frames the body of a DELETE, too; unframed, its preconditions would be ignored and the object deleted (measured)
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: this.#timeoutMs,
      signal,
      ...(method !== 'GET' && this.#gate && { gate: this.#gate }),
    };
  }

  /** The answer of a success, after a few tries where trying again is safe. Rejects with EhosError. */
  async #send({ attempt, counter }: Call, request: ApiRequest): Promise<ApiAnswer> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#sendOnce(attempt, counter, request);
      } catch (error) {
        const failure = failureError(attempt, error);
        const waitMs = Math.max(failure.retryAfterMs ?? 0, RETRY_BASE_MS * 2 ** (tried - 1));
        // flow control refuses before anything is done, so that a change, too, may be asked for again
        const safe =
          failure.status === 429 || (!attempt.mutates && failure.errorClass === 'Transient' && failure.status !== 410);
        if (!safe || tried === TRIES || waitMs > MAX_RETRY_AFTER_MS || request.signal?.aborted) throw failure;
        await sleep(this.#options.clock, jitter(this.#options.random, waitMs), request.signal).catch(() => {
          throw failure;
        });
      }
    }
  }

  async #sendOnce(attempt: Attempt, counter: string, request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.#withFreshCredentials((fresh) => {
      request.gate?.pass(attempt.what);
      return this.#counted(counter, () => this.#transport.send(request, fresh));
    });
    this.#heed(answer.header('warning'));
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw answerError(attempt, answer.status, answer.body, answer.header('retry-after'));
  }

  /** A 401 has changed nothing, and may only mean that the token was renewed meanwhile. */
  async #withFreshCredentials<T extends { status: number }>(send: (fresh: boolean) => Promise<T>): Promise<T> {
    const answer = await send(false);
    return answer.status === 401 ? await send(true) : answer;
  }

  #counted<T extends { status: number }>(counter: string, send: () => Promise<T>): Promise<T> {
    this.#requests.set(counter, (this.#requests.get(counter) ?? 0) + 1);
    const asked = { kind: 'kubernetes', request: counter };
    return this.#meter.time(this.#options.clock, asked, send, { answer: ({ status }) => String(status) });
  }

  /** The server warns of fields that it does not know: then the CRDs installed are older than the operator. */
  #heed(warning: string | undefined): void {
    if (warning === undefined || this.#warnings.has(warning) || this.#warnings.size >= MAX_WARNINGS) return;
    this.#warnings.add(warning);
    this.#options.log.warn('the Kubernetes API warns', { warning });
  }
}

interface Call {
  attempt: Attempt;
  counter: string;
}

function call(verb: string, type: ResourceType, name?: string): Call {
  const what = `${verb} ${type.plural}${name === undefined ? '' : ` "${name}"`}`;
  return { attempt: { what, mutates: !['get', 'list', 'watch'].includes(verb) }, counter: `${verb} ${type.plural}` };
}
