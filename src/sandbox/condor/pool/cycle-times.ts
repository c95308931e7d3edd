/**
 * When negotiation cycles begin. One follows the other after NEGOTIATOR_INTERVAL whether anything is idle or not; those that would find
 * nothing to do are not simulated, but they count: a request for a cycle is not served before NEGOTIATOR_CYCLE_DELAY has passed since the
 * last of them, and the negotiator's ad tells of them.
 */

/** NEGOTIATION_CYCLE_STATS_LENGTH. */
const REMEMBERED = 3;

export class CycleTimes {
  readonly #intervalMs: number;
  readonly #delayMs: number;
  /** Cycles that were simulated, the newest first. */
  #begun: number[];

  /** The first cycle is at the negotiator's start (measured). */
  constructor(startedAt: number, settings: { negotiatorIntervalSeconds: number; negotiatorCycleDelaySeconds: number }) {
    this.#intervalMs = settings.negotiatorIntervalSeconds * 1000;
    this.#delayMs = settings.negotiatorCycleDelaySeconds * 1000;
    this.#begun = [startedAt];
  }

  begin(now: number): void {
    this.#begun = [now, ...this.recent(now - 1)].slice(0, REMEMBERED);
  }

  /** When the next one begins, `now` at the earliest; `requested` by a job or by condor_reschedule. */
  next(now: number, requested: boolean): number {
    // one that is due just now is still to come, unless it has begun
    const last = Math.max(this.#begun[0] ?? now, ...this.recent(now - 1));
    const periodic = last + this.#intervalMs;
    return requested ? Math.min(periodic, Math.max(now, last + this.#delayMs)) : periodic;
  }

  /** The last ones that had begun at a time, the newest first. */
  recent(at: number): number[] {
    const [last = at] = this.#begun;
    const periods = Math.max(0, Math.floor((at - last) / this.#intervalMs));
    const silent = Array.from(
      { length: Math.min(periods, REMEMBERED) },
      (_, i) => last + (periods - i) * this.#intervalMs,
    );
    return [...silent, ...this.#begun.filter((begun) => begun <= at)].slice(0, REMEMBERED);
  }
}
