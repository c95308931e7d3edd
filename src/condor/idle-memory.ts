import type { Startd } from '../domain/snapshots.ts';

/**
 * Remembers until when each slot was seen busy. When the last dynamic slot goes, the ad that says so may still carry the
 * NumDynamicSlotsTime at which it came; only the next update corrects it (measured with 23.9.6). Without this, a node would look idle for
 * as long as its last job ran.
 */
export class IdleMemory {
  #lastBusy = new Map<string, number>();

  /** The same slots, none of them idle since before it was last seen busy. Slots that are gone are forgotten. */
  correct(startds: Startd[]): Startd[] {
    const remembered = this.#lastBusy;
    this.#lastBusy = new Map();
    return startds.map((startd) => {
      const before = remembered.get(startd.name) ?? -Infinity;
      const busyAt = startd.dynamicSlots > 0 ? Math.max(startd.lastHeardFrom, before) : before;
      if (busyAt > -Infinity) this.#lastBusy.set(startd.name, busyAt);
      const { idleSince } = startd;
      return idleSince === undefined || idleSince >= busyAt ? startd : { ...startd, idleSince: busyAt };
    });
  }
}
