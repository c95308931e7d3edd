import { expect } from 'chai';
import { ManualClock, steadyClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';

/** A clock whose timers do not fire: a process that was frozen goes on with what it had in hand before any timer of it does. */
class FrozenClock extends ManualClock {
  aheadMs = 0;
  override now(): number {
    return super.now() + this.aheadMs;
  }
}

describe('TimedGate', () => {
  let clock: FrozenClock;
  let gate: TimedGate;
  const refusal = (): EhosError => {
    try {
      gate.pass('create ehosnodes "a"');
    } catch (error) {
      if (error instanceof EhosError) return error;
    }
    throw new Error('it passed');
  };

  beforeEach(() => {
    clock = new FrozenClock(1_000);
    gate = new TimedGate(clock);
  });

  it('is closed before it was opened, and can be opened then', () => {
    expect(refusal().message).to.equal(
      'create ehosnodes "a": not sent, since this process may not change anything: it has not been chosen to',
    );
    expect(gate.signal.aborted).to.equal(false);
    expect(gate.openUntil(2_000)).to.equal(true);
    gate.pass('x');
  });

  it('says of what it refuses that it was not sent, and is worth another try elsewhere', () =>
    expect(refusal()).to.include({ errorClass: 'Transient', maybeDone: false }));

  it('stays open as long as it is extended', async () => {
    for (let i = 0; i < 5; i++) {
      expect(gate.openUntil(clock.now() + 10_000)).to.equal(true);
      await clock.advance(9_999);
      gate.pass('x');
    }
    expect(gate.signal.aborted).to.equal(false);
  });

  it('closes by itself, for good, and ends what is under way, which may have been done', async () => {
    gate.openUntil(clock.now() + 10_000);
    await clock.advance(10_000);
    expect(gate.signal.aborted).to.equal(true);
    expect(gate.signal.reason).to.be.instanceOf(EhosError).and.include({ maybeDone: true });
    expect(gate.openUntil(clock.now() + 10_000)).to.equal(false);
    expect(refusal().message).to.include('may not change anything any more: its time is over');
  });

  it('closes by itself although its timer fires a little early', async () => {
    const early = { now: () => clock.now(), after: (ms: number, fn: () => void) => clock.after(Math.floor(ms), fn) };
    gate = new TimedGate(early);
    gate.openUntil(clock.now() + 10_000.7);
    await clock.advance(10_000);
    expect(gate.signal.aborted).to.equal(false);
    await clock.advance(2);
    expect(gate.signal.aborted).to.equal(true);
  });

  it('lets nothing pass after its time although no timer has fired yet', () => {
    gate.openUntil(clock.now() + 10_000);
    clock.aheadMs = 10_000;
    expect(gate.signal.aborted).to.equal(false);
    expect(refusal().maybeDone).to.equal(false);
    expect(gate.signal.aborted, 'what is under way ends, too').to.equal(true);
  });

  it('is not opened by an answer that comes after its time', () => {
    gate.openUntil(clock.now() + 10_000);
    clock.aheadMs = 30_000;
    expect(gate.openUntil(clock.now() + 5_000)).to.equal(false);
    expect(gate.isOpen).to.equal(false);
  });

  it('is not opened for a time that is over', () => {
    expect(gate.openUntil(clock.now())).to.equal(false);
    expect(gate.isOpen).to.equal(false);
  });

  it('says why it was closed; the first reason counts', () => {
    gate.openUntil(clock.now() + 10_000);
    gate.close('the Lease is held by b');
    gate.close('it is stopping');
    expect(refusal().message).to.include('any more: the Lease is held by b');
  });
});

describe('steadyClock', () => {
  it('goes on, and does not tell the time of day', async () => {
    const before = steadyClock.now();
    await new Promise<void>((resolve) => void steadyClock.after(5, resolve));
    expect(steadyClock.now()).to.be.above(before);
    expect(before).to.be.below(Date.UTC(2000, 0, 1));
  });
});
