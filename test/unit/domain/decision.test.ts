import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { DecisionReason } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  GIB,
  headroom,
  jobs,
  LARGE,
  MINUTE,
  node,
  nodes,
  NOW,
  resting,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const idle4 = [node('i', 'Idle', { of: LARGE })];
const booting8 = nodes(2, 'Starting', { of: LARGE });
const used = cloud('cloud-a', { headroom: headroom(0), usage: { cores: { limit: 20, used: 20, by: 'quota' } } });

describe('domain/journal: the decision in words', () => {
  const rows: [name: string, reason: DecisionReason, input: Situation, what: string, why: string][] = [
    ['nothing at all', 'Enough', {}, 'nothing to do', 'no idle jobs'],
    [
      'creates on several clouds',
      'ScaleUp',
      {
        demand: [jobs(9, 1, GIB)],
        clouds: [cloud('cloud-a', { headroom: headroom(8) }), cloud('cloud-b', { flavors: [SMALL] })],
      },
      'create 3 nodes: 2 x m1.large on cloud-a, 1 x m1.small on cloud-b',
      '9 idle jobs of 1 core 1 GiB need 9 cores, and none are free or booting; maxNodes 10',
    ],
    [
      'needs beyond free and booting',
      'ScaleUp',
      { demand: [jobs(8), jobs(4, 4, 2 * GIB)], nodes: [...idle4, ...booting8] },
      'create 3 nodes: 3 x m1.large on a',
      '12 idle jobs (8 of 1 core 512 MiB, 4 of 4 cores 2 GiB) need 12 cores beyond the 4 free and 8 booting; maxNodes 10',
    ],
    [
      'one job',
      'ScaleUp',
      { demand: [jobs(1)] },
      'create 1 node: 1 x m1.small on a',
      '1 idle job of 1 core 512 MiB needs 1 core, and none are free or booting; maxNodes 10',
    ],
    [
      'jobs fit',
      'Enough',
      { demand: [jobs(5)], nodes: [...idle4, ...booting8] },
      'nothing to do',
      '5 idle jobs of 1 core 512 MiB fit on 4 free and 1 booting cores',
    ],
    [
      'one job fits',
      'Enough',
      { demand: [jobs(1)], nodes: idle4 },
      'nothing to do',
      '1 idle job of 1 core 512 MiB fits on 1 free and 0 booting core',
    ],
    [
      'spares',
      'Enough',
      { nodes: nodes(2, 'Idle'), pool: { spareNodes: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept as spares',
    ],
    [
      'one spare',
      'MaxNodes',
      { nodes: nodes(1, 'Idle'), pool: { spareNodes: 2, maxNodes: 1 } },
      'nothing to do',
      'no idle jobs; maxNodes 1 reached, 1 node for spareNodes 2 must wait; 1 idle node is kept as a spare',
    ],
    [
      'minNodes',
      'Enough',
      { nodes: nodes(2, 'Idle'), pool: { minNodes: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept by minNodes 2',
    ],
    [
      'replicas',
      'Enough',
      { nodes: nodes(2, 'Idle'), pool: { replicas: 2 } },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept by replicas 2',
    ],
    [
      'not yet',
      'Enough',
      { nodes: nodes(2, 'Idle', { idleSince: NOW - MINUTE }) },
      'nothing to do',
      'no idle jobs; 2 idle nodes are kept until they have been idle for 5m',
    ],
    [
      'protected',
      'Enough',
      { nodes: nodes(1, 'Idle', { doNotDisrupt: true }) },
      'nothing to do',
      'no idle jobs; 1 idle node is kept by do-not-disrupt',
    ],
    [
      'protected pool',
      'Enough',
      { nodes: nodes(1, 'Idle'), pool: { doNotDisrupt: true } },
      'nothing to do',
      'no idle jobs; 1 idle node is kept by do-not-disrupt of the pool',
    ],
    [
      'HTCondor does not answer',
      'Enough',
      { nodes: nodes(1, 'Idle'), pool: { blind: true } },
      'nothing to do',
      'no idle jobs; 1 idle node is kept because HTCondor could not be read just now',
    ],
    [
      'quota',
      'Quota',
      { demand: [jobs(5, 4)], clouds: [used] },
      'nothing to do',
      '5 idle jobs of 4 cores 512 MiB need 20 cores, and none are free or booting; cloud-a: quota of cores is used up (20 of 20)',
    ],
    [
      'removal',
      'ScaleDown',
      { nodes: nodes(2, 'Idle') },
      'remove 2 nodes: idle-1, idle-2',
      'no idle jobs; idle for 5m or more, and no queued job needs it',
    ],
    [
      'both',
      'Replace',
      { nodes: [node('s', 'Idle', { of: SMALL })], demand: [jobs(1, 4)] },
      'create 1 node: 1 x m1.large on a; remove 1 node: s',
      '1 idle job of 4 cores 512 MiB needs 4 cores, and none are free or booting; maxNodes 10; idle for 5m or more, and no queued job needs it',
    ],
    [
      'size',
      'ScaleUp',
      { pool: { minNodes: 2, spareNodes: 3 } },
      'create 3 nodes: 3 x m1.small on a',
      'no idle jobs; 2 nodes for minNodes 2; 1 node for spareNodes 3; maxNodes 10',
    ],
    [
      'fixed size',
      'ScaleUp',
      { pool: { replicas: 1 } },
      'create 1 node: 1 x m1.small on a',
      'no idle jobs; 1 node for replicas 1',
    ],
    [
      'waits for busy nodes',
      'Enough',
      { nodes: nodes(2, 'Busy'), pool: { replicas: 0 } },
      'nothing to do',
      'no idle jobs; 2 nodes above replicas 0 go when they are idle',
    ],
    [
      'waits for a busy node',
      'Enough',
      { nodes: nodes(2, 'Busy'), pool: { maxNodes: 1 } },
      'nothing to do',
      'no idle jobs; 1 node above maxNodes 1 goes when it is idle',
    ],
    [
      'impossible jobs',
      'Enough',
      { demand: [jobs(3, 64)] },
      'nothing to do',
      'no idle jobs that a node could run; 3 jobs of 64 cores 512 MiB cannot be run by any node of the pool',
    ],
    [
      'unknown queue',
      'QueueUnknown',
      { demand: undefined, demandMissing: 'schedd: timeout', nodes: nodes(1, 'Idle') },
      'nothing to do',
      'the queue is not known: schedd: timeout; 1 idle node is kept because the queue is not known',
    ],
    [
      'unknown queue, without a reason',
      'QueueUnknown',
      { demand: undefined },
      'nothing to do',
      'the queue is not known: no data from HTCondor',
    ],
    [
      'paused',
      'Paused',
      { demand: [jobs(3)], pool: { mode: 'Paused' } },
      'nothing to do',
      'the pool is paused (spec.mode)',
    ],
    [
      'observe',
      'ScaleUp',
      { demand: [jobs(1)], pool: { mode: 'Observe' } },
      'would create 1 node: 1 x m1.small on a',
      '1 idle job of 1 core 512 MiB needs 1 core, and none are free or booting; maxNodes 10',
    ],
    ['observe, nothing', 'Enough', { pool: { mode: 'Observe' } }, 'nothing to do', 'no idle jobs'],
    [
      'deleting',
      'Deleting',
      { nodes: [...nodes(2, 'Busy'), ...nodes(1, 'Idle')], pool: { deleting: true } },
      'remove 1 node: idle-1',
      'the pool is being deleted; 2 busy nodes go when their jobs have ended',
    ],
    [
      'deleting, one busy',
      'Deleting',
      { nodes: nodes(1, 'Busy'), pool: { deleting: true } },
      'nothing to do',
      'the pool is being deleted; 1 busy node goes when its jobs have ended',
    ],
    [
      'deleted',
      'Deleting',
      { pool: { deleting: true } },
      'nothing to do',
      'the pool is being deleted; no nodes are left to remove',
    ],
    [
      'deleting, observed',
      'Deleting',
      { nodes: nodes(1, 'Idle'), pool: { deleting: true, mode: 'Observe' } },
      'would remove 1 node: idle-1',
      'the pool is being deleted',
    ],
  ];
  for (const [name, reason, input, what, why] of rows) {
    it(`${name}: ${reason}`, () => {
      expect(plan(situation(input)).decision).to.deep.equal({ what, why, reason });
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
    const clouds = [cloud('a', { rests: resting(['m1.large'], { until: NOW + 60_000 }) })];
    const at = (now: number): unknown => plan({ ...situation({ demand: [jobs(1, 4)], clouds }), now }).decision;
    expect(at(NOW + 1)).to.deep.equal(at(NOW + 59_999));
  });
});
