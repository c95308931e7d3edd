/** Time that runs faster than the wall's, so that minutes of boots and timeouts pass in seconds while real sockets are used. */
import type { Clock } from '../base/clock.ts';

export class ScaledClock implements Clock {
  readonly #started = performance.now();
  readonly #origin = Date.now();

  /** `factor` simulated milliseconds pass in each real one. */
  constructor(readonly factor: number) {}

  now(): number {
    return Math.floor(this.#origin + (performance.now() - this.#started) * this.factor);
  }

  after(ms: number, fn: () => void): () => void {
    // setTimeout drops fractions: a timer must not fire before its time has come
    const timer = setTimeout(fn, Math.ceil(ms / this.factor));
    return () => clearTimeout(timer);
  }
}
