/** The parts of an event that have rules of their own. */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/** The server counts bytes (`len` in its validation of events), and refuses what is longer. */
const MAX_NOTE_BYTES = 1024;
/** 253 for the whole name, less the dot and the hexadecimal digits. */
const MAX_OBJECT_NAME = 236;
const HEX_DIGITS = 16;

/** Events of one object: a burst, then one in five minutes; the same bounds that client-go's recorder has. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_BUCKETS = 5_000;

/** RFC 3339 with exactly six digits of seconds, as MicroTime must have. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** The note as one that the server takes: not empty, within its length, cut between characters. */
export function noteOf(text: string): string {
  if (Buffer.byteLength(text) <= MAX_NOTE_BYTES) return text;
  const ending = '...';
  let end = MAX_NOTE_BYTES - ending.length;
  const bytes = Buffer.from(text);
  // 10xxxxxx continues a character of UTF-8
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString('utf8') + ending;
}

/** As much of an object's name as leaves room for the suffix. */
export function objectName(name: string): string {
  return name.slice(0, MAX_OBJECT_NAME).replace(/[.-]+$/, '');
}

/** Hexadecimal digits that no other event has. */
export function hexSuffix(random: Random): string {
  return Array.from({ length: HEX_DIGITS }, () => Math.floor(random.next() * 16).toString(16)).join('');
}

/** A bucket of tokens for each of many keys. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True if there was a token, which is then gone. */
  take(key: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_BUCKETS) break;
      this.#buckets.delete(oldest);
    }
    return tokens >= 1;
  }
}
