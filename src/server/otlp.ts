/** Sends spans to a collector: OTLP over HTTP in JSON (opentelemetry.io, "OTLP Specification", and the JSON mapping of its protobuf). */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Span } from '../base/tracer.ts';
import { VERSION } from '../version.ts';

export interface OtlpOptions {
  /** Without path: that is /v1/traces. */
  endpoint: string;
  clock: Clock;
  log: Log;
}

const FLUSH_MS = 5_000;
/** Spans that wait while the collector does not take them: what comes after is dropped. */
const MOST_WAITING = 4_096;
const PATIENCE_MS = 5_000;

export class OtlpExporter {
  readonly #target: string;
  #waiting: Span[] = [];
  #dropped = 0;
  #failing = false;
  #cancel: (() => void) | undefined;

  constructor(private readonly options: OtlpOptions) {
    this.#target = `${options.endpoint.replace(/\/+$/, '')}/v1/traces`;
  }

  add(span: Span): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(span);
    else this.#dropped += 1;
    this.#cancel ??= this.options.clock.after(FLUSH_MS, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }

  /** Sends what waits. A collector that is away is told of once, and holds nothing up. */
  async flush(): Promise<void> {
    const [spans, dropped] = [this.#waiting, this.#dropped];
    if (spans.length === 0) return;
    this.#waiting = [];
    this.#dropped = 0;
    try {
      const response = await fetch(this.#target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(otlpOf(spans)),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      if (this.#failing) this.options.log.info('traces are taken again', { endpoint: this.options.endpoint });
      this.#failing = false;
    } catch (error) {
      const why = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
      const facts = { endpoint: this.options.endpoint, reason: why, lost: spans.length + dropped };
      this.options.log[this.#failing ? 'debug' : 'warn']('traces could not be sent', facts);
      this.#failing = true;
    }
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.flush();
  }
}

/** Enums of the protobuf: SPAN_KIND_INTERNAL, SPAN_KIND_CLIENT; STATUS_CODE_ERROR. */
const [INTERNAL, CLIENT] = [1, 3];
const ERROR = 2;

function otlpOf(spans: readonly Span[]): unknown {
  const resource = { attributes: attributesOf({ 'service.name': 'ehos-operator', 'service.version': VERSION }) };
  const scopeSpans = [{ scope: { name: 'ehos-operator', version: VERSION }, spans: spans.map(spanOf) }];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

function spanOf({ traceId, spanId, parentId, name, beganAt, endedAt, attributes, error }: Span): unknown {
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: parentId === undefined ? INTERNAL : CLIENT,
    // 64 bits do not fit into a number of JSON
    startTimeUnixNano: nanos(beganAt),
    endTimeUnixNano: nanos(endedAt),
    attributes: attributesOf(attributes),
    ...(error === undefined ? {} : { status: { code: ERROR, message: error } }),
  };
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function attributesOf(attributes: Readonly<Record<string, string | number>>): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { doubleValue: value },
  }));
}
