import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { History, type PoolPoint } from '../../../src/server/history.ts';

const point = (idle: number): PoolPoint => ({ idle, running: 0, nodes: 0, desired: 0 });

describe('history', () => {
  let clock: ManualClock;
  let pools: [string, PoolPoint][] | undefined;
  let history: History;

  beforeEach(() => {
    clock = new ManualClock();
    pools = [['ns/a', point(1)]];
    history = new History(clock, () => pools);
    history.start();
  });

  it('has a point at once, and one each minute', async () => {
    pools = [['ns/a', point(2)]];
    await clock.advance(60_000);
    expect(JSON.parse(JSON.stringify(history))).to.deep.equal({
      interval: 60,
      points: [
        { time: '2026-01-01T00:00:00.000Z', pools: { 'ns/a': point(1) } },
        { time: '2026-01-01T00:01:00.000Z', pools: { 'ns/a': point(2) } },
      ],
    });
  });

  it('has the last hour and no more', async () => {
    await clock.advance(100 * 60_000);
    const { points } = history.toJSON();
    expect(points).to.have.length(60);
    expect(points.at(-1)?.time).to.equal('2026-01-01T01:40:00.000Z');
  });

  it('has as many pools as fit, always the same ones', async () => {
    pools = Array.from({ length: 500 }, (_, i) => [`ns/p${String(999 - i)}`, point(i)]);
    await clock.advance(60_000);
    const names = Object.keys(history.toJSON().points.at(-1)?.pools ?? {});
    expect(names).to.have.length(200);
    expect([names[0], names.at(-1)]).to.deep.equal(['ns/p500', 'ns/p699']);
  });

  it('has no point of what is not known', async () => {
    pools = undefined;
    await clock.advance(5 * 60_000);
    expect(history.toJSON().points).to.have.length(1);
  });

  it('ends', async () => {
    history.stop();
    await clock.advance(60 * 60_000);
    expect(history.toJSON().points).to.have.length(1);
  });
});
