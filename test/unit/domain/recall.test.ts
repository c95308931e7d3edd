import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanNode } from '../../../src/domain/plan-types.ts';
import { cloud, headroom, jobs, LARGE, made, node, nodes, NOW, situation, SMALL, type Situation } from './planning.ts';

const back = (n: number, more: Parameters<typeof nodes>[2] = {}): PlanNode[] =>
  nodes(n, 'Leaving', { recallable: true, free: (more.of ?? LARGE).yields, ...more });
const blocked = (n: number): PlanNode[] => nodes(n, 'Leaving', { free: LARGE.yields });

describe('a drain under way is called off when demand returns', () => {
  const rows: [what: string, input: Situation, recalled: number, created: string[]][] = [
    ['for jobs that wait', { nodes: back(1), demand: [jobs(4)] }, 1, []],
    ['only as many as the jobs need', { nodes: back(3), demand: [jobs(8)] }, 2, []],
    ['together with new nodes', { nodes: back(1), demand: [jobs(8)] }, 1, ['m1.large@a']],
    ['not for jobs that fit on idle nodes', { nodes: [...back(1), ...nodes(1, 'Idle')], demand: [jobs(4)] }, 0, []],
    [
      'not for jobs that do not fit into it',
      { nodes: back(1, { of: SMALL }), demand: [jobs(1, 4)] },
      0,
      ['m1.large@a'],
    ],
    [
      'instead of waiting for one that boots',
      { nodes: [...back(1), ...nodes(1, 'Starting')], demand: [jobs(4)] },
      1,
      [],
    ],
    ['not one that leaves for another reason', { nodes: blocked(1), demand: [jobs(4)] }, 0, ['m1.large@a']],
    [
      'not one that is to be deleted first',
      { nodes: back(1, { deleteFirst: true }), demand: [jobs(4)] },
      0,
      ['m1.large@a'],
    ],
    ['for minNodes', { nodes: back(2), pool: { minNodes: 1 } }, 1, []],
    ['for replicas', { nodes: [...nodes(1, 'Idle'), ...back(1)], pool: { replicas: 2 } }, 1, []],
    ['for spares', { nodes: back(3), pool: { spareNodes: 2 } }, 2, []],
    ['for spares beside what the jobs need', { nodes: back(3), demand: [jobs(4)], pool: { spareNodes: 1 } }, 2, []],
    [
      'although quota is used up',
      { nodes: back(1), demand: [jobs(4)], clouds: [cloud('a', { headroom: headroom(0) })] },
      1,
      [],
    ],
    [
      'although the cloud takes no new nodes',
      { nodes: back(1), demand: [jobs(4)], clouds: [cloud('a', { unavailable: 'suspended' })] },
      1,
      [],
    ],
    [
      'although the pace allows no new nodes',
      { nodes: back(1), demand: [jobs(4)], pool: { maxPerMinute: 1 }, recentCreates: [NOW] },
      1,
      [],
    ],
    [
      'at maxNodes, where it is one of them',
      { nodes: [...nodes(1, 'Busy'), ...back(1)], demand: [jobs(4)], pool: { maxNodes: 2 } },
      1,
      [],
    ],
    [
      'not above maxNodes: it would be sent away again',
      { nodes: [...nodes(1, 'Busy'), ...back(1)], demand: [jobs(4)], pool: { maxNodes: 1 } },
      0,
      [],
    ],
    [
      'not above replicas',
      { nodes: [...nodes(1, 'Busy'), ...back(1)], demand: [jobs(4)], pool: { replicas: 1 } },
      0,
      [],
    ],
    [
      'only as many as maxNodes has room for',
      { nodes: [...nodes(1, 'Busy'), ...back(3)], demand: [jobs(12)], pool: { maxNodes: 3 } },
      2,
      [],
    ],
    [
      'for spares: not above maxNodes',
      { nodes: [...nodes(2, 'Busy'), ...back(2)], pool: { maxNodes: 3, spareNodes: 3 } },
      1,
      [],
    ],
    ['not when the queue is not known', { nodes: back(1), demand: undefined, pool: { spareNodes: 1 } }, 0, []],
    ['not in a paused pool', { nodes: back(1), demand: [jobs(4)], pool: { mode: 'Paused' } }, 0, []],
    ['not in a pool that is being deleted', { nodes: back(1), demand: [jobs(4)], pool: { deleting: true } }, 0, []],
  ];
  for (const [what, input, recalled, created] of rows) {
    it(`${what}: ${recalled} called back${created.length > 0 ? `, ${created.join(', ')} made` : ''}`, () => {
      const found = plan(situation(input));
      expect(found.recalls.length).to.equal(recalled);
      expect(made(found)).to.deep.equal(created);
    });
  }

  it('the next plan, with the node back, does not send it away again', () => {
    for (const pool of [{ maxNodes: 2 }, { minNodes: 2 }, { spareNodes: 1 }]) {
      const input = situation({ nodes: [...nodes(1, 'Busy'), ...back(2)], demand: [jobs(4)], pool });
      const { recalls } = plan(input);
      expect(recalls, JSON.stringify(pool)).to.not.deep.equal([]);
      const names = recalls.map((recall) => recall.node);
      const after = input.nodes.map((n) => (names.includes(n.name) ? node(n.name, 'Idle', { idleSince: NOW }) : n));
      expect(plan({ ...input, nodes: after }).removals, JSON.stringify(pool)).to.deep.equal([]);
    }
  });

  it('says so', () => {
    const found = plan(situation({ nodes: back(2), demand: [jobs(4)], pool: { spareNodes: 1 } }));
    expect(found.recalls).to.deep.equal([
      { node: 'leaving-1', reason: 'queued jobs need it again' },
      { node: 'leaving-2', reason: 'kept for spareNodes 1' },
    ]);
    expect(found.decision).to.deep.equal({
      what: 'call back 2 nodes: leaving-1, leaving-2',
      why: '4 idle jobs of 1 core 512 MiB fit on 4 free and 0 booting cores',
      reason: 'Recall',
    });
    expect(found.journal.filter(({ kind }) => kind === 'Recall').map(({ data }) => data)).to.deep.equal([
      { node: 'leaving-1' },
      { node: 'leaving-2' },
    ]);
  });
});
