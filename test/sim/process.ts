/** One process of the operator: nothing of it acts once it has ended. */
import type { Clock } from '../../src/base/clock.ts';
import type { SimClock } from './clock.ts';

export class Process {
  readonly name: string;
  alive = true;
  readonly #atEnd: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Calls `fn` when the process ends: what it held open goes with it. */
  atEnd(fn: () => void): void {
    this.#atEnd.push(fn);
  }

  end(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const fn of this.#atEnd.splice(0)) fn();
  }
}

/** The clock of the machine that a process runs on. It may be set; timers do not care. */
export class ProcessClock implements Clock {
  constructor(
    private readonly clock: SimClock,
    private readonly process: Process,
    private readonly machine: { offsetMs: number },
  ) {}

  now(): number {
    return this.clock.look() + this.machine.offsetMs;
  }

  after(ms: number, fn: () => void): () => void {
    if (!this.process.alive) return () => undefined;
    return this.clock.after(ms, () => {
      if (this.process.alive) fn();
    });
  }

  /** The work queue asks for it: turns of the real event loop would not be repeatable. */
  readonly nextTurn = (fn: () => void): void => void this.after(0, fn);
}
