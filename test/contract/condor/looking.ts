import { setTimeout as wait } from 'node:timers/promises';
import { EhosError } from '../../../src/base/errors.ts';
import type { JobGroup } from '../../../src/domain/snapshots.ts';

/** Longest wait for what a schedd or collector shows some seconds later. */
export const PATIENCE_MS = 60_000;

export function countOf(groups: JobGroup[], state: JobGroup['state']): number {
  return groups.filter((group) => group.state === state).reduce((sum, group) => sum + group.count, 0);
}

export async function rejectionOf(work: Promise<unknown>): Promise<EhosError> {
  const outcome = await work.then(
    (value: unknown) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof EhosError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('rejected with something that is no error');
}

/** Looks until what is seen passes the test, or time is up; returns what was seen last. */
export async function eventually<T>(look: () => Promise<T>, test: (seen: T) => boolean): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (test(seen) || Date.now() > until) return seen;
    await wait(250);
  }
}
