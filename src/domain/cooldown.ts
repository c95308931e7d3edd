/**
 * Where creating failed lately, per cloud and flavor: that place rests for a while, others go on at once.
 * The pause doubles with each failure in a row and is jittered; a success ends it. Nothing needs to be unfrozen by hand.
 */
import { jitter, type Random } from '../base/random.ts';
import type { ErrorClass } from '../base/errors.ts';

interface Entry {
  failures: number;
  until: number;
  reason: string;
}

/** First and longest pause by class of error, ms. A quota changes when nodes go, a full host only when others move. */
const PAUSES: Record<ErrorClass, [first: number, longest: number]> = {
  Quota: [30_000, 5 * 60_000],
  NoCapacity: [60_000, 15 * 60_000],
  Invalid: [60_000, 15 * 60_000],
  Auth: [30_000, 5 * 60_000],
  NotFound: [30_000, 5 * 60_000],
  Conflict: [15_000, 5 * 60_000],
  RateLimited: [15_000, 5 * 60_000],
  Timeout: [15_000, 5 * 60_000],
  Transient: [15_000, 5 * 60_000],
};

export class Cooldowns {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly random: Random) {}

  /** A create of `flavor` failed; `retryAfterMs` is what the peer asked for. */
  fail(flavor: string, errorClass: ErrorClass, reason: string, now: number, retryAfterMs = 0): void {
    const failures = (this.#entries.get(flavor)?.failures ?? 0) + 1;
    const [first, longest] = PAUSES[errorClass];
    const pause = Math.min(longest, first * 2 ** (failures - 1));
    this.#entries.set(flavor, { failures, until: now + Math.max(retryAfterMs, jitter(this.random, pause)), reason });
  }

  succeed(flavor: string): void {
    this.#entries.delete(flavor);
  }

  /** The flavors that rest now. An entry whose pause is over stays known, so that a further failure doubles it. */
  active(now: number): Map<string, { reason: string; until: number }> {
    const active = new Map<string, { reason: string; until: number }>();
    for (const [flavor, entry] of this.#entries)
      if (entry.until > now) active.set(flavor, { reason: entry.reason, until: entry.until });
    return active;
  }
}
