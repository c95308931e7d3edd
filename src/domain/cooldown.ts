/**
 * Where creating failed lately: that place (a flavor in a zone of a cloud) rests for a while, others go on at once. The pause doubles with
 * each failure in a row and is jittered. When it is over the place is tried with one node at a time; a success opens it. Nothing needs to
 * be unfrozen by hand.
 */
import { jitter, type Random } from '../base/random.ts';
import type { ErrorClass } from '../base/errors.ts';

/** What shows that a place is well again: the server runs, or its node has joined. */
export type Proof = 'Booted' | 'Joined';

export interface Failure {
  errorClass: ErrorClass;
  reason: string;
  /** What the peer asked to wait, ms. */
  retryAfterMs?: number;
  /** Booted, unless what failed comes after that. */
  until?: Proof;
}

interface Entry {
  failures: number;
  until: number;
  reason: string;
  proof: Proof;
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

/** A failure that long past says nothing any more, ms: nobody has asked for the place since. */
const FORGOTTEN_AFTER = 60 * 60_000;

export class Cooldowns {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly random: Random) {}

  /** A create at `place` failed. */
  fail(place: string, { errorClass, reason, retryAfterMs = 0, until = 'Booted' }: Failure, now: number): void {
    const failures = (this.#entries.get(place)?.failures ?? 0) + 1;
    const [first, longest] = PAUSES[errorClass];
    const pause = Math.min(longest, first * 2 ** (failures - 1));
    const ends = now + Math.max(retryAfterMs, jitter(this.random, pause));
    this.#entries.set(place, { failures, until: ends, reason, proof: until });
  }

  /** A node at `place` has come so far. */
  succeed(place: string, proof: Proof): void {
    const entry = this.#entries.get(place);
    if (entry && (proof === 'Joined' || entry.proof === proof)) this.#entries.delete(place);
  }

  /** The places that rest, and those whose pause is over and that have not been well since (`until` has passed). */
  rests(now: number): Map<string, { reason: string; until: number }> {
    const rests = new Map<string, { reason: string; until: number }>();
    for (const [place, { until, reason }] of this.#entries)
      if (now - until < FORGOTTEN_AFTER) rests.set(place, { reason, until });
      else this.#entries.delete(place);
    return rests;
  }
}
