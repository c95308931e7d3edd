import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import { groupWords, jobsWords, memoryWords, namesWords, shapeWords } from '../../../src/domain/words.ts';
import {
  cloud,
  GIB,
  GIB_DISK,
  headroom,
  jobs,
  LARGE,
  MINUTE,
  node,
  nodes,
  NOW,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const idle4 = [node('i', 'Idle', { of: LARGE })];
const booting8 = nodes(2, 'Starting', { of: LARGE });
const used = cloud('cloud-a', { headroom: headroom(0), usage: { cores: { limit: 20, used: 20 } } });

describe('domain/journal: the decision in words', () => {
  const rows: [name: string, input: Situation, what: string, why: string][] = [
    ['nothing at all', {}, 'nothing to do', 'no idle jobs'],
    [
      'creates on several clouds',
      {
        demand: [jobs(9, 1, GIB)],
        clouds: [cloud('cloud-a', { headroom: headroom(8) }), cloud('cloud-b', { flavors: [SMALL] })],
      },
      'create 3 nodes: 2 x m1.large on cloud-a, 1 x m1.small on cloud-b',
      '9 idle jobs of 1 core 1 GiB need 9 cores, and none are free or booting; maxNodes 10',
    ],
    [
      'needs beyond free and booting',
      { demand: [jobs(8), jobs(4, 4, 2 * GIB)], nodes: [...idle4, ...booting8] },
      'create 3 nodes: 3 x m1.large on a',
      '12 idle jobs (8 of 1 core 512 MiB, 4 of 4 cores 2 GiB) need 12 cores beyond the 4 free and 8 booting; maxNodes 10',
    ],
    [
      'one job',
      { demand: [jobs(1)] },
      'create 1 node: 1 x m1.small on a',
      '1 idle job of 1 core 512 MiB needs 1 core, and none are free or booting; maxNodes 10',
    ],
    [
      'jobs fit',
      { demand: [jobs(5)], nodes: [...idle4, ...booting8] },
      'nothing to do',
      '5 idle jobs of 1 core 512 MiB fit on 4 free and 1 booting cores',
    ],
    [
      'one job fits',
      { demand: [jobs(1)], nodes: idle4 },
      'nothing to do',
      '1 idle job of 1 core 512 MiB fits on 1 free and 0 booting core',
    ],
    [
      'spares',
      { nodes: nodes(2, 'Idle'), pool: { spareNodes: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept as spares',
    ],
    [
      'one spare',
      { nodes: nodes(1, 'Idle'), pool: { spareNodes: 2, maxNodes: 1 } },
      'nothing to do',
      'no idle jobs; maxNodes 1 reached, 1 node for spareNodes 2 must wait; 1 idle node is kept as a spare',
    ],
    [
      'minNodes',
      { nodes: nodes(2, 'Idle'), pool: { minNodes: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept by minNodes 2',
    ],
    [
      'replicas',
      { nodes: nodes(2, 'Idle'), pool: { replicas: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept by replicas 2',
    ],
    [
      'not yet',
      { nodes: nodes(2, 'Idle', { idleSince: NOW - MINUTE }) },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept until they have been idle for 5m',
    ],
    [
      'protected',
      { nodes: nodes(1, 'Idle', { doNotDisrupt: true }) },
      'nothing to do',
      'no idle jobs; 1 idle node is kept by do-not-disrupt',
    ],
    [
      'protected pool',
      { nodes: nodes(1, 'Idle'), pool: { doNotDisrupt: true } },
      'nothing to do',
      'no idle jobs; 1 idle node is kept by do-not-disrupt of the pool',
    ],
    [
      'quota',
      { demand: [jobs(5, 4)], clouds: [used] },
      'nothing to do',
      '5 idle jobs of 4 cores 512 MiB need 20 cores, and none are free or booting; cloud-a: quota of cores is used up (20 of 20)',
    ],
    [
      'removal',
      { nodes: nodes(2, 'Idle') },
      'remove 2 nodes: idle-1, idle-2',
      'no idle jobs; idle for 5m or more, and no queued job needs it',
    ],
    [
      'both',
      { nodes: [node('s', 'Idle', { of: SMALL })], demand: [jobs(1, 4)] },
      'create 1 node: 1 x m1.large on a; remove 1 node: s',
      '1 idle job of 4 cores 512 MiB needs 4 cores, and none are free or booting; maxNodes 10; idle for 5m or more, and no queued job needs it',
    ],
    [
      'size',
      { pool: { minNodes: 2, spareNodes: 3 } },
      'create 3 nodes: 3 x m1.small on a',
      'no idle jobs; 2 nodes for minNodes 2; 1 node for spareNodes 3; maxNodes 10',
    ],
    [
      'fixed size',
      { pool: { replicas: 1 } },
      'create 1 node: 1 x m1.small on a',
      'no idle jobs; 1 node for replicas 1',
    ],
    [
      'waits for busy nodes',
      { nodes: nodes(2, 'Busy'), pool: { replicas: 0 } },
      'nothing to do',
      'no idle jobs; 2 nodes above replicas 0 go when they are idle',
    ],
    [
      'waits for a busy node',
      { nodes: nodes(2, 'Busy'), pool: { maxNodes: 1 } },
      'nothing to do',
      'no idle jobs; 1 node above maxNodes 1 goes when it is idle',
    ],
    [
      'impossible jobs',
      { demand: [jobs(3, 64)] },
      'nothing to do',
      'no idle jobs that a node could run; 3 jobs of 64 cores 512 MiB cannot be run by any flavor of the pool',
    ],
    [
      'unknown queue',
      { demand: undefined, demandMissing: 'schedd: timeout', nodes: nodes(1, 'Idle') },
      'nothing to do',
      'the queue is not known: schedd: timeout; 1 idle node is kept because the queue is not known',
    ],
    [
      'unknown queue, without a reason',
      { demand: undefined },
      'nothing to do',
      'the queue is not known: no data from HTCondor',
    ],
    ['paused', { demand: [jobs(3)], pool: { mode: 'Paused' } }, 'nothing to do', 'the pool is paused (spec.mode)'],
    [
      'observe',
      { demand: [jobs(1)], pool: { mode: 'Observe' } },
      'would create 1 node: 1 x m1.small on a',
      '1 idle job of 1 core 512 MiB needs 1 core, and none are free or booting; maxNodes 10',
    ],
    ['observe, nothing', { pool: { mode: 'Observe' } }, 'nothing to do', 'no idle jobs'],
    [
      'deleting',
      { nodes: [...nodes(2, 'Busy'), ...nodes(1, 'Idle')], pool: { deleting: true } },
      'remove 1 node: idle-1',
      'the pool is being deleted; 2 busy nodes go when their jobs have ended',
    ],
    [
      'deleting, one busy',
      { nodes: nodes(1, 'Busy'), pool: { deleting: true } },
      'nothing to do',
      'the pool is being deleted; 1 busy node goes when its jobs have ended',
    ],
    [
      'deleted',
      { pool: { deleting: true } },
      'nothing to do',
      'the pool is being deleted; no nodes are left to remove',
    ],
    [
      'deleting, observed',
      { nodes: nodes(1, 'Idle'), pool: { deleting: true, mode: 'Observe' } },
      'would remove 1 node: idle-1',
      'the pool is being deleted',
    ],
  ];
  for (const [name, input, what, why] of rows) {
    it(name, () => {
      expect(plan(situation(input)).decision).to.deep.equal({ what, why });
    });
  }

  it('desires what stands in a paused pool, and nothing in one that is deleted', () => {
    const all = [...nodes(2, 'Busy'), ...nodes(1, 'Leaving')];
    expect(plan(situation({ nodes: all, pool: { mode: 'Paused' } })).desiredNodes).to.equal(2);
    expect(plan(situation({ nodes: all, pool: { deleting: true } })).desiredNodes).to.equal(0);
  });

  it('does not change while idle nodes grow older, until they are old enough', () => {
    const at = (now: number): unknown =>
      plan({ ...situation({ nodes: nodes(2, 'Idle', { idleSince: NOW }) }), now }).decision;
    expect(at(NOW + 1)).to.deep.equal(at(NOW + 5 * MINUTE - 1));
    expect(at(NOW + 1)).to.not.deep.equal(at(NOW + 5 * MINUTE));
  });

  it('does not change while a cooldown goes on', () => {
    const clouds = [cloud('a', { cooldowns: new Map([['m1.large', { reason: 'no host', until: NOW + 60_000 }]]) })];
    const at = (now: number): unknown => plan({ ...situation({ demand: [jobs(1, 4)], clouds }), now }).decision;
    expect(at(NOW + 1)).to.deep.equal(at(NOW + 59_999));
  });
});

describe('domain/journal: one line for each consideration', () => {
  it('has the numbers of nodes, queue, clouds and each node', () => {
    const clouds = [
      cloud('a', {
        cooldowns: new Map([
          ['m1.small', { reason: 'no host', until: NOW + 1 }],
          ['m1.large', { reason: 'old', until: NOW }],
        ]),
      }),
      cloud('b', { unavailable: 'spec.suspend is set', unknownFlavors: ['m9.huge'] }),
    ];
    const all = [
      ...nodes(1, 'Busy'),
      node('z', 'Idle', { of: SMALL }),
      node('u', 'Starting', { total: { cpus: 0, memory: 0, disk: 0, gpus: 0 } }),
    ];
    const { journal } = plan(
      situation({ demand: [jobs(3, 4), jobs(1, 64)], nodes: all, clouds, pool: { spareNodes: 0, maxNodes: 4 } }),
    );
    expect(journal).to.deep.equal([
      '3 nodes: 1 booting, 1 idle, 1 busy, 0 leaving, 0 lost; minNodes 0, maxNodes 4, spareNodes 0',
      '3 idle jobs of 4 cores 512 MiB need 12 cores, and none are free or booting',
      'm1.small on a rests: no host',
      'b takes no new nodes: spec.suspend is set',
      'b has no flavor m9.huge',
      '1 job of 64 cores 512 MiB cannot be run: needs 64 cores, the largest flavor has 4 (m1.large on cloud a): allow a larger flavor or request less (unknown flavors: m9.huge on cloud b)',
      '1 booting node of unknown size: taken for as many that are needed',
      'jobs without a place need 2 more nodes, there is room for 1',
      'create m1.large on a for 1 job of 4 cores 512 MiB',
      'limited by MaxNodes: maxNodes 4 reached, 1 job of 4 cores 512 MiB must wait',
      'remove z: idle for 5m or more, and no queued job needs it',
    ]);
  });

  it('names a fixed size', () => {
    expect(plan(situation({ pool: { replicas: 0 } })).journal[0]).to.match(/; replicas 0$/);
  });
});

describe('domain/words', () => {
  const rows: [text: string, expected: string][] = [
    [memoryWords(512), '512 MiB'],
    [memoryWords(1024), '1 GiB'],
    [memoryWords(1536), '1536 MiB'],
    [memoryWords(0), '0 MiB'],
    [shapeWords(jobs(1, 4, 2048)), '4 cores 2 GiB'],
    [shapeWords(jobs(1, 1, 512, { gpus: 2 })), '1 core 512 MiB 2 GPUs'],
    [shapeWords(jobs(1, 1, 512, { disk: 1.5 * GIB_DISK })), '1 core 512 MiB 1.5 GiB disk'],
    [jobsWords([jobs(1), jobs(2, 1, 512, { disk: 1 })], ''), '3 jobs of 1 core 512 MiB'],
    [groupWords([jobs(2, 2), jobs(1, 1), jobs(2, 1, 512, { disk: 7 })]), '3 of 1 core 512 MiB, 2 of 2 cores 512 MiB'],
    [
      groupWords([1, 2, 3, 4, 5, 6].map((n) => jobs(10 - n, n))),
      '9 of 1 core 512 MiB, 8 of 2 cores 512 MiB, 7 of 3 cores 512 MiB, 6 of 4 cores 512 MiB, 9 of 2 other shapes',
    ],
    [namesWords(['a', 'b']), 'a, b'],
    [namesWords(['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more'],
  ];
  for (const [text, expected] of rows) it(expected, () => expect(text).to.equal(expected));
});
