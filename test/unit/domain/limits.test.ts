import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import {
  booting,
  cloud,
  GIB,
  headroom,
  jobs,
  LARGE,
  made,
  MEDIUM,
  nodes,
  NOW,
  resting,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const ALL = [cloud('a', { flavors: [SMALL, MEDIUM, LARGE, XLARGE] })];
const cooling = (name: string): ReturnType<typeof resting> =>
  resting([name], { reason: 'No valid host was found', until: NOW + 30_000 });

describe('domain/plan: what limits', () => {
  const usage = { cores: { limit: 20, used: 20, by: 'quota' as const } };
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
      { clouds: [cloud('a', { rests: cooling('m1.large') })] },
      [],
      'Cooldown',
      'a: m1.large rests: No valid host was found',
    ],
    [
      'several clouds, the weightiest first',
      {
        clouds: [
          cloud('a', { rests: cooling('m1.large') }),
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
      cloud('a', { flavors: [LARGE], rests: cooling('m1.large') }),
      cloud('b', { flavors: [LARGE], rests: resting(['m1.large'], { until: NOW + 9000 }) }),
    ];
    expect(plan(situation({ demand: [jobs(1)], clouds })).recheckAfter).to.equal(9000);
  });

  it('tries the flavor again when the cooldown is over', () => {
    const clouds = [cloud('a', { flavors: [LARGE], rests: resting(['m1.large'], { until: NOW }) })];
    expect(made(plan(situation({ demand: [jobs(1)], clouds })))).to.deep.equal(['m1.large@a']);
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
