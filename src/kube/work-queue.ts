/** Which objects to look at next: keys, each worked on by one worker at a time, again after failures and delays. */
import type { Clock } from '../base/clock.ts';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import { Histogram } from '../base/histogram.ts';
import { withLogFields } from '../base/log-scope.ts';
import type { Log } from '../base/log.ts';
import { jitter, type Random } from '../base/random.ts';
import { noTracer, type Tracer } from '../base/tracer.ts';

/** A clock that has no event loop says itself when the next turn is; the event loop's turns count otherwise. */
export interface TurningClock extends Clock {
  nextTurn?: (fn: () => void) => void;
}

export interface WorkQueueOptions {
  /** For the log: records of a handler carry it with the key and a number that no other run of a handler has. */
  name: string;
  clock: TurningClock;
  random: Random;
  log: Log;
  /** Delay after the first failure of a key, ms; doubles with each further one (default 1,000). */
  baseDelayMs?: number;
  /** Longest such delay, ms (default 300,000). */
  maxDelayMs?: number;
  /** Is told each run of a handler. */
  tracer?: Tracer;
}

export interface WorkResult {
  /** Look again after this long even if nothing changes; absent: when something changes. */
  requeueAfterMs?: number;
}

export type WorkHandler = (key: string) => Promise<WorkResult>;

export interface WorkQueueMetrics {
  /** Keys that wait for a worker. */
  depth: number;
  /** Keys that wait for their time. */
  delayed: number;
  /** Handlers that run now. */
  running: number;
  /** Handlers that have ended, failed ones included. */
  processed: number;
  failures: number;
  /** Age of the handler that runs longest, ms: one that never ends shows here. */
  longestRunMs: number;
  /** How long handlers took, seconds. */
  times: Histogram;
}

interface Delayed {
  at: number;
  cancel: () => void;
}

/**
 * Handlers are begun for so long in one turn of the event loop, ms; then timers and connections have theirs. One that finds nothing to wait
 * for ends in the turn in which it began: without this, thousands of keys would be worked through in a single turn.
 */
const TURN_MS = 10;
/** Timers of node fire at once beyond 2^31 ms (24.8 days). Looking too early does no harm. */
const MAX_TIMER_MS = 24 * 3_600_000;
/** From a look that finds nothing to do to one that waits for a peer's deadline, seconds. */
const BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  /** In the order in which they were added. */
  readonly #ready = new Set<string>();
  /** Key -> when its handler was started. */
  readonly #running = new Map<string, number>();
  /** Added while their handler ran: it may have read the state from before. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failuresInARow = new Map<string, number>();
  readonly #idleWaiters: (() => void)[] = [];
  #handler: WorkHandler | undefined;
  #concurrency = 0;
  /** When the first handler of this turn of the event loop was begun; undefined: none yet. */
  #turnBegan: number | undefined;
  readonly #times = new Histogram(BOUNDS);
  #runs = 0;
  #processed = 0;
  #failures = 0;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#baseDelayMs = options.baseDelayMs ?? 1_000;
    this.#maxDelayMs = options.maxDelayMs ?? 300_000;
  }

  /** As soon as a worker is free; once, however often it is added until then. A delay that the key waits for stays. */
  add(key: string): void {
    if (this.#stopped) return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#ready.add(key);
    this.#pump();
  }

  /** After `ms` milliseconds; of several delays of a key the one that ends first counts. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped) return;
    if (!(ms > 0)) {
      this.add(key);
      return;
    }
    const waitMs = Math.min(ms, MAX_TIMER_MS);
    const at = this.#options.clock.now() + waitMs;
    const waiting = this.#delayed.get(key);
    if (waiting && waiting.at <= at) return;
    waiting?.cancel();
    const cancel = this.#options.clock.after(waitMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /** After a delay that doubles with each call for the key until `forget`. `leastMs`: but not before. */
  addRateLimited(key: string, leastMs = 0): void {
    const failures = this.#failuresInARow.get(key) ?? 0;
    this.#failuresInARow.set(key, failures + 1);
    // an exponent beyond 2^30 says no more than the limit does
    const backoffMs = Math.min(this.#baseDelayMs * 2 ** Math.min(failures, 30), this.#maxDelayMs);
    this.addAfter(key, Math.max(jitter(this.#options.random, backoffMs), leastMs));
  }

  /** All is well with the key: its next failure starts with the shortest delay. */
  forget(key: string): void {
    this.#failuresInARow.delete(key);
  }

  /** Starts working with up to `concurrency` handlers at a time. One that rejects is logged, and its key comes again rate-limited. */
  run(handler: WorkHandler, concurrency: number): void {
    if (this.#handler) throw new Error(`work queue ${this.#options.name} runs already`);
    this.#handler = handler;
    this.#concurrency = concurrency;
    this.#pump();
  }

  /** Takes nothing more and forgets what waits; resolves when the running handlers have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    await this.idle();
  }

  /** Resolves when no key waits for a worker and no handler runs; keys that wait for their time do not count. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#settle();
    });
  }

  metrics(): WorkQueueMetrics {
    const now = this.#options.clock.now();
    return {
      depth: this.#ready.size + this.#again.size,
      delayed: this.#delayed.size,
      running: this.#running.size,
      processed: this.#processed,
      failures: this.#failures,
      longestRunMs: Math.max(0, ...[...this.#running.values()].map((startedAt) => now - startedAt)),
      times: this.#times,
    };
  }

  #pump(): void {
    const handler = this.#handler;
    if (!handler) return;
    for (const key of this.#ready) {
      if (this.#running.size >= this.#concurrency) return;
      const now = this.#options.clock.now();
      if (now - this.#beginTurn(now) >= TURN_MS) return;
      this.#ready.delete(key);
      this.#running.set(key, now);
      const fields = { object: key, reconcile: `${this.#options.name}-${++this.#runs}` };
      void withLogFields(fields, () => this.#work(key, handler, now));
    }
  }

  /** When this turn's first handler was begun; the rest of the keys come in the next one. */
  #beginTurn(now: number): number {
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now;
      (this.#options.clock.nextTurn ?? setImmediate)(() => {
        this.#turnBegan = undefined;
        this.#pump();
      });
    }
    return this.#turnBegan;
  }

  async #work(key: string, handler: WorkHandler, startedAt: number): Promise<void> {
    const before = this.#failuresInARow.get(key);
    try {
      const { name, tracer = noTracer } = this.#options;
      const attributes = { object: key };
      const { requeueAfterMs } = await tracer.span(`reconcile ${name}`, attributes, () => handler(key));
      // a handler may have asked for a rate-limited look itself
      if (this.#failuresInARow.get(key) === before) this.forget(key);
      if (requeueAfterMs !== undefined) this.addAfter(key, requeueAfterMs);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#processed++;
      this.#times.observe((this.#options.clock.now() - startedAt) / 1000);
      this.#running.delete(key);
      if (this.#again.delete(key)) this.#ready.add(key);
      this.#pump();
      this.#settle();
    }
  }

  #failed(key: string, error: unknown): void {
    if (this.#stopped) {
      this.#options.log.debug('reconcile ended by the stop', {
        queue: this.#options.name,
        key,
        reason: messageOf(error),
      });
      return;
    }
    this.#failures++;
    // someone else wrote first: ordinary, and over as soon as their write has been seen
    const ordinary = errorClassOf(error) === 'Conflict';
    this.#options.log[ordinary ? 'debug' : 'warn']('reconcile failed', { queue: this.#options.name, key, error });
    this.addRateLimited(key, error instanceof EhosError ? error.retryAfterMs : undefined);
  }

  #settle(): void {
    if (this.#running.size > 0 || this.#ready.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
