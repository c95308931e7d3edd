import { systemClock, type Clock } from '../../../src/base/clock.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { RestKubeClient, type RestKubeClientOptions } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import type { ApiStub } from './api-stub.ts';

/** What a call was refused with; a call that was not refused fails the test. */
export async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => new Error('it should have been refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw error as Error;
  return error;
}

/** A client whose pauses between tries take no time: what they are is told by `clock`. Warnings go to `warnings`. */
export function quickClient(
  api: ApiStub,
  clock: Clock,
  warnings: LogFields[],
  options: Partial<RestKubeClientOptions> = {},
): RestKubeClient {
  const log = { ...silentLog, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields) };
  const quick = {
    now: () => clock.now(),
    after: (ms: number, fn: () => void) => systemClock.after(ms > 10_000 ? ms : 0, fn),
  };
  return new RestKubeClient({
    access: api.access(),
    clock: quick,
    random: { next: () => 0.5 },
    log,
    userAgent: 'ehos-operator/1',
    ...options,
  });
}
