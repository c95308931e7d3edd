import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import {
  cloud,
  flavor,
  GIB,
  GPU,
  headroom,
  jobs,
  LARGE,
  made,
  node,
  nodes,
  resting,
  situation,
  SMALL,
  XLARGE,
  type PlanFlavor,
  type Situation,
} from './planning.ts';

const FOUR = flavor('g1.four', 32, 128 * GIB, { gpus: 4 });
const on = (...flavors: PlanFlavor[]): Situation => ({ clouds: [cloud('a', { flavors })] });
const gpuJobs = (count: number, gpus = 1, cpus = 1): ReturnType<typeof jobs> => jobs(count, cpus, 512, { gpus });

describe('GPUs: only for jobs that ask for them', () => {
  const rows: [what: string, input: Situation, expected: string[]][] = [
    ['a GPU job goes on a flavor with GPUs', { demand: [gpuJobs(1)], ...on(LARGE, GPU) }, ['g1.large@a']],
    ['4 GPU jobs on one node with 4', { demand: [gpuJobs(4)], ...on(GPU, FOUR) }, ['g1.four@a']],
    ['a job of 4 GPUs on the flavor that has 4', { demand: [gpuJobs(1, 4)], ...on(GPU, FOUR) }, ['g1.four@a']],
    [
      '3 GPU jobs of 8 cores on one node of 32, where that is all there is',
      { demand: [gpuJobs(3, 1, 8)], ...on(FOUR) },
      ['g1.four@a'],
    ],
    ['CPU jobs do not, though it would fit', { demand: [jobs(8)], ...on(GPU, LARGE) }, ['m1.large@a', 'm1.large@a']],
    ['unless the pool allows nothing else', { demand: [jobs(8)], ...on(GPU) }, ['g1.large@a']],
    ['unless nothing else fits', { demand: [jobs(1, 8)], ...on(GPU, LARGE) }, ['g1.large@a']],
    [
      'unless the others cannot boot the image',
      { demand: [jobs(8)], ...on(GPU, { ...LARGE, unfit: 'it needs more' }) },
      ['g1.large@a'],
    ],
    [
      'unless the others pass the whole quota',
      {
        demand: [jobs(8)],
        clouds: [
          cloud('a', {
            flavors: [XLARGE, GPU],
            headroom: headroom(10),
            ceilings: { cores: { limit: 10, by: 'quota' } },
          }),
        ],
      },
      ['g1.large@a'],
    ],
    [
      'not even when the others have no quota now',
      {
        demand: [jobs(8)],
        clouds: [
          cloud('a', { flavors: [GPU], headroom: headroom(99) }),
          cloud('b', { flavors: [LARGE], headroom: headroom(0) }),
        ],
      },
      [],
    ],
    [
      'not even when the others rest',
      { demand: [jobs(8)], clouds: [cloud('a', { flavors: [GPU, LARGE], rests: resting(['m1.large']) })] },
      [],
    ],
    ['CPU jobs fill up the machine of a GPU job', { demand: [gpuJobs(1), jobs(7)], ...on(LARGE, GPU) }, ['g1.large@a']],
    [
      'and no more than fill up',
      { demand: [gpuJobs(1), jobs(9)], ...on(SMALL, LARGE, GPU) },
      ['g1.large@a', 'm1.small@a', 'm1.small@a'],
    ],
    ['without GPUs allowed nothing is made for a GPU job', { demand: [gpuJobs(1)], ...on(LARGE) }, []],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      expect(made(plan(situation(input))).sort()).to.deep.equal(expected);
    });
  }

  it('CPU jobs are put on free GPU nodes last, so that these stay free for GPU jobs', () => {
    const all = [node('gpu', 'Idle', { of: GPU }), node('cpu', 'Idle', { of: XLARGE })];
    const found = plan(situation({ demand: [jobs(8)], nodes: all, ...on(GPU, XLARGE) }));
    expect(found.removals.map((removal) => removal.node)).to.deep.equal(['gpu']);
    expect(plan(situation({ demand: [jobs(8), gpuJobs(1)], nodes: all, ...on(GPU, XLARGE) })).removals).to.deep.equal(
      [],
    );
  });

  it('a free GPU node is used by CPU jobs before another node is made', () => {
    expect(
      plan(situation({ demand: [jobs(8)], nodes: nodes(1, 'Idle', { of: GPU }), ...on(GPU, LARGE) })).creates,
    ).to.deep.equal([]);
  });

  it('nodes for no job in particular are of the first flavor of the list, whatever it has', () => {
    expect(made(plan(situation({ ...on(GPU, LARGE), pool: { minNodes: 1 } })))).to.deep.equal(['g1.large@a']);
  });
});
