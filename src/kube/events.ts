/**
 * Kubernetes events (events.k8s.io/v1): what `kubectl describe` shows below an object.
 * Recording never throws and never waits: a queue of its own writes them, and rather drops one than holds a reconcile up.
 */
import { createHash } from 'node:crypto';
import { sleep, type Clock } from '../base/clock.ts';
import { errorClassOf, EhosError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { redactSentence } from '../base/redact.ts';
import { oneLine } from '../base/text.ts';
import type { KubeObject, ResourceType } from '../api/resources.ts';
import { hexSuffix, microTime, noteOf, objectName, TokenBuckets } from './event-parts.ts';
import type { KubeClient } from './types.ts';

const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' };

/** The same event of the same object within this time counts as a repetition, ms. */
const SERIES_MS = 600_000;
/** The count of repetitions is written at most this often, ms. */
const SERIES_WRITE_MS = 60_000;
/** Events that wait to be written; more are dropped. */
const MAX_QUEUED = 1_000;
/** Series that are remembered; beyond it the oldest are forgotten, and their next repetition is a new event. */
const MAX_SERIES = 5_000;
/** Tries of one write, and the wait between them, ms: what is still refused then is dropped. */
const TRIES = 4;
const RETRY_MS = 2_000;

export interface EventRecorderOptions {
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Log;
  /** Who reports: `ehos-operator`. */
  component: string;
  /** Which of several replicas, at most 128 characters: the pod's name (default: the component). */
  instance?: string | undefined;
}

interface EventObject extends KubeObject {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  type: string;
  note: string;
  regarding: Record<string, string | undefined>;
}

/** One event and its repetitions. */
interface Series {
  namespace: string;
  name: string;
  count: number;
  lastAt: number;
  writtenAt: number;
  cancelWrite: (() => void) | undefined;
}

export interface EventMetrics {
  written: number;
  /** Not written: too many, or refused. */
  dropped: number;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #buckets: TokenBuckets;
  /** In the order of their last use. */
  readonly #series = new Map<string, Series>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #stop = new AbortController();
  #worker: Promise<void> | undefined;
  #written = 0;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#buckets = new TokenBuckets(options.clock);
  }

  /**
   * Tells that something happened to `object` (from the API, with its uid). `reason`: one CamelCase word; `note`: a sentence, cut at 1024 bytes;
   * `action`: what was done or tried, in CamelCase (default: the reason).
   */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, note: string, action = reason): void {
    try {
      this.#record(object, type, reason, noteOf(oneLine(redactSentence(note))), action);
    } catch (error) {
      this.#drop('could not be made', error);
    }
  }

  /** Resolves when all that was recorded is written or dropped, counts of repetitions included. */
  async flush(): Promise<void> {
    for (const [key, series] of this.#series) {
      if (!series.cancelWrite) continue;
      series.cancelWrite();
      this.#writeCount(key, series);
    }
    await this.#worker;
  }

  /** Writes what waits, as far as it goes at the first try, and takes nothing more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.flush();
  }

  metrics(): EventMetrics {
    return { written: this.#written, dropped: this.#dropped };
  }

  #record(object: KubeObject, type: string, reason: string, note: string, action: string): void {
    const now = this.#options.clock.now();
    const about =
      object.metadata.uid ?? `${object.kind ?? ''}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const key = [about, type, reason, createHash('sha256').update(note).digest('hex')].join(' ');
    const series = this.#series.get(key);
    if (series && now - series.lastAt < SERIES_MS) {
      this.#repeat(key, series, now);
      return;
    }
    series?.cancelWrite?.();
    if (!this.#buckets.take(about)) {
      this.#drop('is one of too many of its object', undefined, { reason });
      return;
    }
    const namespace = object.metadata.namespace ?? 'default';
    const name = `${objectName(object.metadata.name)}.${hexSuffix(this.#options.random)}`;
    this.#remember(key, { namespace, name, count: 1, lastAt: now, writtenAt: now, cancelWrite: undefined });
    const body = this.#body(object, { namespace, name }, { type, reason, note, action });
    this.#enqueue(key, async () => {
      await this.#options.client.create(EVENTS, body);
    });
  }

  #body(
    object: KubeObject,
    metadata: { namespace: string; name: string },
    what: { type: string; reason: string; note: string; action: string },
  ): EventObject {
    const { component, instance } = this.#options;
    return {
      metadata,
      ...what,
      eventTime: microTime(this.#options.clock.now()),
      reportingController: component,
      reportingInstance: (instance ?? component).slice(0, 128),
      // without the uid `kubectl describe` does not find it
      regarding: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: object.metadata.namespace,
        name: object.metadata.name,
        uid: object.metadata.uid,
      },
    };
  }

  #repeat(key: string, series: Series, now: number): void {
    series.count++;
    series.lastAt = now;
    this.#remember(key, series);
    const waitMs = Math.max(0, series.writtenAt + SERIES_WRITE_MS - now);
    series.cancelWrite ??= this.#options.clock.after(waitMs, () => this.#writeCount(key, series));
  }

  #writeCount(key: string, series: Series): void {
    series.cancelWrite = undefined;
    series.writtenAt = this.#options.clock.now();
    this.#enqueue(key, async () => {
      const patch = { series: { count: series.count, lastObservedTime: microTime(series.lastAt) } };
      await this.#options.client.patch(EVENTS, series.namespace, series.name, patch);
    });
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    for (const [old, { lastAt, cancelWrite }] of this.#series) {
      if (this.#series.size <= MAX_SERIES && series.lastAt - lastAt < SERIES_MS) break;
      // a count that waits to be written keeps its series
      if (cancelWrite && this.#series.size <= MAX_SERIES) continue;
      cancelWrite?.();
      this.#series.delete(old);
    }
  }

  #enqueue(key: string, write: () => Promise<void>): void {
    if (this.#queue.length >= MAX_QUEUED) {
      this.#series.delete(key);
      this.#drop('came while too many waited');
      return;
    }
    this.#queue.push(async () => await this.#write(key, write));
    this.#worker ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await next();
    this.#worker = undefined;
  }

  async #write(key: string, write: () => Promise<void>): Promise<void> {
    let maybeDone = false;
    for (let tried = 1; ; tried++) {
      try {
        await write();
        this.#written++;
        return;
      } catch (error) {
        // an earlier try has made it after all
        if (maybeDone && errorClassOf(error) === 'Conflict') {
          this.#written++;
          return;
        }
        maybeDone ||= error instanceof EhosError && error.maybeDone;
        const retryable = ['Transient', 'Timeout', 'RateLimited'].includes(errorClassOf(error));
        if (!retryable || tried === TRIES || this.#stop.signal.aborted) {
          // forgotten, so that the next one is an event of its own; a namespace that is going away is no news
          this.#series.delete(key);
          this.#drop('was not taken', error);
          return;
        }
        const waitMs = Math.max(RETRY_MS, error instanceof EhosError ? (error.retryAfterMs ?? 0) : 0);
        await sleep(this.#options.clock, waitMs, this.#stop.signal).catch(() => undefined);
      }
    }
  }

  #drop(why: string, error?: unknown, fields: Record<string, unknown> = {}): void {
    this.#dropped++;
    const cause = error === undefined ? {} : { class: errorClassOf(error), cause: messageOf(error) };
    this.#options.log.debug(`an event ${why}`, { ...fields, ...cause });
  }
}
