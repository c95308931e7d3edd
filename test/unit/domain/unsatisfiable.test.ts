import { expect } from 'chai';
import type { PlanCloud, PlanFlavor } from '../../../src/domain/plan-types.ts';
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
  nodes,
  resting,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const less = 'allow a larger flavor or request less';
const give = (memory: number): Partial<PlanFlavor> => ({ yields: { cpus: 4, memory, disk: 100 * GIB_DISK, gpus: 0 } });
const tight = flavor('tight', 4, 8 * GIB, give(7750));
const wide = flavor('wide', 16, 8 * GIB);
const on = (flavors: PlanFlavor[], more: Partial<PlanCloud> = {}): Situation => ({
  clouds: [cloud('a', { flavors, ...more })],
});
const quota = (limit: number): Partial<PlanCloud> => ({
  headroom: headroom(limit),
  ceilings: { cores: { limit, by: 'quota' } },
});

describe('hopeless jobs: what nothing can serve, why, and what would have to change', () => {
  const rows: [what: string, input: Situation, reason: string, remedy: string][] = [
    ['cores', { demand: [jobs(1, 64)] }, 'needs 64 cores, the largest flavor has 4 (m1.large on cloud a)', less],
    [
      'memory',
      { demand: [jobs(1, 1, 9 * GIB)] },
      'needs 9 GiB of memory, the largest flavor has 8 GiB (m1.large on cloud a)',
      less,
    ],
    [
      'disk',
      { demand: [jobs(1, 1, 512, { disk: 500 * GIB_DISK })] },
      'needs 500 GiB of disk, the largest flavor has 100 GiB (m1.small on cloud a)',
      less,
    ],
    ['GPUs, none at all', { demand: [jobs(1, 1, 512, { gpus: 1 })] }, 'needs 1 GPU, no flavor has any', less],
    [
      'GPUs, too few',
      { demand: [jobs(1, 1, 512, { gpus: 2 })], ...on([GPU]) },
      'needs 2 GPUs, the largest flavor has 1 (g1.large on cloud a)',
      less,
    ],
    [
      'what the system keeps for itself',
      { demand: [jobs(1, 4, 8 * GIB)], ...on([SMALL, tight]) },
      'needs 8 GiB of memory, nodes of tight on cloud a give 7750 MiB of their 8 GiB to jobs',
      less,
    ],
    [
      'not together',
      { demand: [jobs(1, 16, 16 * GIB)], ...on([wide, flavor('high', 4, 64 * GIB)]) },
      'needs 16 cores 16 GiB together, which no flavor has; high on cloud a gives 4 cores 64 GiB 100 GiB disk',
      less,
    ],
    [
      'a flavor that the cloud does not have',
      { demand: [jobs(1, 64)], ...on([SMALL, LARGE], { unknownFlavors: ['m9.huge'] }) },
      'needs 64 cores, the largest flavor has 4 (m1.large on cloud a) (unknown flavors: m9.huge on cloud a)',
      less,
    ],
    [
      'no flavor at all',
      { demand: [jobs(1)], ...on([], { unknownFlavors: ['m9.huge'] }) },
      'there is no flavor to choose from, unknown: m9.huge on cloud a',
      'name flavors that the clouds have',
    ],
    [
      'no cloud at all',
      { demand: [jobs(1)], clouds: [] },
      'there is no flavor to choose from',
      'name flavors that the clouds have',
    ],
    [
      'the image is too large for the flavor',
      { demand: [jobs(1)], ...on([{ ...SMALL, unfit: 'it needs 40 GiB of disk, the flavor has 20' }]) },
      'm1.small on cloud a cannot boot the image: it needs 40 GiB of disk, the flavor has 20',
      'use a smaller image or another flavor',
    ],
    [
      'the image leaves only flavors that are too small',
      {
        demand: [jobs(1, 4)],
        ...on([SMALL, { ...LARGE, unfit: 'it needs 16384 MiB of memory, the flavor has 8192' }]),
      },
      'm1.large on cloud a cannot boot the image: it needs 16384 MiB of memory, the flavor has 8192',
      'use a smaller image or another flavor',
    ],
    [
      'the whole quota is too small',
      { demand: [jobs(1, 16)], ...on([LARGE, XLARGE], quota(10)) },
      'm1.xlarge on cloud a takes 16 cores, and the quota is 10 cores',
      'ask for quota',
    ],
    [
      'the own limit is too small',
      {
        demand: [jobs(1, 16)],
        ...on([LARGE, XLARGE], { headroom: headroom(8), ceilings: { cores: { limit: 8, by: 'limit' } } }),
      },
      'm1.xlarge on cloud a takes 16 cores, and the limit is 8 cores',
      'raise spec.limits of the EhosCloud',
    ],
    [
      'the quota of memory',
      { demand: [jobs(1)], ...on([LARGE], { ceilings: { memory: { limit: 4 * GIB, by: 'quota' } } }) },
      'm1.large on cloud a takes 8 GiB of memory, and the quota is 4 GiB',
      'ask for quota',
    ],
    [
      'the quota of gigabytes',
      { demand: [jobs(1)], ...on([LARGE], { rootVolumeGiB: 50, ceilings: { gigabytes: { limit: 40, by: 'quota' } } }) },
      'm1.large on cloud a takes 50 gigabytes, and the quota is 40 gigabytes',
      'ask for quota',
    ],
    [
      'a quota of no instances',
      { demand: [jobs(1)], ...on([LARGE], { ceilings: { instances: { limit: 0, by: 'quota' } } }) },
      'm1.large on cloud a takes 1 instance, and the quota is 0 instances',
      'ask for quota',
    ],
    ['maxNodes 0', { demand: [jobs(1)], pool: { maxNodes: 0 } }, 'maxNodes is 0', 'raise maxNodes'],
    [
      'replicas 0',
      { demand: [jobs(1)], pool: { replicas: 0 } },
      'replicas is 0',
      'raise replicas, or remove it to scale by the queue',
    ],
  ];
  for (const [what, input, reason, remedy] of rows) {
    it(`${what}: ${remedy}`, () => {
      const found = plan(situation(input));
      expect(found.unsatisfiable.map((group) => [group.count, group.reason, group.remedy])).to.deep.equal([
        [1, reason, remedy],
      ]);
      expect(found.creates).to.deep.equal([]);
      expect(found.limited).to.equal(undefined);
      expect(found.decision.why).to.match(
        /^no idle jobs that a node could run; 1 job of .* cannot be run by any node of the pool$/,
      );
    });
  }

  it('they block nothing: the others are served', () => {
    const found = plan(situation({ demand: [jobs(500, 64), jobs(4)] }));
    expect(made(found)).to.deep.equal(['m1.large@a']);
    expect(found.unsatisfiable.map(({ count }) => count)).to.deep.equal([500]);
    expect(found.decision.why).to.match(
      /^4 idle jobs of 1 core 512 MiB need 4 cores, .*; 500 jobs of 64 cores 512 MiB cannot be run by any node of the pool$/,
    );
  });

  const hopeful: [what: string, input: Situation][] = [
    [
      'quota is used up',
      { clouds: [cloud('a', { headroom: headroom(0), ceilings: { cores: { limit: 20, by: 'quota' } } })] },
    ],
    ['a cloud takes none now', { clouds: [cloud('a', { unavailable: 'spec.suspend is set' })] }],
    ['the flavor rests', { clouds: [cloud('a', { rests: resting(['m1.large']) })] }],
    ['maxNodes is reached', { nodes: nodes(10, 'Busy') }],
    ['the server group is full', { clouds: [cloud('a', { groupRoom: 0 })] }],
    ['another cloud has the flavor within its quota', { clouds: [cloud('a', quota(2)), cloud('b')] }],
    ['a flavor takes just the whole quota', { clouds: [cloud('a', quota(4))] }],
  ];
  for (const [what, input] of hopeful) {
    it(`are not given up when ${what}`, () => {
      expect(plan(situation({ demand: [jobs(1, 4)], ...input })).unsatisfiable).to.deep.equal([]);
    });
  }

  it('a job that is rounded up beyond the node runs there all the same: 7700 MiB on 7750, though a slot of 7808 is carved', () => {
    const found = plan(situation({ demand: [jobs(1, 4, 7700)], ...on([tight]) }));
    expect(made(found)).to.deep.equal(['tight@a']);
    expect(plan(situation({ demand: [jobs(1, 4, 7751)], ...on([tight]) })).unsatisfiable[0]?.reason).to.equal(
      'needs 7751 MiB of memory, nodes of tight on cloud a give 7750 MiB of their 8 GiB to jobs',
    );
  });

  it('are not given up while a cloud has not been seen', () => {
    const clouds = [cloud('a'), cloud('b', { flavors: [], unavailable: 'first listing' })];
    const found = plan(situation({ demand: [jobs(1, 64)], clouds }));
    expect(found.unsatisfiable).to.deep.equal([]);
    expect(found.limited).to.deep.equal({ reason: 'CloudUnavailable', message: 'b: first listing' });
  });
});
