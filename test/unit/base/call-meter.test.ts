import { expect } from 'chai';
import { CallMeter } from '../../../src/base/call-meter.ts';
import { ManualClock, sleep } from '../../../src/base/clock.ts';
import { Histogram } from '../../../src/base/histogram.ts';

describe('Histogram', () => {
  it('counts by upper bound, the bound itself included, and what is beyond all', () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0, 1, 1.5, 5, 6, 100]) histogram.observe(value);
    expect(histogram.counts).to.deep.equal([2, 2, 2]);
    expect(histogram).to.include({ sum: 113.5, count: 6 });
  });
});

describe('CallMeter', () => {
  const asked = { kind: 'compute', request: 'GET servers' };
  let clock: ManualClock;
  let meter: CallMeter;

  beforeEach(() => {
    clock = new ManualClock();
    meter = new CallMeter();
  });

  const made = async (ms: number, answer: () => string, failure?: (error: unknown) => string): Promise<unknown> => {
    const call = meter.time(clock, asked, () => sleep(clock, ms).then(answer), {
      answer: (text) => text,
      ...(failure && { failure }),
    });
    const settled = call.catch((error: unknown) => error);
    await clock.advance(ms);
    return await settled;
  };

  it('counts by what was asked and what came of it, and times by kind and outcome', async () => {
    expect(await made(500, () => '200')).to.equal('200');
    await made(1_500, () => '200');
    await made(10, () => '503');
    meter.observe({ kind: 'compute', request: 'POST servers' }, '200', 3);
    expect([...meter.counts()].map(({ request, code, count }) => [request, code, count])).to.deep.equal([
      ['GET servers', '200', 2],
      ['GET servers', '503', 1],
      ['POST servers', '200', 1],
    ]);
    expect([...meter.times()].map(({ kind, code, times: { sum, count } }) => [kind, code, sum, count])).to.deep.equal([
      ['compute', '200', 5, 3],
      ['compute', '503', 0.01, 1],
    ]);
  });

  it('counts what nobody answered, and passes the failure on', async () => {
    const failure = new Error('reset');
    expect(
      await made(10, () => {
        throw failure;
      }),
    ).to.equal(failure);
    await made(
      10,
      () => {
        throw failure;
      },
      () => 'timeout',
    );
    expect([...meter.counts()].map(({ code, count }) => [code, count])).to.deep.equal([
      ['none', 1],
      ['timeout', 1],
    ]);
  });
});
