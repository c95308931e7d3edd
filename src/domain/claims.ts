/** Slots that are claimed and do not run their job yet. */
import type { Demand } from './plan-types.ts';
import type { Shape, Startd } from './snapshots.ts';

/**
 * Takes the jobs from the demand for which a dynamic slot is claimed already: a job counts as idle until its shadow has started it,
 * while its slot is gone from the free capacity, so that it would be counted twice. The claimed slots do not say which jobs they are
 * for; of those that can be claimed at all the smallest are taken, so that what is left needs no less than the truth.
 */
export function lessClaimed(demand: Demand[], slots: number, canBeClaimed: (shape: Shape) => boolean): Demand[] {
  let claimed = slots;
  if (claimed === 0) return demand;
  const taken = new Map<Demand, number>();
  const smallestFirst = demand
    .filter(canBeClaimed)
    .sort((a, b) => a.gpus - b.gpus || a.cpus - b.cpus || a.memory - b.memory);
  for (const shape of smallestFirst) {
    const take = Math.min(claimed, shape.count);
    taken.set(shape, take);
    claimed -= take;
  }
  return demand
    .map((shape) => ({ ...shape, count: shape.count - (taken.get(shape) ?? 0) }))
    .filter(({ count }) => count > 0);
}

/** Dynamic slots that are claimed and do not run their job yet; one that is counted and not told of was made a moment ago, for a claim. */
export function claimedIn(startds: Iterable<Startd>): number {
  let claimed = 0;
  for (const { state: own, children, dynamicSlots } of startds) {
    // a slot that is claimed itself is no partitionable one: its job is its own
    if (own === 'Unclaimed') claimed += Math.max(0, dynamicSlots - children.length);
    for (const { state, activity } of children) if (state === 'Claimed' && activity === 'Idle') claimed += 1;
  }
  return claimed;
}
