import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import {
  booting,
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
  nodes,
  NOW,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const ALL = [cloud('a', { flavors: [SMALL, MEDIUM, LARGE, XLARGE] })];
const cooling = (name: string, reason = 'No valid host was found'): Map<string, { reason: string; until: number }> =>
  new Map([[name, { reason, until: NOW + 30_000 }]]);

describe('domain/plan: what limits', () => {
  const usage = { cores: { limit: 20, used: 20 } };
  const rows: [what: string, input: Situation, made: string[], reason: string, message: string][] = [
    [
      'no cores left',
      { clouds: [cloud('a', { headroom: headroom(0), usage })] },
      [],
      'Quota',
      'a: quota of cores is used up (20 of 20)',
    ],
    [
      'the own limit',
      { clouds: [cloud('a', { headroom: headroom(0), usage: { cores: { limit: 8, used: 8, by: 'limit' } } })] },
      [],
      'Quota',
      'a: limit of cores is used up (8 of 8)',
    ],
    [
      'without figures',
      { clouds: [cloud('a', { headroom: headroom(0) })] },
      [],
      'Quota',
      'a: quota of cores is used up',
    ],
    [
      'no instances left',
      { clouds: [cloud('a', { headroom: headroom(99, { instances: 0 }) })] },
      [],
      'Quota',
      'a: quota of instances is used up',
    ],
    [
      'too few cores',
      { clouds: [cloud('a', { headroom: headroom(3) })] },
      [],
      'Quota',
      'a: only 3 cores are left, m1.large needs 4',
    ],
    [
      'too little memory',
      { clouds: [cloud('a', { headroom: headroom(99, { memory: 4096 }) })] },
      [],
      'Quota',
      'a: only 4 GiB of memory is left, m1.large needs 8 GiB',
    ],
    [
      'enough for one',
      { clouds: [cloud('a', { headroom: headroom(7) })] },
      ['m1.large@a'],
      'Quota',
      'a: 7 cores are left, too little for all',
    ],
    [
      'one instance',
      { clouds: [cloud('a', { headroom: headroom(99, { instances: 1 }) })] },
      ['m1.large@a'],
      'Quota',
      'a: 1 instance is left, too little for all',
    ],
    [
      'a cloud takes none',
      { clouds: [cloud('a', { unavailable: 'spec.suspend is set' })] },
      [],
      'CloudUnavailable',
      'a: spec.suspend is set',
    ],
    [
      'a flavor rests',
      { clouds: [cloud('a', { cooldowns: cooling('m1.large') })] },
      [],
      'Cooldown',
      'a: m1.large rests: No valid host was found',
    ],
    [
      'several clouds, the weightiest first',
      {
        clouds: [
          cloud('a', { cooldowns: cooling('m1.large') }),
          cloud('b', { headroom: headroom(0) }),
          cloud('c', { unavailable: 'stale' }),
        ],
      },
      [],
      'Quota',
      'b: quota of cores is used up; c: stale; a: m1.large rests: No valid host was found',
    ],
    [
      'a cloud not seen yet',
      { clouds: [cloud('a', { flavors: [], unavailable: 'not yet seen' })] },
      [],
      'CloudUnavailable',
      'a: not yet seen',
    ],
    [
      'maxNodes',
      { pool: { maxNodes: 1 } },
      ['m1.large@a'],
      'MaxNodes',
      'maxNodes 1 reached, 1 job of 4 cores 512 MiB must wait',
    ],
    [
      'maxNodes with leaving and lost ones',
      { pool: { maxNodes: 2 }, nodes: [...nodes(1, 'Leaving'), ...nodes(1, 'Lost')] },
      [],
      'MaxNodes',
      'maxNodes 2 reached (1 leaving, 1 lost), 2 jobs of 4 cores 512 MiB must wait',
    ],
  ];
  for (const [what, input, nodesMade, reason, message] of rows) {
    it(`${what}: ${reason}`, () => {
      const found = plan(situation({ demand: [jobs(2, 4)], ...input }));
      expect(made(found)).to.deep.equal(nodesMade);
      expect(found.limited).to.deep.equal({ reason, message });
    });
  }

  it('is nothing while another cloud gives the nodes', () => {
    const clouds = [cloud('a', { headroom: headroom(0) }), cloud('b', { unavailable: 'down' }), cloud('c')];
    const found = plan(situation({ demand: [jobs(2, 4)], clouds }));
    expect(made(found)).to.deep.equal(['m1.large@c', 'm1.large@c']);
    expect(found.limited).to.equal(undefined);
  });

  it('is nothing for a fixed size: the admin has asked for it', () => {
    expect(plan(situation({ demand: [jobs(9, 4)], pool: { replicas: 1 } })).limited).to.equal(undefined);
    const leaving = nodes(1, 'Leaving');
    expect(plan(situation({ nodes: leaving, pool: { replicas: 1 } })).limited).to.equal(undefined);
  });

  it('tells when minNodes or spareNodes cannot be had', () => {
    const used = [cloud('a', { headroom: headroom(0) })];
    expect(plan(situation({ clouds: used, pool: { minNodes: 1 } })).limited?.reason).to.equal('Quota');
    expect(plan(situation({ clouds: [cloud('a', { flavors: [] })], pool: { minNodes: 1 } })).limited?.message).to.equal(
      'no cloud of the pool has any of its flavors',
    );
    const full = plan(situation({ nodes: nodes(2, 'Lost'), pool: { minNodes: 2, maxNodes: 3 } }));
    expect(full.limited).to.deep.equal({
      reason: 'MaxNodes',
      message: 'maxNodes 3 reached, 1 node for minNodes 2 must wait',
    });
    expect(plan(situation({ clouds: used, pool: { minNodes: 2 } })).desiredNodes).to.equal(2);
  });

  it('looks again when the first cooldown ends', () => {
    const clouds = [
      cloud('a', { flavors: [LARGE], cooldowns: cooling('m1.large') }),
      cloud('b', { flavors: [LARGE], cooldowns: new Map([['m1.large', { reason: 'quota', until: NOW + 9000 }]]) }),
    ];
    expect(plan(situation({ demand: [jobs(1)], clouds })).recheckAfter).to.equal(9000);
  });

  it('forgets a cooldown that is over', () => {
    const clouds = [cloud('a', { flavors: [LARGE], cooldowns: new Map([['m1.large', { reason: 'x', until: NOW }]]) })];
    expect(made(plan(situation({ demand: [jobs(1)], clouds })))).to.deep.equal(['m1.large@a']);
  });
});

describe('domain/plan: jobs that no flavor can run', () => {
  const give = ': allow a larger flavor or request less';
  const tight = flavor('tight', 4, 8 * GIB, { yields: { cpus: 4, memory: 7750, disk: 100 * GIB_DISK, gpus: 0 } });
  const wide = flavor('wide', 16, 8 * GIB);
  const rows: [what: string, input: Situation, reason: string][] = [
    ['cores', { demand: [jobs(1, 64)] }, `needs 64 cores, the largest flavor has 4 (m1.large on cloud a)${give}`],
    [
      'memory',
      { demand: [jobs(1, 1, 9 * GIB)] },
      `needs 9 GiB of memory, the largest flavor has 8 GiB (m1.large on cloud a)${give}`,
    ],
    [
      'disk',
      { demand: [jobs(1, 1, 512, { disk: 500 * GIB_DISK })] },
      `needs 500 GiB of disk, the largest flavor has 100 GiB (m1.small on cloud a)${give}`,
    ],
    ['GPUs, none at all', { demand: [jobs(1, 1, 512, { gpus: 1 })] }, `needs 1 GPU, no flavor has any${give}`],
    [
      'GPUs, too few',
      { demand: [jobs(1, 1, 512, { gpus: 2 })], clouds: [cloud('a', { flavors: [GPU] })] },
      `needs 2 GPUs, the largest flavor has 1 (g1.large on cloud a)${give}`,
    ],
    [
      'what the system keeps for itself',
      { demand: [jobs(1, 4, 8 * GIB)], clouds: [cloud('a', { flavors: [SMALL, tight] })] },
      `needs 8 GiB of memory, nodes of tight on cloud a give 7750 MiB of their 8 GiB to jobs${give}`,
    ],
    [
      'not together',
      { demand: [jobs(1, 16, 16 * GIB)], clouds: [cloud('a', { flavors: [wide, flavor('high', 4, 64 * GIB)] })] },
      `needs 16 cores 16 GiB together, which no flavor has; high on cloud a gives 4 cores 64 GiB 100 GiB disk${give}`,
    ],
    [
      'a flavor that the cloud does not have',
      { demand: [jobs(1, 64)], clouds: [cloud('a', { unknownFlavors: ['m9.huge'] })] },
      `needs 64 cores, the largest flavor has 4 (m1.large on cloud a)${give} (unknown flavors: m9.huge on cloud a)`,
    ],
    [
      'no flavor at all',
      { demand: [jobs(1)], clouds: [cloud('a', { flavors: [], unknownFlavors: ['m9.huge'] })] },
      'there is no flavor to choose from, unknown: m9.huge on cloud a',
    ],
    ['no cloud at all', { demand: [jobs(1)], clouds: [] }, 'there is no flavor to choose from'],
  ];
  for (const [what, input, reason] of rows) {
    it(what, () => {
      const found = plan(situation(input));
      expect(found.unsatisfiable.map((group) => group.reason)).to.deep.equal([reason]);
      expect(found.unsatisfiable[0]?.count).to.equal(1);
      expect(found.creates).to.deep.equal([]);
      expect(found.limited).to.equal(undefined);
    });
  }

  it('are not given up while a cloud has not been seen', () => {
    const clouds = [cloud('a'), cloud('b', { flavors: [], unavailable: 'first listing' })];
    const found = plan(situation({ demand: [jobs(1, 64)], clouds }));
    expect(found.unsatisfiable).to.deep.equal([]);
    expect(found.limited).to.deep.equal({ reason: 'CloudUnavailable', message: 'b: first listing' });
  });

  it('are given up only for what flavors are, not for what quota and load are', () => {
    const clouds = [cloud('a', { headroom: headroom(0) }), cloud('b', { unavailable: 'down' })];
    expect(plan(situation({ demand: [jobs(1, 4)], clouds })).unsatisfiable).to.deep.equal([]);
  });
});

describe('domain/plan: the queue is not known', () => {
  const unknown: Situation = { demand: undefined, demandMissing: 'no answer from the master for 2m' };
  it('makes nothing for jobs and spares, and what minNodes wants', () => {
    const found = plan(situation({ ...unknown, pool: { minNodes: 2, spareNodes: 5 } }));
    expect(found.creates.map((create) => create.reason)).to.deep.equal(['for minNodes 2', 'for minNodes 2']);
    expect(found.decision.why).to.contain('the queue is not known: no answer from the master for 2m');
  });

  it('makes what replicas wants', () => {
    expect(plan(situation({ ...unknown, pool: { replicas: 2 } })).creates.length).to.equal(2);
  });

  it('removes nothing, neither surplus nor in deletion', () => {
    const idle = nodes(3, 'Idle');
    for (const pool of [{}, { replicas: 0 }, { maxNodes: 1 }, { deleting: true }])
      expect(plan(situation({ ...unknown, nodes: idle, pool })).removals, JSON.stringify(pool)).to.deep.equal([]);
  });
});

describe('domain/plan: a second look', () => {
  it('finds the same arrangement on booting nodes', () => {
    const input = situation({
      clouds: ALL,
      demand: [jobs(7, 3, 5 * GIB), jobs(9, 1, 1500), jobs(4, 2, 9 * GIB)],
      pool: { maxNodes: 50 },
    });
    const first = plan(input);
    expect(first.creates.length).to.be.greaterThan(1);
    expect(plan({ ...input, nodes: booting(input, first.creates) }).creates).to.deep.equal([]);
  });
});
