/** Events of one simulation in order of time, on one timer of the clock whatever their number: a pool of 1000 nodes has no timer per node. */
import type { Clock } from '../../../base/clock.ts';

interface Event {
  at: number;
  /** Events of the same instant happen in the order in which they were made. */
  order: number;
  run: (() => void) | undefined;
}

export class EventQueue {
  readonly #clock: Clock;
  /** Binary heap, earliest first. */
  readonly #heap: Event[] = [];
  #order = 0;
  #timer: { at: number; cancel: () => void } | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Runs `run` at `at` (milliseconds since the epoch; the past means at once, but never before this call returns). */
  at(at: number, run: () => void): () => void {
    const event: Event = { at, order: this.#order++, run };
    if (this.#closed) return () => undefined;
    this.#push(event);
    this.#arm();
    return () => {
      // left in the heap and skipped when its time comes: removal from the middle would cost a search
      event.run = undefined;
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.now() + ms, run);
  }

  /** Ends the simulation: nothing happens any more. */
  close(): void {
    this.#closed = true;
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (!first || (this.#timer && this.#timer.at <= first.at)) return;
    this.#timer?.cancel();
    const delay = Math.max(0, first.at - this.now());
    this.#timer = { at: first.at, cancel: this.#clock.after(delay, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.now();
    for (let first = this.#heap[0]; first && first.at <= now; first = this.#heap[0]) {
      this.#pop();
      first.run?.();
    }
    this.#arm();
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (!above || !earlier(event, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = heap[2 * i + 1];
      const right = heap[2 * i + 2];
      const next = right && left && earlier(right, left) ? right : left;
      if (!next || !earlier(next, last)) break;
      heap[i] = next;
      i = next === left ? 2 * i + 1 : 2 * i + 2;
    }
    heap[i] = last;
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
