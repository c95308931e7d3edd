/** What took place within what, and for how long: spans, for those who collect them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Random } from './random.ts';

/** Read when the span ends: what is known only then may be added meanwhile. */
export type SpanAttributes = Record<string, string | number>;

export interface Span {
  /** 32 and 16 hex digits. */
  traceId: string;
  spanId: string;
  parentId: string | undefined;
  name: string;
  /** ms since the epoch. */
  beganAt: number;
  endedAt: number;
  attributes: SpanAttributes;
  /** Why it failed, in words; undefined: it did not. */
  error: string | undefined;
}

export interface Tracer {
  /** Does the work. What it does meanwhile is told as parts of it. */
  span<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T>;
  /** The same for a part: outside of a span it is not told. */
  part<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T>;
}

export const noTracer: Tracer = {
  span: (_name, _attributes, work) => work(),
  part: (_name, _attributes, work) => work(),
};

export interface SpanTracerOptions {
  clock: Clock;
  random: Random;
  /** Of the traces, from 0 to 1. */
  share: number;
  onEnd: (span: Span) => void;
}

type Within = Pick<Span, 'traceId' | 'spanId'> | 'untold';

export class SpanTracer implements Tracer {
  readonly #within = new AsyncLocalStorage<Within>();

  constructor(private readonly options: SpanTracerOptions) {}

  span<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
    const parent = this.#within.getStore();
    if (parent !== undefined) return this.part(name, attributes, work);
    const { random, share } = this.options;
    if (random.next() >= share) return this.#within.run('untold', work);
    return this.#told({ traceId: this.#id(4), parentId: undefined, name, attributes }, work);
  }

  part<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
    const parent = this.#within.getStore();
    if (parent === undefined || parent === 'untold') return work();
    return this.#told({ traceId: parent.traceId, parentId: parent.spanId, name, attributes }, work);
  }

  async #told<T>(
    begun: Pick<Span, 'traceId' | 'parentId' | 'name' | 'attributes'>,
    work: () => Promise<T>,
  ): Promise<T> {
    const { clock, onEnd } = this.options;
    const spanId = this.#id(2);
    const beganAt = clock.now();
    let error: string | undefined;
    try {
      return await this.#within.run({ traceId: begun.traceId, spanId }, work);
    } catch (failure) {
      error = messageOf(failure);
      throw failure;
    } finally {
      onEnd({ ...begun, spanId, beganAt, endedAt: clock.now(), error });
    }
  }

  /** `words` of 32 bits; one of all zeros would be none. */
  #id(words: number): string {
    const digits = Array.from({ length: words }, () =>
      Math.floor(this.options.random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return /^0+$/.test(digits) ? digits.replace(/.$/, '1') : digits;
  }
}
