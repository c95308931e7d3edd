/** An SDK over a fake network. */
import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { OpenStack } from '../../../src/openstack/sdk.ts';
import { captured, CLOUD, FakeTransport, type Handler, type Reply } from './fake-transport.ts';

export interface Made {
  os: OpenStack;
  transport: FakeTransport;
}

/** Answers by line `GET url`; a captured answer is named by its file. */
export function made(answers: Record<string, string | Reply | Handler>): Made {
  const transport = new FakeTransport((seen) => {
    const answer = answers[seen.line];
    if (typeof answer === 'function') return answer(seen);
    return typeof answer === 'string' ? captured(answer) : answer;
  });
  return { transport, os: new OpenStack(CLOUD, { transport, clock: new ManualClock(), random: { next: () => 0.5 } }) };
}
export async function errorOf(promise: Promise<unknown>): Promise<EhosError> {
  const error: unknown = await promise.then(
    () => new Error('was not refused'),
    (e: unknown) => e,
  );
  expect(error).to.be.instanceOf(EhosError);
  return error as EhosError;
}
export const nova = (version: string): Reply => ({ body: { version: { version } } });
