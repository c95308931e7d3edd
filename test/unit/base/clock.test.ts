import { expect } from 'chai';
import { ManualClock, sleep, systemClock } from '../../../src/base/clock.ts';

describe('ManualClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new ManualClock(1000);
    expect(clock.now()).to.equal(1000);
    await clock.advance(250);
    expect(clock.now()).to.equal(1250);
  });

  it('fires timers in the order of their time, then of their making, each at its own time', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    await clock.advance(15);
    expect(fired).to.deep.equal(['first@10', 'second@10']);
    await clock.advance(5);
    expect(fired).to.deep.equal(['first@10', 'second@10', 'late@20']);
  });

  it('fires timers that are set while it moves, when they fall into the step', async () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(fired).to.deep.equal([10, 20, 30]);
  });

  it('lets promises that wait for a timer go on before the next timer fires', async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    const work = sleep(clock, 10).then(() => seen.push(`slept until ${clock.now()}`));
    clock.after(11, () => seen.push('next timer'));
    await clock.advance(20);
    await work;
    expect(seen).to.deep.equal(['slept until 10', 'next timer']);
  });

  it('does not fire what was cancelled', async () => {
    const clock = new ManualClock(0);
    let fired = false;
    const cancel = clock.after(10, () => (fired = true));
    cancel();
    await clock.advance(20);
    expect(fired).to.equal(false);
  });

  it('fires a timer of negative delay at once, and never moves backwards for it', async () => {
    const clock = new ManualClock(100);
    const fired: number[] = [];
    clock.after(-50, () => fired.push(clock.now()));
    await clock.advance(0);
    expect(fired).to.deep.equal([100]);
  });
});

describe('sleep', () => {
  const reason = new Error('shutting down');

  it('rejects with the reason of a signal that was aborted before, without a timer', async () => {
    const clock = new ManualClock(0);
    const error = await sleep(clock, 10, AbortSignal.abort(reason)).catch((caught: unknown) => caught);
    expect(error).to.equal(reason);
  });

  it('rejects as soon as the signal is aborted', async () => {
    const clock = new ManualClock(0);
    const controller = new AbortController();
    const result = sleep(clock, 60_000, controller.signal).catch((caught: unknown) => caught);
    controller.abort(reason);
    expect(await result).to.equal(reason);
    expect(clock.now()).to.equal(0);
  });

  it('is not disturbed by an abort after its end', async () => {
    const clock = new ManualClock(0);
    const controller = new AbortController();
    const result = sleep(clock, 10, controller.signal).then(() => 'slept');
    await clock.advance(10);
    controller.abort(reason);
    expect(await result).to.equal('slept');
  });
});

describe('systemClock', () => {
  it('tells the time of the machine', () => expect(Math.abs(systemClock.now() - Date.now())).to.be.lessThan(1000));

  it('calls back once', async () => {
    let calls = 0;
    await new Promise<void>((resolve) => {
      systemClock.after(0, () => {
        calls++;
        resolve();
      });
    });
    expect(calls).to.equal(1);
  });

  it('does not call back what was cancelled', async () => {
    let calls = 0;
    systemClock.after(0, () => calls++)();
    await new Promise<void>((resolve) => {
      systemClock.after(1, resolve);
    });
    expect(calls).to.equal(0);
  });
});
