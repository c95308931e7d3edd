/**
 * Servers that boot and never join, one after the other, are a fault of what they are made from or of where they are made (incident I15):
 * an image without HTCondor, user data that fails, a network without a way to the master. After three in a row the pool makes one at a
 * time there, after a pause that doubles up to two hours, until one joins. Other pools and other clouds go on. A new template is tried at once.
 *
 * This is beside the rest of a place (Cooldowns), which is about one flavor in one zone: here all flavors of a pool share one fate.
 */
import { jitter, type Random } from '../base/random.ts';

/** So many in a row are no accident. */
const LEAST = 3;
const FIRST_PAUSE = 5 * 60_000;
const LONGEST_PAUSE = 2 * 60 * 60_000;

export interface Breaker {
  /** Of the last one that failed: what it was made from. */
  flavor: string;
  template: string;
  /** In a row. */
  failures: number;
  /** Before that none is made, ms. */
  until: number;
  reason: string;
}

export interface BootFailure {
  flavor: string;
  template: string;
  reason: string;
}

export function failed(before: Breaker | undefined, failure: BootFailure, random: Random, now: number): Breaker {
  // the same flavor made from something else: what the old one came to says nothing of the new one
  const another = before?.flavor === failure.flavor && before.template !== failure.template;
  const failures = (another ? 0 : (before?.failures ?? 0)) + 1;
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, failures - LEAST));
  const until = failures < LEAST ? now : now + Math.min(LONGEST_PAUSE, jitter(random, pause));
  return { ...failure, failures, until };
}

export function isOpen(breaker: Breaker | undefined): breaker is Breaker {
  return breaker !== undefined && breaker.failures >= LEAST;
}

/** What of a cloud the pool may use now. */
export interface Canary {
  /** How many nodes may be begun. */
  room: 0 | 1;
  reason: string;
  /** When that may change by itself, ms; undefined: when the one that is on its way has joined, or has not. */
  until: number | undefined;
}

/** `starting`: nodes of the pool that are on their way there. undefined: as many as are needed. */
export function canaryOf(breaker: Breaker | undefined, starting: number, now: number): Canary | undefined {
  if (!isOpen(breaker)) return undefined;
  const reason = breakerWords(breaker);
  if (starting > 0) return { room: 0, reason: `one node is tried first: ${reason}`, until: undefined };
  if (now < breaker.until) return { room: 0, reason: `no node for a while: ${reason}`, until: breaker.until };
  return { room: 1, reason: `one node is tried first: ${reason}`, until: undefined };
}

/** `3 servers in a row did not join: ...`. */
export function breakerWords({ failures, reason }: Breaker): string {
  return `${failures} servers in a row did not join, the last one: ${reason}`;
}
