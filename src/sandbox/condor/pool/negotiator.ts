/**
 * One negotiation cycle: which idle jobs are offered which slots. It sees only the ads in the collector, so that a dead node whose ad remains
 * goes on being matched (measured: every cycle for 13 min, although a live idle node was there).
 * User priorities are left out: all shapes are served in the order in which they were first submitted.
 */
import type { ConcurrencyLimits } from './concurrency-limits.ts';
import type { JobShape } from './jobs.ts';
import { DISK_ON_TOP, footprintsOf, type Footprint } from './schedd.ts';
import { contains, subtract } from './startd.ts';

export interface Offer<T> {
  target: T;
  /** What its ad says is free; the negotiator takes off what it gives away in this cycle. */
  free: Footprint;
}

export interface Match<T> {
  shape: JobShape;
  target: T;
  /** How many jobs of the shape. */
  count: number;
}

/** Why jobs of a shape are left over: LastRejMatchReason, with the space at its end (measured). */
export interface Refusal {
  shape: JobShape;
  reason: string;
}

interface Place<T> extends Offer<T> {
  /** Whose it is for this cycle. */
  owner: string | undefined;
}

/** `demand` in order of service; `accepts` is START and Requirements. */
export function negotiate<T>(
  demand: readonly { shape: JobShape; idle: number }[],
  offers: readonly Offer<T>[],
  accepts: (shape: JobShape, target: T) => boolean,
  limits: ConcurrencyLimits,
): { matches: Match<T>[]; refusals: Refusal[] } {
  const matches: Match<T>[] = [];
  const refusals: Refusal[] = [];
  const places = offers.map((offer): Place<T> => ({ ...offer, owner: undefined }));
  for (const { shape, idle } of demand) {
    const { jobs, limit } = limits.allowance(shape);
    const given = place(shape, Math.min(idle, jobs), places, accepts);
    const count = given.reduce((sum, match) => sum + match.count, 0);
    limits.take(shape, count);
    matches.push(...given);
    if (count === idle) continue;
    refusals.push({ shape, reason: count === jobs ? `concurrency limit ${limit} reached ` : 'no match found ' });
  }
  return { matches, refusals };
}

/**
 * What is left of a slot that was matched goes to the same owner only: its schedd has claimed the whole of it
 * (CLAIM_PARTITIONABLE_LEFTOVERS; measured: jobs of another user had to wait for the next cycle).
 */
function place<T>(
  shape: JobShape,
  jobs: number,
  places: readonly Place<T>[],
  accepts: (shape: JobShape, target: T) => boolean,
): Match<T>[] {
  const matches: Match<T>[] = [];
  const isFree = ({ owner }: Place<T>): boolean => owner === undefined || owner === shape.owner;
  let wanted = jobs;
  for (const offer of byRank(places.filter(isFree))) {
    if (wanted === 0) break;
    const possible = footprintsOf(shape).filter((footprint) => contains(offer.free, footprint));
    if (possible.length === 0 || !accepts(shape, offer.target)) continue;
    for (const footprint of possible) {
      const count = Math.min(wanted, capacity(offer.free, footprint));
      if (count === 0) continue;
      matches.push({ shape, target: offer.target, count });
      offer.free = subtract(offer.free, footprint, count);
      wanted -= count;
    }
    offer.owner = shape.owner;
  }
  return matches;
}

/** NEGOTIATOR_PRE_JOB_RANK's default prefers the fewest free cores, then the least memory: nodes are filled one after the other. */
function byRank<T extends Offer<unknown>>(offers: readonly T[]): T[] {
  return [...offers].sort((a, b) => a.free.cpus - b.free.cpus || a.free.memory - b.free.memory);
}

/** How many of `footprint` fit into `free`. */
function capacity(free: Footprint, footprint: Footprint): number {
  const each = (have: number, want: number): number => (want > 0 ? Math.floor(have / want) : Infinity);
  return Math.min(
    each(free.cpus, footprint.cpus),
    each(free.memory, footprint.memory),
    each(free.disk + DISK_ON_TOP, footprint.disk),
    each(free.gpus, footprint.gpus),
  );
}
