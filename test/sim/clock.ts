/** Simulated time: it jumps from one timer to the next, and only when nothing is left to do at the present one. */
import type { Clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';

interface Timer {
  at: number;
  /** Timers of the same instant fire in an order that the seed decides. */
  tie: number;
  fn: (() => void) | undefined;
}

/** A plan for 500 nodes looks at the clock some thousand times. */
const MOST_LOOKS = 50_000;

export class SimClock implements Clock {
  readonly #random: Random;
  readonly #heap: Timer[] = [];
  #now: number;
  #fired = 0;
  #looks = 0;

  constructor(random: Random, startMs = Date.UTC(2026, 0, 1)) {
    this.#random = random;
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Counts a look at the time. Throws when somebody does nothing else: with promises alone one can go round for ever. */
  look(): number {
    if (++this.#looks > MOST_LOOKS)
      throw new Error(`livelock: ${MOST_LOOKS} looks at the clock, and nothing to wait for`);
    return this.#now;
  }

  /** Timers that have fired so far. */
  get fired(): number {
    return this.#fired;
  }

  after(ms: number, fn: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, Math.ceil(ms)), tie: this.#random.next(), fn };
    this.#push(timer);
    return () => {
      // left in the heap and skipped when its time comes
      timer.fn = undefined;
    };
  }

  /**
   * Lets time pass until `until`. After each timer all promises that can go on have gone on, since nothing here waits for anything but timers;
   * then `afterEach` is called, and ends the run by returning true.
   */
  async runUntil(until: number, afterEach: () => boolean): Promise<void> {
    await settled();
    for (let timer = this.#heap[0]; timer && timer.at <= until; timer = this.#heap[0]) {
      this.#pop();
      const { fn } = timer;
      if (!fn) continue;
      this.#now = timer.at;
      this.#fired++;
      this.#looks = 0;
      fn();
      await settled();
      if (afterEach()) return;
    }
    this.#now = Math.max(this.#now, until);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent]!;
      if (!isEarlier(timer, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = heap[2 * i + 1];
      const right = heap[2 * i + 2];
      const next = right && left && isEarlier(right, left) ? right : left;
      if (!next || !isEarlier(next, last)) break;
      heap[i] = next;
      i = next === left ? 2 * i + 1 : 2 * i + 2;
    }
    heap[i] = last;
  }
}

function isEarlier(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}

/** Node runs all pending promise callbacks, and those that they make, before the next immediate. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
