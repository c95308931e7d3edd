/** How many nodes a pool may begin now. */
import type { PlanInput } from './plan-types.ts';

const MINUTE = 60_000;

export interface Pace {
  allowance: number;
  /** Which field limits, as written. */
  limit: string;
  /** Milliseconds until it allows more; undefined when only a node that joins can. */
  endsAfter: number | undefined;
}

/** `starting`: nodes on their way. */
export function paceOf({ pool, recentCreates, now }: PlanInput, starting: number): Pace {
  if (pool.oneAtATime !== undefined && pool.maxBooting > 0)
    return { allowance: Math.max(0, 1 - starting), limit: pool.oneAtATime, endsAfter: undefined };
  const recent = recentCreates.filter((at) => at > now - MINUTE);
  const booting = Math.max(0, pool.maxBooting - starting);
  const perMinute = Math.max(0, pool.maxPerMinute - recent.length);
  if (booting <= perMinute) return { allowance: booting, limit: `maxBooting ${pool.maxBooting}`, endsAfter: undefined };
  const endsAfter = recent.length > 0 ? Math.min(...recent) + MINUTE - now : MINUTE;
  return { allowance: perMinute, limit: `maxPerMinute ${pool.maxPerMinute}`, endsAfter };
}
