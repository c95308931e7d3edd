/** Where calls to peers are counted. It outlives connections, whose credentials may change. */
import { CallMeter } from '../base/call-meter.ts';

export class Meters {
  readonly kubernetes = new CallMeter();
  readonly #clouds = new Map<string, CallMeter>();
  readonly #masters = new Map<string, CallMeter>();

  /** Of the cloud or master with that key. */
  cloud(key: string): CallMeter {
    return meterIn(this.#clouds, key);
  }

  master(key: string): CallMeter {
    return meterIn(this.#masters, key);
  }
}

function meterIn(meters: Map<string, CallMeter>, key: string): CallMeter {
  const meter = meters.get(key) ?? new CallMeter();
  meters.set(key, meter);
  return meter;
}
