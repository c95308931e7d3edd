import { expect } from 'chai';
import {
  blackHoles,
  isSuspicious,
  sampled,
  WINDOW,
  type Evidence,
  type MachineOutcomes,
  type StartsSample,
} from '../../../src/domain/black-holes.ts';

const suspect = (name: string) => ({ name, machine: `${name}.novalocal` });

function judge(outcomes: Record<string, MachineOutcomes>, more: Partial<Evidence> = {}): string[] {
  const found = blackHoles({
    suspects: [suspect('a')],
    outcomes: new Map(Object.entries(outcomes).map(([name, found_]) => [`${name}.novalocal`, found_])),
    runningElsewhere: 0,
    already: 0,
    nodes: 10,
    ...more,
  });
  return [...found.keys()];
}

const bad = (n: number, good = 0): MachineOutcomes => ({ bad: n, good });
const good = (n: number, failed = 0): MachineOutcomes => ({ bad: failed, good: n });

describe('a node on which jobs fail as soon as they start', () => {
  const rows: [what: string, outcomes: Record<string, MachineOutcomes>, more: Partial<Evidence>, found: string[]][] = [
    ['all fail there, and none elsewhere', { a: bad(12), b: good(20) }, {}, ['a']],
    ['nearly all fail there', { a: bad(18, 2), b: good(20) }, {}, ['a']],
    ['many fail there, and many do not', { a: bad(15, 5), b: good(20) }, {}, []],
    ['few have failed there', { a: bad(9), b: good(20) }, {}, []],
    ['short jobs that end well', { a: good(500), b: good(20) }, {}, []],
    ['they fail elsewhere, too', { a: bad(50), b: bad(40, 10) }, {}, []],
    ['there is no other node to compare with', { a: bad(50) }, {}, []],
    ['jobs run well elsewhere, and none has ended yet', { a: bad(50) }, { runningElsewhere: 8 }, ['a']],
    ['a job or two on other nodes are no comparison', { a: bad(50), b: good(2) }, { runningElsewhere: 1 }, []],
    ['nobody has heard of its jobs', { b: good(20) }, {}, []],
  ];
  for (const [what, outcomes, more, found] of rows)
    it(`${what}: ${found.length === 0 ? 'no black hole' : 'a black hole'}`, () => {
      expect(judge(outcomes, more)).to.deep.equal(found);
    });

  const many = ['a', 'b', 'c', 'd'].map(suspect);
  const all = { a: bad(10), b: bad(40), c: bad(30), d: bad(20), x: good(100) };

  it('at most three of ten are, the worst first: if there are more it is not the nodes', () => {
    expect(judge(all, { suspects: many })).to.deep.equal(['b', 'c', 'd']);
    expect(judge(all, { suspects: many, already: 2 })).to.deep.equal(['b']);
    expect(judge(all, { suspects: many, already: 3 })).to.deep.equal([]);
    expect(judge(all, { suspects: many, nodes: 2 }), 'one at least').to.deep.equal(['b']);
  });

  it('says what was seen there and elsewhere', () => {
    const outcomes = new Map([
      ['a.novalocal', bad(12)],
      ['b.novalocal', good(20, 1)],
    ]);
    const sight = { suspects: [suspect('a')], outcomes, runningElsewhere: 0, already: 0, nodes: 3 };
    expect(blackHoles(sight).get('a')).to.deep.equal({
      status: true,
      reason: 'JobsFailAtOnce',
      message: '12 of 12 jobs failed there as soon as they started, elsewhere 1 of 21',
    });
  });
});

describe('how many jobs a startd begins', () => {
  const samplesOf = (...starts: number[]): StartsSample[] =>
    starts.reduce<StartsSample[]>((all, n, i) => sampled(all, { at: i * 60_000, starts: n }), []);

  it('ten within five minutes are worth a question', () => {
    expect(isSuspicious(samplesOf(100, 104, 109))).to.equal(false);
    expect(isSuspicious(samplesOf(100, 104, 110))).to.equal(true);
  });

  it('what is older does not count', () => {
    expect(isSuspicious(samplesOf(0, 50, 50, 50, 50, 50, 50, 50))).to.equal(false);
    const long = Array.from({ length: 100 }, (_, i) => i);
    expect(samplesOf(...long).length).to.be.at.most(WINDOW / 60_000 + 1);
  });

  it('a startd that was restarted begins anew', () => {
    expect(samplesOf(500, 505, 3, 4)).to.deep.equal([
      { at: 120_000, starts: 3 },
      { at: 180_000, starts: 4 },
    ]);
  });
});
