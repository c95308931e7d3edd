/** Conditions in the standard form: lastTransitionTime moves only when the status does. */
import type { Condition } from '../api/resources.ts';
import { toTime } from './times.ts';

export interface ConditionInput {
  type: string;
  status: boolean | 'Unknown';
  reason: string;
  message: string;
}

/** The conditions wanted, in the given order; those not named are dropped. */
export function conditionsOf(
  current: readonly Condition[] | undefined,
  wanted: readonly ConditionInput[],
  now: number,
  observedGeneration?: number,
): Condition[] {
  return wanted.map((input) => {
    const status = input.status === 'Unknown' ? 'Unknown' : input.status ? 'True' : 'False';
    const before = current?.find((condition) => condition.type === input.type);
    return {
      type: input.type,
      status,
      reason: input.reason,
      message: input.message.slice(0, 4096),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : toTime(now),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    };
  });
}
