/**
 * One negotiation cycle: which idle jobs are offered which slots. It sees only the ads in the collector, so that a dead node whose ad remains
 * goes on being matched (measured: every cycle for 13 min, although a live idle node was there).
 * User priorities are left out: all shapes are served in the order in which they were first submitted.
 */
import type { JobShape } from './jobs.ts';
import { footprintOf, type Footprint } from './schedd.ts';
import { contains, subtract } from './startd.ts';

export interface Offer<T> {
  target: T;
  /** What its ad says is free; the negotiator takes off what it gives away in this cycle. */
  free: Footprint;
}

export interface Match<T> {
  shape: JobShape;
  footprint: Footprint;
  target: T;
  /** How many jobs of the shape. */
  count: number;
}

/** `demand` in order of service; `accepts` is START and Requirements. */
export function negotiate<T>(
  demand: readonly { shape: JobShape; idle: number }[],
  offers: readonly Offer<T>[],
  accepts: (shape: JobShape, target: T) => boolean,
): Match<T>[] {
  const matches: Match<T>[] = [];
  const left = offers.map((offer) => ({ ...offer }));
  for (const { shape, idle } of demand) {
    const footprint = footprintOf(shape);
    let wanted = idle;
    for (const offer of byRank(left)) {
      if (wanted === 0) break;
      if (!contains(offer.free, footprint) || !accepts(shape, offer.target)) continue;
      const count = Math.min(wanted, capacity(offer.free, footprint));
      matches.push({ shape, footprint, target: offer.target, count });
      offer.free = subtract(offer.free, footprint, count);
      wanted -= count;
    }
  }
  return matches;
}

/** NEGOTIATOR_PRE_JOB_RANK's default prefers the fewest free cores, then the least memory: nodes are filled one after the other. */
function byRank<T>(offers: readonly Offer<T>[]): Offer<T>[] {
  return [...offers].sort((a, b) => a.free.cpus - b.free.cpus || a.free.memory - b.free.memory);
}

/** How many of `footprint` fit into `free`. */
function capacity(free: Footprint, footprint: Footprint): number {
  const each = (have: number, want: number): number => (want > 0 ? Math.floor(have / want) : Infinity);
  return Math.min(
    each(free.cpus, footprint.cpus),
    each(free.memory, footprint.memory),
    each(free.disk, footprint.disk),
    each(free.gpus, footprint.gpus),
  );
}
