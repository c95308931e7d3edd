import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanNode } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  GIB,
  GIB_DISK,
  GPU,
  jobs,
  LARGE,
  made,
  node,
  nodes,
  shape,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const free = (cpus: number, memory: number, more: Partial<PlanNode['free']> = {}): Partial<PlanNode> => ({
  free: shape(cpus, memory, more),
});

describe('usable capacity: what is there counts only for jobs that it can take whole', () => {
  const rows: [what: string, input: Situation, expected: string[]][] = [
    [
      'a live node with 4 free cores and 8 GiB takes 4 jobs of 1 core 2 GiB',
      { nodes: [node('n', 'Busy', free(4, 8 * GIB))], demand: [jobs(4, 1, 2 * GIB)] },
      [],
    ],
    [
      '4 free cores with 1 GiB take no job of 2 GiB',
      { nodes: [node('n', 'Busy', free(4, GIB))], demand: [jobs(4, 1, 2 * GIB)] },
      ['m1.large@a'],
    ],
    [
      '4 free cores with 5 GiB take 2 jobs of 2 GiB, not 4',
      { nodes: [node('n', 'Busy', free(4, 5 * GIB))], demand: [jobs(4, 1, 2 * GIB)] },
      ['m1.small@a', 'm1.small@a'],
    ],
    [
      '1 free core on each of 4 nodes takes no job of 4 cores',
      { nodes: nodes(4, 'Busy', free(1, 8 * GIB)), demand: [jobs(1, 4)] },
      ['m1.large@a'],
    ],
    [
      'free cores without disk take no job that needs some',
      { nodes: [node('n', 'Busy', free(4, 8 * GIB, { disk: 0 }))], demand: [jobs(1, 4)] },
      ['m1.large@a'],
    ],
    [
      'free cores without a GPU take no job that needs one',
      {
        nodes: [node('n', 'Busy', free(8, 32 * GIB))],
        demand: [jobs(1, 1, 512, { gpus: 1 })],
        clouds: [cloud('a', { flavors: [SMALL, GPU] })],
      },
      ['g1.large@a'],
    ],
    ['a booting node counts in full', { nodes: nodes(1, 'Starting'), demand: [jobs(4, 1, 2 * GIB)] }, []],
    [
      'a booting node counts no more than it will give',
      { nodes: nodes(1, 'Starting', { total: shape(4, 7 * GIB) }), demand: [jobs(4, 1, 2 * GIB)] },
      ['m1.small@a'],
    ],
    ['an idle node counts', { nodes: nodes(1, 'Idle'), demand: [jobs(4)] }, []],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${expected.join(', ') || 'nothing is made'}`, () => {
      expect(made(plan(situation(input)))).to.deep.equal(expected);
    });
  }

  for (const state of ['Blocked', 'Leaving', 'Lost'] as const) {
    it(`${state} nodes are none, whatever they have free`, () => {
      const found = plan(situation({ nodes: nodes(2, state, { free: LARGE.yields }), demand: [jobs(4)] }));
      expect(made(found)).to.deep.equal(['m1.large@a']);
      expect(found.decision.why).to.contain('4 idle jobs of 1 core 512 MiB need 4 cores, and none are free or booting');
    });

    it(`${state} nodes are counted against maxNodes`, () => {
      const found = plan(
        situation({ nodes: nodes(2, state, { free: LARGE.yields }), demand: [jobs(4)], pool: { maxNodes: 2 } }),
      );
      expect(found.creates).to.deep.equal([]);
      expect(found.limited?.reason).to.equal('MaxNodes');
    });
  }

  it('a blocked node is not one of minNodes: another takes its place', () => {
    const found = plan(situation({ nodes: nodes(1, 'Blocked'), pool: { minNodes: 1 } }));
    expect(found.creates.map(({ reason }) => reason)).to.deep.equal(['for minNodes 1']);
  });

  it('a blocked node is part of a fixed size', () => {
    expect(plan(situation({ nodes: nodes(1, 'Blocked'), pool: { replicas: 1 } })).creates).to.deep.equal([]);
  });

  it('a blocked node is not removed: somebody blocked it on purpose, and it may run jobs', () => {
    expect(plan(situation({ nodes: nodes(1, 'Blocked') })).removals).to.deep.equal([]);
    expect(plan(situation({ nodes: nodes(2, 'Blocked'), pool: { maxNodes: 1 } })).removals).to.deep.equal([]);
  });

  it('says how many cores of the queue find a place, by what is free and what boots', () => {
    const all = [node('b', 'Busy', free(2, 4 * GIB)), ...nodes(1, 'Idle'), ...nodes(1, 'Starting')];
    const { decision } = plan(situation({ nodes: all, demand: [jobs(14, 1, GIB, { disk: GIB_DISK })] }));
    expect(decision.why).to.match(
      /^14 idle jobs of 1 core 1 GiB 1 GiB disk need 4 cores beyond the 6 free and 4 booting; /,
    );
  });
});
