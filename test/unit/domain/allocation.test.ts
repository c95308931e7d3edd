import { expect } from 'chai';
import { cloudChooser } from '../../../src/domain/allocation.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { Allocation } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  flavor,
  GIB,
  headroom,
  jobs,
  LARGE,
  made,
  NOW,
  resting,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const MODES: Allocation[] = ['RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'];
const three = [cloud('a'), cloud('b'), cloud('c')];

function cloudsOf(input: Situation): string {
  return plan(situation(input))
    .creates.map((create) => create.cloud)
    .join('');
}

describe('domain/allocation', () => {
  const demand = [jobs(6, 4)];
  const rows: [what: string, input: Situation, clouds: string, roundRobin: number][] = [
    ['RoundRobin takes them in turn', { pool: { allocation: 'RoundRobin' }, clouds: three }, 'abcabc', 0],
    [
      'RoundRobin goes on where it was',
      { pool: { allocation: 'RoundRobin' }, clouds: three, roundRobin: 2 },
      'cabcab',
      2,
    ],
    [
      'RoundRobin survives that clouds have gone',
      { pool: { allocation: 'RoundRobin' }, clouds: [cloud('a'), cloud('b')], roundRobin: 7 },
      'bababa',
      1,
    ],
    [
      'RoundRobin passes over a cloud that takes none',
      { pool: { allocation: 'RoundRobin' }, clouds: [cloud('a'), cloud('b', { unavailable: 'down' }), cloud('c')] },
      'acacac',
      0,
    ],
    [
      'RoundRobin passes over a cloud that has become full',
      { pool: { allocation: 'RoundRobin' }, clouds: [cloud('a'), cloud('b', { headroom: headroom(4) }), cloud('c')] },
      'abcaca',
      1,
    ],
    ['FillFirst fills the first', { pool: { allocation: 'FillFirst' }, clouds: three }, 'aaaaaa', 0],
    [
      'FillFirst goes on to the next when it is full',
      {
        pool: { allocation: 'FillFirst' },
        clouds: [cloud('a', { headroom: headroom(9) }), cloud('b', { headroom: headroom(12) }), cloud('c')],
      },
      'aabbbc',
      0,
    ],
    [
      'FillFirst passes over a flavor that rests',
      {
        pool: { allocation: 'FillFirst' },
        clouds: [cloud('a', { rests: resting(['m1.large'], { until: NOW + 1 }) }), cloud('b')],
      },
      'bbbbbb',
      0,
    ],
    ['Random follows its seed', { pool: { allocation: 'Random' }, clouds: three, seed: 1 }, 'babcca', 0],
    ['Random with another seed', { pool: { allocation: 'Random' }, clouds: three, seed: 3 }, 'cabacb', 0],
    [
      'Weighted follows its seed',
      {
        pool: { allocation: 'Weighted' },
        clouds: [cloud('a', { weight: 80 }), cloud('b', { weight: 20 })],
        seed: 1,
      },
      'aaabba',
      0,
    ],
    [
      'Weighted over those that can',
      {
        pool: { allocation: 'Weighted' },
        clouds: [cloud('a', { weight: 99, unavailable: 'x' }), cloud('b', { weight: 1 })],
      },
      'bbbbbb',
      0,
    ],
    [
      'Weighted with weights of nothing',
      { pool: { allocation: 'Weighted' }, clouds: [cloud('a', { weight: 0 }), cloud('b', { weight: 0 })] },
      'bbbbbb',
      0,
    ],
    [
      'LeastWaste takes the cloud with the better flavor',
      {
        pool: { allocation: 'LeastWaste' },
        clouds: [cloud('a', { flavors: [flavor('fat', 4, 64 * GIB)] }), cloud('b', { flavors: [LARGE] })],
      },
      'bbbbbb',
      0,
    ],
    [
      'LeastWaste takes the other one when that is full',
      {
        pool: { allocation: 'LeastWaste' },
        clouds: [
          cloud('a', { flavors: [flavor('fat', 4, 64 * GIB)] }),
          cloud('b', { flavors: [LARGE], headroom: headroom(8) }),
        ],
      },
      'bbaaaa',
      0,
    ],
  ];
  for (const [what, input, clouds, roundRobin] of rows) {
    it(`${what}: ${clouds}`, () => {
      const found = plan(situation({ demand, ...input }));
      expect(found.creates.map((create) => create.cloud).join('')).to.equal(clouds);
      expect(found.roundRobin).to.equal(roundRobin);
    });
  }

  it('each node has a flavor of the cloud that was chosen', () => {
    const clouds = [cloud('a', { flavors: [SMALL] }), cloud('b', { flavors: [LARGE] })];
    const found = plan(situation({ demand: [jobs(10)], clouds, pool: { allocation: 'RoundRobin' } }));
    expect(made(found)).to.deep.equal(['m1.small@a', 'm1.large@b', 'm1.small@a', 'm1.large@b']);
  });

  it('nodes without jobs are spread too', () => {
    expect(cloudsOf({ pool: { allocation: 'RoundRobin', minNodes: 4 }, clouds: three })).to.equal('abca');
  });

  it('only what is made moves the turn on', () => {
    const found = plan(situation({ demand, clouds: three, pool: { allocation: 'RoundRobin', maxBooting: 2 } }));
    expect(found.creates.map((create) => create.cloud)).to.deep.equal(['a', 'b']);
    expect(found.roundRobin).to.equal(2);
  });

  const draws: [mode: Allocation, what: string, weights: number[], numbers: number[], clouds: string][] = [
    ['Random', 'any, as the numbers fall', [50, 50, 50], [0, 0.34, 0.99, 0.5, 0.7, 0.1], 'abcbca'],
    ['Weighted', '80 to 20', [80, 20], [0, 0.79, 0.81, 0.5, 0.99, 0.1], 'aababa'],
    ['Weighted', '1 to 1 to 98', [1, 1, 98], [0, 0.009, 0.011, 0.019, 0.021, 0.999], 'aabbcc'],
  ];
  for (const [mode, what, weights, numbers, clouds] of draws) {
    it(`${mode}, ${what}: ${clouds}`, () => {
      const all = weights.map((weight, i) => cloud('abc'.charAt(i), { weight }));
      const chooser = cloudChooser(mode, all, 0, drawing(...numbers));
      const chosen = numbers.map(() => chooser.choose(all.map((_, i) => i)) ?? -1);
      expect(chosen.map((i) => 'abc'.charAt(i)).join('')).to.equal(clouds);
    });
  }

  for (const mode of MODES) {
    it(`${mode}: without clouds nothing is chosen`, () => {
      expect(cloudChooser(mode, [], 3, () => 0.5).choose([])).to.equal(undefined);
      expect(plan(situation({ demand, clouds: [], pool: { allocation: mode, minNodes: 1 } })).creates).to.deep.equal(
        [],
      );
    });
  }
});

/** Draws these numbers, one after the other. */
function drawing(...numbers: number[]): () => number {
  const left = [...numbers];
  return () => left.shift() ?? 0;
}
