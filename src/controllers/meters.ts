/** Where calls to peers are counted. It outlives connections, whose credentials may change. */
import { CallMeter } from '../base/call-meter.ts';
import { noTracer, type Tracer } from '../base/tracer.ts';

export class Meters {
  readonly kubernetes: CallMeter;
  readonly #clouds = new Map<string, CallMeter>();
  readonly #masters = new Map<string, CallMeter>();

  constructor(readonly tracer: Tracer = noTracer) {
    this.kubernetes = new CallMeter(tracer);
  }

  /** Of the cloud or master with that key. */
  cloud(key: string): CallMeter {
    return this.#meterIn(this.#clouds, key);
  }

  master(key: string): CallMeter {
    return this.#meterIn(this.#masters, key);
  }

  #meterIn(meters: Map<string, CallMeter>, key: string): CallMeter {
    const meter = meters.get(key) ?? new CallMeter(this.tracer);
    meters.set(key, meter);
    return meter;
  }
}
