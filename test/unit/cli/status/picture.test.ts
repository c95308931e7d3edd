import { expect } from 'chai';
import { pointsIn, type HistoryPoint } from '../../../../src/cli/status/history.ts';
import { bars, picture } from '../../../../src/cli/status/picture.ts';

const NOW = Date.parse('2026-01-01T12:00:30Z');
const at = (minutesAgo: number, idle: number, nodes = 0): HistoryPoint => ({
  time: new Date(NOW - minutesAgo * 60_000).toISOString(),
  pools: { 'ns/a': { idle, running: 0, nodes, desired: 4 } },
});

describe('the picture of the last hour', () => {
  it('has a bar for each number, gaps where there is none, and shows nothing as nothing', () => {
    expect(bars([0, 1, 4, 8], 8)).to.equal('▁▂▅█');
    expect(bars([1, undefined, 1000], 1000)).to.equal('▂ █');
    expect(bars([0, 0], 0)).to.equal('▁▁');
    expect(bars([9], 8)).to.equal('█');
  });

  it('is one character a minute, the present at its right end', () => {
    const [idle, running, nodes, axis] = picture([at(59, 8), at(1, 4), at(0, 2, 2)], 'ns/a', NOW);
    expect(idle).to.equal(`jobs idle    █${' '.repeat(57)}▅▃  now 2, most 8`);
    expect(running).to.match(/▁ {2}now 0, most 0$/);
    // against the four that are wanted
    expect(nodes).to.match(/▅ {2}now 2, most 2$/);
    expect(axis?.trimEnd().length).to.equal(13 + 60);
  });

  it('leaves out what is older, of another pool, and all where there is nothing', () => {
    expect(picture([at(61, 5)], 'ns/a', NOW)).to.deep.equal([]);
    expect(picture([at(1, 5)], 'ns/b', NOW)).to.deep.equal([]);
  });

  it('takes of the operator only what has the form of a point', () => {
    const good = at(1, 5);
    const text = JSON.stringify({
      interval: 60,
      points: [good, {}, null, { ...good, time: 'x' }, { ...good, pools: { 'ns/a': { idle: -1 } } }],
    });
    expect(pointsIn(text)).to.deep.equal([good]);
    expect(() => pointsIn('{}')).to.throw('keeps no history');
  });
});
