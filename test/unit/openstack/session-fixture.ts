/** A session over a fake network and a clock that the test moves. */
import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { Session, type Call } from '../../../src/openstack/session.ts';
import { CLOUD, FakeTransport, type Handler } from './fake-transport.ts';

export const LIMITS: Call = { service: 'compute', method: 'GET', path: '/limits' };
export const CREATE: Call = { service: 'compute', method: 'POST', path: '/servers', body: { server: {} } };

export interface Made {
  session: Session;
  transport: FakeTransport;
  clock: ManualClock;
}

export function made(handler: Handler, cloud: Partial<CloudConfig> = {}, log: Log = silentLog): Made {
  const clock = new ManualClock();
  const transport = new FakeTransport(handler);
  const session = new Session({ cloud: { ...CLOUD, ...cloud }, transport, clock, random: { next: () => 0.5 }, log });
  return { session, transport, clock };
}

/** The error of a promise while the clock is moved by `ms`. */
export async function errorWhile(clock: ManualClock, ms: number, promise: Promise<unknown>): Promise<EhosError> {
  const caught = promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: unknown) => error,
  );
  await clock.advance(ms);
  const error = await caught;
  expect(error).to.be.instanceOf(EhosError);
  return error as EhosError;
}
