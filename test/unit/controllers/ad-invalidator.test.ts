import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import type { CondorMaster } from '../../../src/condor/master.ts';
import { AdInvalidator } from '../../../src/controllers/ad-invalidator.ts';

function start(fail?: Error) {
  const clock = new ManualClock();
  const calls: string[][] = [];
  const invalidateAds = (machines: string[]): Promise<void> => {
    calls.push(machines);
    return fail ? Promise.reject(fail) : Promise.resolve();
  };
  const condor = { invalidateAds } as Partial<CondorMaster> as CondorMaster;
  return { clock, calls, ads: new AdInvalidator(condor, clock, new AbortController().signal) };
}

describe('AdInvalidator', () => {
  it('drops what comes within a moment in one round trip', async () => {
    const { clock, calls, ads } = start();
    const done = Promise.all([ads.drop('a'), ads.drop('b'), ads.drop('a')]);
    await clock.advance(250);
    await done;
    expect(calls).to.deep.equal([['a', 'b']]);
  });

  it('begins a new one afterwards', async () => {
    const { clock, calls, ads } = start();
    const first = ads.drop('a');
    await clock.advance(250);
    const second = ads.drop('b');
    await clock.advance(250);
    await Promise.all([first, second]);
    expect(calls).to.deep.equal([['a'], ['b']]);
  });

  it('tells everyone when it failed', async () => {
    const { clock, ads } = start(new Error('collector down'));
    const outcomes = Promise.allSettled([ads.drop('a'), ads.drop('b')]);
    await clock.advance(250);
    expect((await outcomes).map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });
});
