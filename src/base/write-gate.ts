/**
 * Whether this process may change anything outside of it: open for a time that has to be extended, closed for good once it was missed.
 * Time is asked for at each passage, not only by a timer: a process that was frozen goes on with what it had prepared, before any timer fires.
 */
import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';
import { EhosError } from './errors.ts';

export interface WriteGate {
  /**
   * To be called immediately before `what` is sent. Throws `Transient` without `maybeDone` when it must not be: it was certainly not sent.
   */
  pass(what: string): void;
  /** Aborted when the gate closes: what is under way ends with it. */
  readonly signal: AbortSignal;
}

export class TimedGate implements WriteGate {
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  /** Until when it is open; undefined: it never was. */
  #until: number | undefined;
  #why = 'it has not been chosen to';
  #cancel: () => void = () => undefined;

  /** `clock`: only differences of its times count; it must not be one that can be set. */
  constructor(clock: Clock) {
    this.#clock = clock;
    // every call under way listens to it: hundreds are no leak
    setMaxListeners(0, this.#closing.signal);
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** True while changes may be sent. */
  get isOpen(): boolean {
    this.#look();
    return this.#until !== undefined && !this.#closing.signal.aborted;
  }

  /** Open until then (time of `clock`). Returns false, and changes nothing, when it has closed for good, or that time is over. */
  openUntil(until: number): boolean {
    this.#look();
    if (this.#closing.signal.aborted || until <= this.#clock.now()) return false;
    this.#until = until;
    this.#arm(until);
    return true;
  }

  /** For good. `why` completes "this process may not change anything any more:". */
  close(why: string): void {
    if (this.#closing.signal.aborted) return;
    this.#why = why;
    this.#cancel();
    this.#closing.abort(
      new EhosError('Transient', `given up: this process may not change anything any more: ${why}`, {
        maybeDone: true,
      }),
    );
  }

  pass(what: string): void {
    if (this.isOpen) return;
    const more = this.#closing.signal.aborted ? ' any more' : '';
    throw new EhosError(
      'Transient',
      `${what}: not sent, since this process may not change anything${more}: ${this.#why}`,
    );
  }

  #arm(until: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(Math.max(1, until - this.#clock.now()), () => {
      this.#look();
      // timers of node drop fractions of a millisecond, and may fire before their time
      if (!this.#closing.signal.aborted) this.#arm(until);
    });
  }

  #look(): void {
    if (this.#until !== undefined && this.#clock.now() >= this.#until) this.close('its time is over');
  }
}
