/**
 * The collector: which ads it has at a moment. Nothing happens here by timer: what is visible follows from when each startd last reported,
 * when its ads were dropped, and when the housekeeper last looked for old ones (it runs once per CLASSAD_LIFETIME, measured: a dead node's
 * ad lives one to two lifetimes).
 */
import type { Startd } from './startd.ts';

export class Collector {
  /** StatsLifetime counts from here. */
  startedAt: number;
  readonly startds = new Map<string, Startd>();
  readonly #adLifetimeMs: number;

  constructor(startedAt: number, adLifetimeMs: number) {
    this.startedAt = startedAt;
    this.#adLifetimeMs = adLifetimeMs;
  }

  /** Startds whose slot ads it has, in the order of their first appearance. */
  visible(now: number): Startd[] {
    this.#forget(now);
    return [...this.startds.values()].filter((startd) => this.hasSlotAd(startd, now));
  }

  hasSlotAd(startd: Startd, now: number): boolean {
    return this.#fresh(startd.lastHeardAt(now), startd.slotAdDroppedAt, now);
  }

  hasMasterAd(startd: Startd, now: number): boolean {
    return startd.spec.masterAd && this.#fresh(startd.masterHeardAt(now), startd.masterAdDroppedAt, now);
  }

  /** Startds with any ad. */
  all(now: number): Startd[] {
    this.#forget(now);
    return [...this.startds.values()];
  }

  /** Starts again with nothing; each node is back with its next update, if its token still holds. */
  restart(now: number): void {
    this.startedAt = now;
    for (const startd of this.startds.values()) {
      const denied = startd.spec.tokenExpiresAt !== undefined && startd.spec.tokenExpiresAt <= now;
      startd.slotAdDroppedAt = denied ? Infinity : now;
      startd.masterAdDroppedAt = denied ? Infinity : now;
    }
  }

  #fresh(heardAt: number, droppedAt: number, now: number): boolean {
    if (heardAt <= droppedAt) return false;
    const housekeeping = this.startedAt + Math.floor((now - this.startedAt) / this.#adLifetimeMs) * this.#adLifetimeMs;
    return housekeeping - heardAt <= this.#adLifetimeMs;
  }

  /** Drops the records of machines that are gone and will never report again. */
  #forget(now: number): void {
    for (const [name, startd] of this.startds)
      if (startd.state === 'Vanished' && !this.hasSlotAd(startd, now) && !this.hasMasterAd(startd, now))
        this.startds.delete(name);
  }
}
