/**
 * When an observation may be relied on. Stale HTCondor data permit nothing destructive, stale cloud data nothing constructive,
 * and an empty answer of a collector that has just started is no evidence that nodes are gone.
 */

/**
 * An observation is relied on for three of its intervals, and for a minute at least (one slow answer is no outage). One from the future is not:
 * the clock was set back, and nobody can tell what came before it and what after.
 */
export function isFresh(observedAt: number | undefined, now: number, intervalMs: number): boolean {
  return observedAt !== undefined && observedAt <= now && now - observedAt <= Math.max(3 * intervalMs, 60_000);
}

/** Every live startd has reported twice since the collector started; unknown age is no warmth. */
export function isCollectorWarm(startedAt: number | undefined, now: number, updateIntervalMs: number): boolean {
  return startedAt !== undefined && now - startedAt > 2 * updateIntervalMs + 30_000;
}
