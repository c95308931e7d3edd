/** Drops the ads of deleted nodes: those that come within a moment go in one round trip, not in one each. */
import type { Clock } from '../base/clock.ts';
import type { CondorMaster } from '../condor/master.ts';

/** How long the first waits for others, ms. */
const GATHERING = 250;

export class AdInvalidator {
  readonly #clock: Clock;
  readonly #condor: CondorMaster;
  readonly #signal: AbortSignal;
  #batch: { machines: Set<string>; done: Promise<void> } | undefined;

  constructor(condor: CondorMaster, clock: Clock, signal: AbortSignal) {
    this.#condor = condor;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Resolves when the ads of the machine were dropped; rejects as `invalidateAds` does, for all of a round trip alike. */
  drop(machine: string): Promise<void> {
    this.#batch ??= this.#begin();
    this.#batch.machines.add(machine);
    return this.#batch.done;
  }

  #begin(): { machines: Set<string>; done: Promise<void> } {
    const machines = new Set<string>();
    const done = new Promise<void>((resolve) => this.#clock.after(GATHERING, resolve)).then(async () => {
      this.#batch = undefined;
      await this.#condor.invalidateAds([...machines], this.#signal);
    });
    return { machines, done };
  }
}
