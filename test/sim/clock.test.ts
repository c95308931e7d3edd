import { expect } from 'chai';
import { SimClock } from './clock.ts';
import { Process, ProcessClock } from './process.ts';
import { randomOf } from './seeds.ts';

const START = Date.UTC(2026, 0, 1);
const never = (): boolean => false;

describe('SimClock', () => {
  const clockOf = (seed: number): SimClock => new SimClock(randomOf(seed, 'ties'), START);

  it('jumps from timer to timer, in the order of their times', async () => {
    const clock = clockOf(1);
    const fired: [string, number][] = [];
    const note = (name: string) => (): void => void fired.push([name, clock.now() - START]);
    clock.after(300, note('c'));
    clock.after(100, note('a'));
    clock.after(200, note('b'));
    await clock.runUntil(START + 250, never);
    expect(fired).to.deep.equal([
      ['a', 100],
      ['b', 200],
    ]);
    expect(clock.now()).to.equal(START + 250);
    await clock.runUntil(START + 1_000, never);
    expect(fired.at(-1)).to.deep.equal(['c', 300]);
  });

  it('keeps many timers in order, whatever the order in which they were made', async () => {
    const clock = clockOf(2);
    const random = randomOf(2, 'delays');
    const times: number[] = [];
    for (let i = 0; i < 2_000; i++) clock.after(random.next() * 10_000, () => times.push(clock.now()));
    await clock.runUntil(START + 10_000, never);
    expect(times).to.have.length(2_000);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
  });

  it('fires timers of one instant in an order that the seed decides', async () => {
    const orderOf = async (seed: number): Promise<string> => {
      const clock = clockOf(seed);
      let order = '';
      for (const name of 'abcdefgh') clock.after(50, () => (order += name));
      await clock.runUntil(START + 50, never);
      return order;
    };
    expect(await orderOf(3)).to.equal(await orderOf(3));
    expect(new Set(await Promise.all([3, 4, 5, 6].map(orderOf))).size).to.be.greaterThan(1);
  });

  it('a cancelled timer does not fire', async () => {
    const clock = clockOf(1);
    let fired = false;
    const cancel = clock.after(10, () => (fired = true));
    cancel();
    await clock.runUntil(START + 100, never);
    expect(fired).to.equal(false);
  });

  it('lets every promise go on before the next timer', async () => {
    const clock = clockOf(1);
    const steps: string[] = [];
    clock.after(10, () => {
      void (async () => {
        for (let i = 0; i < 50; i++) await Promise.resolve();
        steps.push('promises');
      })();
    });
    clock.after(11, () => steps.push('timer'));
    await clock.runUntil(START + 20, never);
    expect(steps).to.deep.equal(['promises', 'timer']);
  });

  it('ends after the step that it is told to end after', async () => {
    const clock = clockOf(1);
    const fired: number[] = [];
    for (const ms of [10, 20, 30]) clock.after(ms, () => fired.push(ms));
    await clock.runUntil(START + 100, () => fired.length === 2);
    expect(fired).to.deep.equal([10, 20]);
  });

  it('notices somebody who looks at the time and waits for nothing', () => {
    const clock = clockOf(1);
    expect(() => {
      for (;;) clock.look();
    }).to.throw('livelock');
  });
});

describe('ProcessClock', () => {
  it('shows what the clock of its machine shows; timers do not care', async () => {
    const clock = new SimClock(randomOf(1, 'ties'), START);
    const machine = { offsetMs: 0 };
    const own = new ProcessClock(clock, new Process('op'), machine);
    let firedAt = 0;
    own.after(1_000, () => (firedAt = clock.now()));
    machine.offsetMs = -60_000;
    expect(own.now()).to.equal(START - 60_000);
    await clock.runUntil(START + 2_000, never);
    expect(firedAt).to.equal(START + 1_000);
  });

  it('nothing of a process fires once it has ended', async () => {
    const clock = new SimClock(randomOf(1, 'ties'), START);
    const process = new Process('op');
    const own = new ProcessClock(clock, process, { offsetMs: 0 });
    const fired: string[] = [];
    own.after(10, () => fired.push('timer'));
    own.nextTurn(() => fired.push('turn'));
    process.end();
    own.after(10, () => fired.push('later'));
    await clock.runUntil(START + 100, never);
    expect(fired).to.deep.equal([]);
  });
});
