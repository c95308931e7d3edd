import type { Clock } from '../base/clock.ts';

/** Remembers answers for some time, and asks once when several want the same. Failures are not remembered. */
export class TimedCache {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, { value: Promise<unknown>; until: number }>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  /** `load` must give the same type for the same key; it has no caller's signal, since others may wait for it too. */
  async get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const held = this.#entries.get(key);
    if (held && this.holds(key)) return held.value as Promise<T>;
    const entry = { value: load(), until: this.#clock.now() + this.#ttlMs };
    this.#entries.set(key, entry);
    try {
      return await entry.value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** True when `get` would not load. */
  holds(key: string): boolean {
    const held = this.#entries.get(key);
    return held !== undefined && this.#clock.now() < held.until;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
