/**
 * A local copy of all objects of one type, kept by a list and a watch that goes on from it. Ends only when stopped.
 * The informer of client-node 1.4.0 is not used: it stops for ever after a 403, a 500 or a failed list, and hangs on half-open connections.
 */
import { sleep, type Clock } from '../base/clock.ts';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { jitter, type Random } from '../base/random.ts';
import type { KubeObject, ResourceType } from '../api/resources.ts';
import { isExpired, watchError } from './errors.ts';
import { ReflectedStore, slim, type Change } from './store.ts';
import type { KubeClient, Store, WatchEvent } from './types.ts';

export interface ReflectorOptions<T extends KubeObject> {
  client: KubeClient;
  type: ResourceType;
  /** Only this namespace; absent: all. */
  namespace?: string;
  /** Only what it selects; absent: all. */
  fieldSelector?: string;
  clock: Clock;
  random: Random;
  log: Log;
  /**
   * Called after the store has changed; without an object it is gone. May be called again without a change.
   * Should only enqueue: an exception is logged and forgotten.
   */
  onChange: (key: string, object: T | undefined, previous: T | undefined) => void;
  /** A new list is made when a watch ends this long after the last one, ms (default 600,000). */
  relistIntervalMs?: number;
}

/** How the local copy stands. */
export interface CopyState {
  type: ResourceType;
  /** undefined: all. */
  namespace: string | undefined;
  /** Whether there was a list. */
  listed: boolean;
  /** Why the last list or watch failed; undefined once the server has answered since. */
  problem: unknown;
  /** When the server last proved that it answers, ms since the epoch; 0: never. */
  lastContact: number;
}

const PAGE_SIZE = 500;
/** A list that has no end fills the memory: this many are a million objects. */
const MAX_PAGES = 2_000;
/** Bounds of timeoutSeconds: each watch draws its own, so that those of many clients do not end together. */
const WATCH_SECONDS = { least: 240, most: 300 };
/**
 * A watch from which nothing came for this long is taken for a half-open connection, ms. The server sends a bookmark a minute
 * (measured on 1.37: after 60, 121 and 181 s); from one that sends none a new watch costs a single request.
 */
const IDLE_MS = 150_000;
const RELIST_MS = 600_000;
const BACKOFF_MS = { first: 1_000, most: 30_000 };
/** After a restart of an API server everybody's watch expires at once: new lists are spread over this time, ms. */
const RELIST_SPREAD_MS = 2_000;
/** Watches that end sooner count as failures, ms: a peer that closes at once must not be asked in a loop. */
const SHORT_WATCH_MS = 1_000;
/** After so many failed watches in a row the version is given up: a version that the server does not like is answered by HTTP 500. */
const FAILURES_BEFORE_RELIST = 3;

export class Reflector<T extends KubeObject> {
  readonly store: Store<T>;
  /** Resolves after the first list; rejects if the reflector is stopped before. */
  readonly synced: Promise<void>;

  readonly #options: ReflectorOptions<T>;
  readonly #store = new ReflectedStore<T>();
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** The watch or the pause under way: aborted to go on at once. */
  #underWay = new AbortController();
  /** Lists that were asked for and have not begun. */
  readonly #refreshes: Deferred[] = [];
  readonly #resolveSynced: () => void;
  readonly #rejectSynced: (error: Error) => void;
  #loop: Promise<void> | undefined;
  #listedAt = -Infinity;
  #lastContact = 0;
  #problem: unknown;
  #failures = 0;
  #needsList = true;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.store = this.#store;
    this.#log = options.log.child({ resource: options.type.plural });
    const { promise, resolve, reject } = withResolvers();
    this.synced = promise;
    this.#resolveSynced = resolve;
    this.#rejectSynced = reject;
    // whoever waits for it sees the rejection; if nobody does, it is nothing to die of
    promise.catch(() => undefined);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends what is under way; resolves when the loop has ended. */
  async stop(): Promise<void> {
    const reason = new EhosError('Transient', `the reflector of ${this.#options.type.plural} was stopped`);
    this.#stop.abort(reason);
    this.#underWay.abort();
    this.#rejectSynced(reason);
    await this.#loop;
    for (const { reject } of this.#refreshes.splice(0)) reject(reason);
  }

  /**
   * Lists anew at once, whatever the watch tells: one that is silent tells nobody what it misses. Resolves when all that was there at the
   * time of the call is known; rejects if the reflector is stopped before.
   */
  async refresh(): Promise<void> {
    const asked = withResolvers();
    this.#refreshes.push(asked);
    this.#underWay.abort();
    await asked.promise;
  }

  /** True after the first list. */
  get listed(): boolean {
    return this.#store.version !== undefined;
  }

  /** Why the last list or watch failed; undefined when it did not. */
  problem(): string | undefined {
    return this.#problem === undefined ? undefined : messageOf(this.#problem);
  }

  /** When the server last proved that it answers, ms since the epoch; 0: never. A healthy watch proves it about once a minute. */
  lastContact(): number {
    return this.#lastContact;
  }

  state(): CopyState {
    const { type, namespace } = this.#options;
    return { type, namespace, listed: this.listed, problem: this.#problem, lastContact: this.#lastContact };
  }

  /** Takes over what a write returned, if it is newer than what is there, so that the writer sees its own write at once. */
  patched(object: T): void {
    const change = this.#store.patched(object);
    if (change) this.#announce(change);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      try {
        if (this.#isListDue()) await this.#list();
        this.#problem = undefined;
        // asked for meanwhile: what was listed may be older
        if (this.#refreshes.length === 0) await this.#watch();
      } catch (error) {
        if (!this.#isStopped()) await this.#pause(error);
      }
    }
  }

  #isListDue(): boolean {
    const { clock, relistIntervalMs = RELIST_MS } = this.#options;
    return this.#needsList || this.#refreshes.length > 0 || clock.now() - this.#listedAt >= relistIntervalMs;
  }

  #selection(): { fieldSelector?: string } {
    const { fieldSelector } = this.#options;
    return fieldSelector === undefined ? {} : { fieldSelector };
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #list(): Promise<void> {
    // those that come while it lists are not answered by it
    const asked = this.#refreshes.splice(0);
    try {
      await this.#listAll();
    } catch (error) {
      this.#refreshes.unshift(...asked);
      throw error;
    }
    for (const { resolve } of asked) resolve();
  }

  async #listAll(): Promise<void> {
    const { client, type, namespace, clock } = this.#options;
    const objects: T[] = [];
    let continueToken: string | undefined;
    let version: string;
    let pages = 0;
    do {
      if (++pages > MAX_PAGES) throw new EhosError('Transient', `list ${type.plural}: more than ${MAX_PAGES} pages`);
      const options = {
        limit: PAGE_SIZE,
        ...(continueToken === undefined ? {} : { continueToken }),
        ...this.#selection(),
      };
      const page = await client.list<T>(type, namespace, options, this.#stop.signal);
      // at once, so that what nobody reads of all pages is never there together
      for (const item of page.items) objects.push(slim(item));
      version = page.resourceVersion;
      continueToken = page.continueToken;
      this.#lastContact = clock.now();
    } while (continueToken !== undefined);
    this.#listedAt = clock.now();
    this.#needsList = false;
    this.#problem = undefined;
    const changes = this.#store.replace(objects, version);
    this.#log.debug('listed', { objects: objects.length, changes: changes.length, version });
    for (const change of changes) this.#announce(change);
    this.#resolveSynced();
  }

  async #watch(): Promise<void> {
    const { client, type, namespace, clock, random } = this.#options;
    const { least, most } = WATCH_SECONDS;
    const timeoutSeconds = least + Math.floor(random.next() * (most - least + 1));
    const startedAt = clock.now();
    const connection = (this.#underWay = new AbortController());
    const idle = new IdleTimer(clock, IDLE_MS, () => connection.abort());
    try {
      const options = { resourceVersion: this.#store.version ?? '', timeoutSeconds, ...this.#selection() };
      for await (const event of client.watch<T>(type, namespace, options, connection.signal)) {
        idle.restart();
        if (event.type === 'ERROR') throw watchError(`watch ${type.plural}`, event.object);
        this.#lastContact = clock.now();
        this.#problem = undefined;
        this.#take(event);
        if (this.#isStopped()) return;
      }
      this.#lastContact = clock.now();
    } catch (error) {
      // one that has worked for a while says nothing against the server when it breaks
      if (clock.now() - startedAt >= BACKOFF_MS.most) this.#failures = 0;
      if (this.#refreshes.length > 0) return;
      if (!idle.fired) throw error;
      this.#log.info('the watch was silent, connecting anew', { idleMs: IDLE_MS });
      return;
    } finally {
      idle.cancel();
    }
    if (this.#refreshes.length > 0) return;
    if (clock.now() - startedAt < SHORT_WATCH_MS)
      throw new EhosError('Transient', `watch ${type.plural}: it ended at once`);
    this.#failures = 0;
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') this.#store.advance(event.object.metadata.resourceVersion ?? '');
    else
      this.#announce(
        event.type === 'DELETED' ? this.#store.removeEvent(event.object) : this.#store.applyEvent(event.object),
      );
  }

  #announce({ key, object, previous }: Change<T>): void {
    try {
      this.#options.onChange(key, object, previous);
    } catch (error) {
      this.#log.error('a handler of changes failed', { key, error });
    }
  }

  /** Waits before the next try, and decides whether it must be a list. */
  async #pause(error: unknown): Promise<void> {
    const { clock, random } = this.#options;
    const expired = isExpired(error);
    let waitMs: number;
    this.#problem = error;
    if (expired && !this.#needsList && this.#failures === 0) {
      // nothing is wrong with the server: this is how it says that it has restarted or compacted its history
      this.#log.info('the watch expired, listing anew', { reason: messageOf(error) });
      waitMs = random.next() * RELIST_SPREAD_MS;
    } else {
      waitMs = jitter(random, Math.min(BACKOFF_MS.first * 2 ** Math.min(this.#failures, 20), BACKOFF_MS.most));
      if (error instanceof EhosError) waitMs = Math.max(waitMs, error.retryAfterMs ?? 0);
      const what = this.#needsList ? 'list failed' : 'watch failed';
      this.#log.warn(what, {
        class: errorClassOf(error),
        reason: messageOf(error),
        failures: this.#failures + 1,
        retryInMs: Math.round(waitMs),
      });
    }
    this.#failures++;
    if (expired || this.#failures >= FAILURES_BEFORE_RELIST) this.#needsList = true;
    this.#underWay = new AbortController();
    if (this.#isStopped()) return;
    await sleep(clock, waitMs, this.#underWay.signal).catch(() => undefined);
  }
}

/** Calls back once when it was not restarted for `ms`. */
class IdleTimer {
  fired = false;
  #cancel: () => void;

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly onIdle: () => void,
  ) {
    this.#cancel = this.#arm();
  }

  restart(): void {
    this.#cancel();
    this.#cancel = this.#arm();
  }

  cancel(): void {
    this.#cancel();
  }

  #arm(): () => void {
    return this.clock.after(this.ms, () => {
      this.fired = true;
      this.onIdle();
    });
  }
}

interface Deferred {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers(): Deferred {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
