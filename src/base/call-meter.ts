/** Calls to one peer: how many, what came of them, and how long they took. Kept as the calls are made, read when somebody asks. */
import type { Clock } from './clock.ts';
import { Histogram } from './histogram.ts';
import { noTracer, type SpanAttributes, type Tracer } from './tracer.ts';

export interface Asked {
  /** Latencies are told apart by it: a service of a cloud, or a command on the master. */
  kind: string;
  /** Verb and resource, without names and ids: there must be few. */
  request: string;
}

export interface CallCount extends Asked {
  /** What came of it: the HTTP status, or a word. */
  code: string;
  count: number;
}

export interface CallTimes {
  kind: string;
  code: string;
  /** Seconds. */
  times: Histogram;
}

/** Nobody answered. */
const NO_ANSWER = 'none';

/** From a cache that answers at once to the deadlines of calls (60 s), seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class CallMeter {
  readonly #counts = new Map<string, CallCount>();
  readonly #times = new Map<string, CallTimes>();

  constructor(private readonly tracer: Tracer = noTracer) {}

  counts(): Iterable<CallCount> {
    return this.#counts.values();
  }

  times(): Iterable<CallTimes> {
    return this.#times.values();
  }

  observe({ kind, request }: Asked, code: string, seconds: number): void {
    const call = `${kind} ${request} ${code}`;
    const counted = this.#counts.get(call) ?? { kind, request, code, count: 0 };
    counted.count += 1;
    this.#counts.set(call, counted);
    const timed = this.#times.get(`${kind} ${code}`) ?? { kind, code, times: new Histogram(BOUNDS) };
    timed.times.observe(seconds);
    this.#times.set(`${kind} ${code}`, timed);
  }

  /** Makes the call and counts it, whatever comes of it. */
  async time<T>(
    clock: Clock,
    asked: Asked,
    call: () => Promise<T>,
    codeOf: { answer: (answer: T) => string; failure?: (error: unknown) => string },
  ): Promise<T> {
    const began = clock.now();
    const attributes: SpanAttributes = {};
    const ended = (code: string): void => {
      attributes.code = code;
      this.observe(asked, code, (clock.now() - began) / 1000);
    };
    const { kind, request } = asked;
    return await this.tracer.part(kind === request ? kind : `${kind} ${request}`, attributes, async () => {
      try {
        const answer = await call();
        ended(codeOf.answer(answer));
        return answer;
      } catch (error) {
        ended(codeOf.failure?.(error) ?? NO_ANSWER);
        throw error;
      }
    });
  }
}
