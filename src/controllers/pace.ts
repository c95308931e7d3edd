/** How often a peer is asked. */

/** Of the time, at most one part in so many is spent on asking one peer the same again. */
const PARTS = 8;

/**
 * Between the beginnings of two readings, ms, where `wanted` is what one would like and `tookMs` how long the last one took: a peer that is
 * slow is asked less often, since our asking is a part of what makes it slow. Never more than `most`.
 */
export function paced(wanted: number, tookMs: number, most: number): number {
  return Math.min(most, Math.max(wanted, PARTS * tookMs));
}

/** Of one peer. */
export interface Attempts {
  /** When the last reading began; -Infinity: never. */
  lastAttemptAt: number;
  /** How much longer than usual the peer asked to be left alone since, ms. */
  retryAfter: number;
}

/** Until the next reading, ms; 0 or less: now. Where the clock was set back since the last one, nobody knows how long ago it was. */
export function dueIn({ lastAttemptAt, retryAfter }: Attempts, interval: number, now: number): number {
  return lastAttemptAt > now ? 0 : lastAttemptAt + retryAfter + interval - now;
}
