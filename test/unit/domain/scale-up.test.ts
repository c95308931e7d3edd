import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import {
  cloud,
  flavor,
  GIB,
  GIB_DISK,
  GPU,
  headroom,
  jobs,
  LARGE,
  made,
  MEDIUM,
  node,
  nodes,
  resting,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const ALL = [cloud('a', { flavors: [SMALL, MEDIUM, LARGE, XLARGE] })];

function tally(input: Situation): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of made(plan(situation(input)))) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('domain/plan: which nodes are made for jobs', () => {
  const rows: [what: string, input: Situation, expected: Record<string, number>][] = [
    ['no jobs, no nodes', {}, {}],
    ['one small job, one small node', { clouds: ALL, demand: [jobs(1)] }, { 'm1.small@a': 1 }],
    ['four small jobs on one node of four cores', { clouds: ALL, demand: [jobs(4)] }, { 'm1.large@a': 1 }],
    [
      '19 cores as 16 + 2 + 1',
      { clouds: ALL, demand: [jobs(19)] },
      { 'm1.xlarge@a': 1, 'm1.medium@a': 1, 'm1.small@a': 1 },
    ],
    [
      'memory decides: 3 GiB need two cores of this kind',
      { clouds: ALL, demand: [jobs(1, 1, 3 * GIB)] },
      { 'm1.medium@a': 1 },
    ],
    [
      'cores and memory of different jobs together',
      { clouds: [cloud('a')], demand: [jobs(1, 3, 1 * GIB), jobs(1, 1, 7 * GIB)] },
      { 'm1.large@a': 1 },
    ],
    [
      'yields decide, not what the flavor says',
      {
        clouds: [
          cloud('a', {
            flavors: [
              flavor('tight', 2, 4 * GIB, { yields: { cpus: 2, memory: 3900, disk: GIB_DISK, gpus: 0 } }),
              LARGE,
            ],
          }),
        ],
        demand: [jobs(1, 2, 4 * GIB)],
      },
      { 'm1.large@a': 1 },
    ],
    [
      'disk decides',
      {
        clouds: [cloud('a', { flavors: [flavor('nodisk', 4, 8 * GIB, { disk: GIB_DISK }), LARGE] })],
        demand: [jobs(1, 1, 512, { disk: 20 * GIB_DISK })],
      },
      { 'm1.large@a': 1 },
    ],
    [
      'a flavor of disk 0 has the disk that its nodes yield',
      {
        clouds: [
          cloud('a', {
            flavors: [
              flavor('vol', 1, 2 * GIB, {
                disk: 0,
                yields: { cpus: 1, memory: 2 * GIB, disk: 30 * GIB_DISK, gpus: 0 },
              }),
            ],
          }),
        ],
        demand: [jobs(2, 1, 512, { disk: 20 * GIB_DISK })],
      },
      { 'vol@a': 2 },
    ],
    [
      'a flavor of disk 0 of which nothing is known is tried',
      { clouds: [cloud('a', { flavors: [flavor('vol', 1, 2 * GIB, { disk: 0 })] })], demand: [jobs(1)] },
      { 'vol@a': 1 },
    ],
    [
      'jobs without GPU do not take GPU machines',
      { clouds: [cloud('a', { flavors: [GPU, LARGE] })], demand: [jobs(8)] },
      { 'm1.large@a': 2 },
    ],
    [
      'unless nothing else is allowed',
      { clouds: [cloud('a', { flavors: [GPU] })], demand: [jobs(8)] },
      { 'g1.large@a': 1 },
    ],
    [
      'not even when the others cannot be had now',
      { clouds: [cloud('a', { flavors: [GPU, LARGE], rests: resting(['m1.large']) })], demand: [jobs(8)] },
      {},
    ],
    [
      'GPU jobs do, and others fill up their machines',
      { clouds: [cloud('a', { flavors: [LARGE, GPU] })], demand: [jobs(1, 1, 512, { gpus: 1 }), jobs(7)] },
      { 'g1.large@a': 1 },
    ],
    [
      'free cores of live nodes are used first',
      { demand: [jobs(6)], nodes: [node('n', 'Busy', { free: { cpus: 2, memory: 4096, disk: GIB_DISK, gpus: 0 } })] },
      { 'm1.large@a': 1 },
    ],
    ['booting nodes count in full', { demand: [jobs(4)], nodes: nodes(1, 'Starting') }, {}],
    [
      'leaving nodes are no capacity',
      { demand: [jobs(4)], nodes: nodes(1, 'Leaving', { free: LARGE.yields }) },
      { 'm1.large@a': 1 },
    ],
    [
      'lost nodes are no capacity',
      { demand: [jobs(4)], nodes: nodes(1, 'Lost', { free: LARGE.yields }) },
      { 'm1.large@a': 1 },
    ],
    [
      'an idle node whose ad was not seen is not taken for full',
      { demand: [jobs(4)], nodes: nodes(1, 'Idle', { free: { cpus: 0, memory: 0, disk: 0, gpus: 0 } }) },
      {},
    ],
    [
      'a booting node of unknown size counts as one that is needed',
      { demand: [jobs(8)], nodes: nodes(1, 'Starting', { total: { cpus: 0, memory: 0, disk: 0, gpus: 0 } }) },
      { 'm1.large@a': 1 },
    ],
    [
      'a booting node whose disk is not known yet counts',
      { demand: [jobs(4)], nodes: nodes(1, 'Starting', { total: { ...LARGE.yields, disk: 0 } }) },
      {},
    ],
    ['jobs that fit nowhere block nothing', { demand: [jobs(5, 64), jobs(1)] }, { 'm1.small@a': 1 }],
    [
      '1000 jobs in one pass',
      { clouds: ALL, demand: [jobs(1000)], pool: { maxNodes: 100, maxBooting: 100 } },
      { 'm1.xlarge@a': 62, 'm1.large@a': 2 },
    ],
    [
      'few places: the larger flavor, though it wastes some',
      {
        clouds: [cloud('a', { flavors: [flavor('fit', 2, 3 * GIB), flavor('big', 8, 32 * GIB)] })],
        demand: [jobs(8, 1, 1536)],
        pool: { maxNodes: 1 },
      },
      { 'big@a': 1 },
    ],
    [
      'many places: the flavor that fits',
      {
        clouds: [cloud('a', { flavors: [flavor('fit', 2, 3 * GIB), flavor('big', 8, 32 * GIB)] })],
        demand: [jobs(8, 1, 1536)],
        pool: { maxNodes: 9 },
      },
      { 'fit@a': 4 },
    ],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${JSON.stringify(expected)}`, () => {
      expect(tally(input)).to.deep.equal(expected);
    });
  }

  it('says for which jobs each node is made', () => {
    const input = situation({ demand: [jobs(1, 3, GIB), jobs(1)] });
    expect(plan(input).creates[0]?.reason).to.equal('for 2 jobs (1 of 1 core 512 MiB, 1 of 3 cores 1 GiB)');
    expect(plan(situation({ demand: [jobs(4)] })).creates[0]?.reason).to.equal('for 4 jobs of 1 core 512 MiB');
  });
});

describe('domain/plan: minNodes, spareNodes, replicas, maxNodes', () => {
  const idle = nodes(1, 'Idle');
  const rows: [what: string, input: Situation, creates: number, desired: number][] = [
    ['minNodes without demand', { pool: { minNodes: 3 } }, 3, 3],
    [
      'minNodes counts booting, idle and busy nodes',
      { pool: { minNodes: 3 }, nodes: [...idle, ...nodes(1, 'Busy'), ...nodes(1, 'Starting')] },
      0,
      3,
    ],
    [
      'minNodes does not count lost and leaving nodes',
      { pool: { minNodes: 2 }, nodes: [...nodes(1, 'Lost'), ...nodes(1, 'Leaving')] },
      2,
      3,
    ],
    ['nodes for jobs count for minNodes', { pool: { minNodes: 3 }, demand: [jobs(8)] }, 3, 3],
    ['spareNodes beyond what the queue needs', { pool: { spareNodes: 2 }, demand: [jobs(4)] }, 3, 3],
    [
      'an idle node that the queue needs is no spare',
      { pool: { spareNodes: 1 }, demand: [jobs(1)], nodes: idle },
      1,
      2,
    ],
    ['an idle node that it does not need is', { pool: { spareNodes: 1 }, nodes: idle }, 0, 1],
    ['so is a booting one', { pool: { spareNodes: 1 }, nodes: nodes(1, 'Starting') }, 0, 1],
    ['nodes for minNodes are spares', { pool: { minNodes: 2, spareNodes: 2 } }, 2, 2],
    ['maxNodes', { pool: { maxNodes: 3 }, demand: [jobs(100, 4)] }, 3, 3],
    [
      'maxNodes counts lost and leaving nodes',
      { pool: { maxNodes: 3 }, demand: [jobs(100, 4)], nodes: [...nodes(1, 'Lost'), ...nodes(1, 'Leaving')] },
      1,
      3,
    ],
    ['maxNodes 0', { pool: { maxNodes: 0 }, demand: [jobs(1)] }, 0, 0],
    ['spares within maxNodes', { pool: { maxNodes: 2, spareNodes: 2 }, demand: [jobs(4)] }, 2, 2],
    ['replicas without demand', { pool: { replicas: 4, minNodes: 1, spareNodes: 9 } }, 4, 4],
    ['replicas whatever the demand', { pool: { replicas: 2 }, demand: [jobs(100, 4)] }, 2, 2],
    [
      'replicas count lost and leaving nodes: never more than asked for',
      { pool: { replicas: 3 }, nodes: [...nodes(1, 'Lost'), ...nodes(1, 'Leaving')] },
      1,
      3,
    ],
    ['replicas above maxNodes are cut', { pool: { replicas: 9, maxNodes: 4 } }, 4, 4],
    ['replicas 0', { pool: { replicas: 0, minNodes: 2 }, demand: [jobs(3)] }, 0, 0],
  ];
  for (const [what, input, creates, desired] of rows) {
    it(`${what}: ${creates} made, ${desired} desired`, () => {
      const { creates: all, desiredNodes } = plan(situation(input));
      expect(all.length).to.equal(creates);
      expect(desiredNodes).to.equal(desired);
    });
  }

  const flavors: [what: string, input: Situation, expected: string[]][] = [
    [
      'the first flavor of the list',
      { pool: { minNodes: 1 }, clouds: [cloud('a', { flavors: [LARGE, SMALL] })] },
      ['m1.large@a'],
    ],
    [
      'the next one when quota is too short for it',
      { pool: { minNodes: 1 }, clouds: [cloud('a', { flavors: [LARGE, SMALL], headroom: headroom(2) })] },
      ['m1.small@a'],
    ],
    [
      'the next one while it rests',
      { pool: { spareNodes: 1 }, clouds: [cloud('a', { flavors: [LARGE, SMALL], rests: resting(['m1.large']) })] },
      ['m1.small@a'],
    ],
    [
      'on the next cloud when the first takes none',
      { pool: { minNodes: 1 }, clouds: [cloud('a', { unavailable: 'suspended' }), cloud('b')] },
      ['m1.small@b'],
    ],
    [
      'LeastWaste too takes the first',
      { pool: { minNodes: 2, allocation: 'LeastWaste' }, clouds: [cloud('a'), cloud('b')] },
      ['m1.small@a', 'm1.small@a'],
    ],
    [
      'replicas take what the queue needs first',
      { pool: { replicas: 2 }, demand: [jobs(1, 4)] },
      ['m1.large@a', 'm1.small@a'],
    ],
  ];
  for (const [what, input, expected] of flavors) {
    it(`nodes for no job in particular: ${what}`, () => {
      expect(made(plan(situation(input)))).to.deep.equal(expected);
    });
  }

  it('says what each is for', () => {
    const reasons = plan(situation({ pool: { minNodes: 1, spareNodes: 2 } })).creates.map((create) => create.reason);
    expect(reasons).to.deep.equal(['for minNodes 1', 'for spareNodes 2']);
  });

  it('gives up idle spares for jobs that have no room, as many as they need', () => {
    const full = { pool: { maxNodes: 2, spareNodes: 2 }, nodes: nodes(2, 'Idle', { of: SMALL }) };
    expect(plan(situation({ ...full, demand: [jobs(1, 4)] })).removals.length).to.equal(1);
    expect(plan(situation({ ...full, demand: [jobs(8, 4)] })).removals.length).to.equal(2);
    expect(plan(situation(full)).removals.length).to.equal(0);
  });

  it('makes no spares while jobs wait for quota', () => {
    const short = cloud('a', { headroom: headroom(2) });
    expect(plan(situation({ pool: { spareNodes: 1 }, demand: [jobs(1, 4)], clouds: [short] })).creates).to.deep.equal(
      [],
    );
  });
});
