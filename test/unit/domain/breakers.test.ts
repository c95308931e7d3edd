import { expect } from 'chai';
import { seededRandom } from '../../../src/base/random.ts';
import { canaryOf, failed, isOpen, type Breaker } from '../../../src/domain/breakers.ts';
import { plan } from '../../../src/domain/plan.ts';
import { cloud, jobs, LARGE, nodes, NOW, situation, SMALL } from './planning.ts';

const MINUTE = 60_000;
const failure = { flavor: 'm1.small', template: 'abc', reason: 'has not joined' };
const even = { next: () => 0.5 };

function after(n: number, random = even): Breaker {
  let breaker: Breaker | undefined;
  for (let i = 0; i < n; i++) breaker = failed(breaker, failure, random, NOW);
  if (!breaker) throw new RangeError('n must be positive');
  return breaker;
}

describe('servers that do not join', () => {
  const rows: [failures: number, open: boolean, pause: number][] = [
    [1, false, 0],
    [2, false, 0],
    [3, true, 5],
    [4, true, 10],
    [5, true, 20],
    [6, true, 40],
    [7, true, 80],
    [8, true, 120],
    [50, true, 120],
  ];
  for (const [n, open, pause] of rows)
    it(`I15: after ${n} in a row ${open ? `one is tried after ${pause} min` : 'nothing is held back'}`, () => {
      const breaker = after(n);
      expect(isOpen(breaker)).to.equal(open);
      expect((breaker.until - NOW) / MINUTE).to.equal(pause);
    });

  it('pauses vary, and are never longer than two hours', () => {
    const pauses = [1, 2, 3, 4, 5].map((seed) => after(3, seededRandom(seed)).until - NOW);
    expect(new Set(pauses).size).to.be.greaterThan(1);
    for (const pause of pauses) expect(pause).to.be.within(4 * MINUTE, 6 * MINUTE);
    expect(after(20, { next: () => 0.999 }).until - NOW).to.equal(120 * MINUTE);
  });

  it('what an older template came to says nothing of a new one', () => {
    expect(failed(after(7), { ...failure, template: 'new' }, even, NOW).failures).to.equal(1);
    expect(failed(after(7), { ...failure, flavor: 'm1.large', template: 'other' }, even, NOW).failures).to.equal(8);
  });

  const canaries: [
    what: string,
    breaker: Breaker | undefined,
    starting: number,
    now: number,
    room: 0 | 1 | undefined,
  ][] = [
    ['nothing has failed', undefined, 5, NOW, undefined],
    ['two have failed', after(2), 5, NOW, undefined],
    ['the pause goes on', after(3), 0, NOW + 4 * MINUTE, 0],
    ['the pause is over', after(3), 0, NOW + 5 * MINUTE, 1],
    ['one is on its way', after(3), 1, NOW + 5 * MINUTE, 0],
  ];
  for (const [what, breaker, starting, now, room] of canaries)
    it(`when ${what}, ${room ?? 'as many as are needed'} may be made`, () => {
      expect(canaryOf(breaker, starting, now)?.room).to.equal(room);
    });
});

describe('the plan for a cloud on which servers do not join', () => {
  const withCanary = (name: string, room: 0 | 1, until?: number) =>
    cloud(name, {
      flavors: [SMALL, LARGE],
      groupRoom: room,
      canary: { room, reason: '3 servers in a row did not join', until },
    });

  it('I15: makes one node there, of all flavors together, and says why not more', () => {
    const found = plan(situation({ demand: [jobs(20), jobs(20, 4, 4096)], clouds: [withCanary('a', 1)] }));
    expect(found.creates).to.have.length(1);
    expect(found.limited).to.deep.equal({ reason: 'Cooldown', message: 'a: 3 servers in a row did not join' });
  });

  it('uses other clouds meanwhile', () => {
    const clouds = [withCanary('a', 0), cloud('b', { flavors: [LARGE] })];
    const found = plan(situation({ demand: [jobs(8)], clouds }));
    expect(found.creates.map(({ cloud: name }) => name)).to.deep.equal(['b', 'b']);
  });

  it('looks again when the pause is over', () => {
    const found = plan(situation({ demand: [jobs(8)], clouds: [withCanary('a', 0, NOW + 7 * MINUTE)] }));
    expect(found.creates).to.deep.equal([]);
    expect(found.recheckAfter).to.equal(7 * MINUTE);
  });

  it('takes away nothing for it', () => {
    const found = plan(situation({ nodes: nodes(3, 'Busy'), demand: [jobs(8)], clouds: [withCanary('a', 0)] }));
    expect(found.removals).to.deep.equal([]);
  });
});
