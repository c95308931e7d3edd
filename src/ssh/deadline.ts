import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';

/** What ends a command early: its time is up, its caller gave up, or the connection's owner closed it. Whichever is first counts. */
export class Deadline {
  readonly #cleanups: (() => void)[] = [];
  readonly #listeners: ((reason: Error) => void)[] = [];
  #sent = false;
  #reason: Error | undefined;

  constructor(clock: Clock, ms: number, peer: string, signals: (AbortSignal | undefined)[]) {
    const cancel = clock.after(ms, () =>
      this.#expire(new EhosError('Timeout', `${peer}: no answer within ${ms} ms`, { maybeDone: this.#sent })),
    );
    this.#cleanups.push(cancel);
    for (const signal of signals) {
      if (!signal) continue;
      const onAbort = (): void => this.#expire(signal.reason as Error);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#cleanups.push(() => signal.removeEventListener('abort', onAbort));
    }
  }

  /** Settles like `work`, or rejects when time is up. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#onExpiry(reject);
      work.then(resolve, reject);
    });
  }

  /** From now on an expiry may come after the effect. */
  onceSent(abandon: (reason: Error) => void): void {
    this.#sent = true;
    this.#onExpiry(abandon);
  }

  clear(): void {
    for (const cleanup of this.#cleanups) cleanup();
  }

  #onExpiry(listener: (reason: Error) => void): void {
    if (this.#reason) listener(this.#reason);
    else this.#listeners.push(listener);
  }

  #expire(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener(reason);
  }
}
