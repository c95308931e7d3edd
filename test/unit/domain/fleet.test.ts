import { expect } from 'chai';
import { UNLIMITED } from '../../../src/domain/amounts.ts';
import { planFleet } from '../../../src/domain/fleet.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanInput } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  flavor,
  GIB,
  headroom,
  jobs,
  LARGE,
  made,
  nodes,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const one = flavor('one', 1, 2 * GIB);

/** A pool of one-core nodes on a cloud that has so many cores left. */
function poolOn(name: string, cores: number, wants: number, more: Situation = {}): PlanInput {
  return situation({
    demand: [jobs(wants)],
    clouds: [cloud('a', { flavors: [one], headroom: headroom(cores) })],
    ...more,
    pool: { name, maxNodes: 200, maxBooting: 200, maxPerMinute: 200, ...more.pool },
  });
}

function numbers(inputs: readonly PlanInput[]): number[] {
  return planFleet(inputs).map(({ creates }) => creates.length);
}

const having = (n: number): Situation => ({ nodes: nodes(n, 'Busy', { of: one }) });

describe('several pools on one cloud: its quota is shared', () => {
  const rows: [what: string, inputs: PlanInput[], expected: number[]][] = [
    ['enough for both: what each wants', [poolOn('x', 16, 8), poolOn('y', 16, 8)], [8, 8]],
    ['equal pools', [poolOn('x', 10, 8), poolOn('y', 10, 8)], [5, 5]],
    [
      'three equal pools; what cannot be halved goes to one of them',
      [poolOn('x', 10, 8), poolOn('y', 10, 8), poolOn('z', 10, 8)],
      [4, 3, 3],
    ],
    ['a small pool beside a big one has all that it wants', [poolOn('x', 10, 100), poolOn('y', 10, 2)], [8, 2]],
    [
      'nine small pools beside a big one',
      [poolOn('big', 10, 100), ...'abcdefghi'.split('').map((n) => poolOn(n, 10, 1))],
      [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ],
    ['who has 6 nodes gets less than who has none', [poolOn('x', 10, 100), poolOn('y', 10, 100, having(6))], [8, 2]],
    ['who has more than its share gets nothing', [poolOn('x', 10, 100), poolOn('y', 10, 100, having(40))], [10, 0]],
    [
      'who has more waits only as long as the others want something',
      [poolOn('x', 10, 3), poolOn('y', 10, 100, having(40))],
      [3, 7],
    ],
    ['a pool without jobs takes no share', [poolOn('x', 10, 100), poolOn('y', 10, 0)], [10, 0]],
    ['minNodes are shared as jobs are', [poolOn('x', 10, 0, { pool: { minNodes: 8 } }), poolOn('y', 10, 8)], [5, 5]],
    [
      'a paused pool takes nothing',
      [poolOn('x', 10, 100), poolOn('y', 10, 100, { pool: { mode: 'Paused' } })],
      [10, 0],
    ],
    [
      'a pool that is being deleted takes nothing',
      [poolOn('x', 10, 100), poolOn('y', 10, 100, { pool: { deleting: true } })],
      [10, 0],
    ],
    [
      'maxNodes of one is the gain of the other',
      [poolOn('x', 10, 100, { pool: { maxNodes: 2 } }), poolOn('y', 10, 100)],
      [2, 8],
    ],
    ['so is its pace', [poolOn('x', 10, 100, { pool: { maxBooting: 3 } }), poolOn('y', 10, 100)], [3, 7]],
    ['nothing left, nothing made', [poolOn('x', 0, 5), poolOn('y', 0, 5)], [0, 0]],
  ];
  for (const [what, inputs, expected] of rows) {
    it(`${what}: ${expected.join(' and ')}`, () => {
      expect(numbers(inputs)).to.deep.equal(expected);
    });

    it(`${what}: whatever the order of the pools`, () => {
      const turned = planFleet(inputs.toReversed()).toReversed();
      expect(turned).to.deep.equal(planFleet(inputs));
    });
  }

  it('Observe: it tells what it would do if it were alone, and takes nothing from the others', () => {
    const [active, observing] = planFleet([poolOn('x', 10, 100), poolOn('y', 10, 100, { pool: { mode: 'Observe' } })]);
    expect(active?.creates.length).to.equal(10);
    expect(observing?.decision.what).to.equal('would create 10 nodes: 10 x one on a');
  });

  it('a pool that is given less than it wants says so', () => {
    const [first] = planFleet([poolOn('x', 10, 8), poolOn('y', 10, 8)]);
    expect(first?.limited).to.deep.equal({ reason: 'Quota', message: 'a: 10 cores are left, too little for all' });
    expect(first?.desiredNodes).to.equal(8);
  });

  it('each resource: 3 instances, volumes and GiB are not spent twice', () => {
    const limits: [limit: Partial<typeof UNLIMITED>, expected: number[]][] = [
      [{ instances: 3 }, [2, 1]],
      [{ volumes: 3 }, [2, 1]],
      [{ gigabytes: 70 }, [1, 2]],
      [{ memory: 7 * GIB }, [1, 2]],
    ];
    for (const [limit, expected] of limits) {
      const clouds = [cloud('a', { flavors: [one], rootVolumeGiB: 20, headroom: { ...UNLIMITED, ...limit } })];
      expect(
        numbers([poolOn('x', 0, 5, { clouds }), poolOn('y', 0, 5, { clouds })]),
        JSON.stringify(limit),
      ).to.deep.equal(expected);
    }
  });

  describe('what is not contested', () => {
    it('is planned as if each pool were alone', () => {
      const inputs = [poolOn('x', 16, 8), poolOn('y', 16, 8)];
      expect(planFleet(inputs)).to.deep.equal(inputs.map(plan));
      expect(planFleet([poolOn('x', 10, 8)])).to.deep.equal([plan(poolOn('x', 10, 8))]);
      expect(planFleet([])).to.deep.equal([]);
    });

    it('another cloud takes what the contested one cannot: 4 here and 4 there', () => {
      const a = cloud('a', { flavors: [one], headroom: headroom(8) });
      const b = cloud('b', { flavors: [one], headroom: headroom(99) });
      const [x, y] = planFleet([poolOn('x', 8, 8, { clouds: [a, b] }), poolOn('y', 8, 8, { clouds: [a] })]);
      expect([
        made(x!).filter((m) => m === 'one@a').length,
        made(x!).filter((m) => m === 'one@b').length,
      ]).to.deep.equal([4, 4]);
      expect(made(y!)).to.deep.equal(['one@a', 'one@a', 'one@a', 'one@a']);
      expect(x?.limited).to.equal(undefined);
    });

    it('pools on different clouds do not touch each other', () => {
      const clouds = [cloud('b', { flavors: [one], headroom: headroom(8) })];
      expect(numbers([poolOn('x', 10, 8), poolOn('y', 0, 8, { clouds })])).to.deep.equal([8, 8]);
    });
  });

  describe('what a share is too small for', () => {
    const large = (name: string, cores: number, wants: number): PlanInput =>
      poolOn(name, cores, 0, {
        demand: [jobs(wants, 4)],
        clouds: [cloud('a', { flavors: [LARGE], headroom: headroom(cores) })],
      });
    const rows2: [what: string, inputs: PlanInput[], expected: number[]][] = [
      ['12 cores for two that need 4 at a time: all is used', [large('x', 12, 8), large('y', 12, 8)], [1, 2]],
      ['16 cores for three', [large('x', 16, 8), large('y', 16, 8), large('z', 16, 8)], [1, 1, 2]],
      ['7 cores for two', [large('x', 7, 8), large('y', 7, 8)], [1, 0]],
      ['6 cores: what the large one cannot use the small one has', [large('x', 6, 2), poolOn('y', 6, 100)], [0, 6]],
    ];
    for (const [what, inputs, expected] of rows2) {
      it(`${what}: ${expected.join(' and ')}`, () => {
        expect(numbers(inputs)).to.deep.equal(expected);
      });
    }

    it('a smaller flavor is taken where the share is too small for the best', () => {
      const clouds = [cloud('a', { flavors: [SMALL, LARGE], headroom: headroom(10) })];
      const [x, y] = planFleet([poolOn('x', 10, 8, { clouds }), poolOn('y', 10, 8, { clouds })]);
      expect([made(x!), made(y!)]).to.deep.equal([
        ['m1.large@a', 'm1.small@a'],
        ['m1.large@a', 'm1.small@a'],
      ]);
    });
  });

  it('reaches the level of the others over several plans, whoever came first', () => {
    // x came first and has 10; 2 cores come free at a time
    let [x, y] = [10, 0];
    const history: number[][] = [];
    for (let pass = 0; pass < 6; pass++) {
      const [a = 0, b = 0] = numbers([poolOn('x', 2, 100, having(x)), poolOn('y', 2, 100, having(y))]);
      [x, y] = [x + a, y + b];
      history.push([x, y]);
    }
    expect(history).to.deep.equal([
      [10, 2],
      [10, 4],
      [10, 6],
      [10, 8],
      [10, 10],
      [11, 11],
    ]);
  });
});
