import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanNode } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  flavor,
  GIB,
  jobs,
  LARGE,
  MINUTE,
  node,
  nodes,
  NOW,
  removed,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const idle = (n: number, more: Parameters<typeof nodes>[2] = {}): PlanNode[] => nodes(n, 'Idle', more);
const leaving = (n: number): PlanNode[] => nodes(n, 'Leaving');

describe('scale-down: budgets', () => {
  const rows: [what: string, budgets: string[], input: Situation, removed: number][] = [
    ['without one all go', [], { nodes: idle(10) }, 10],
    ['3 at a time', ['3'], { nodes: idle(10) }, 3],
    ['those that are leaving already count', ['3'], { nodes: [...idle(10), ...leaving(2)] }, 1],
    ['more are leaving than it allows', ['3'], { nodes: [...idle(10), ...leaving(5)] }, 0],
    ['0 keeps all', ['0'], { nodes: idle(10) }, 0],
    ['10 % of 10 nodes', ['10%'], { nodes: idle(10) }, 1],
    ['10 % of 25 nodes, rounded up', ['10%'], { nodes: [...idle(5), ...nodes(20, 'Busy')], pool: { maxNodes: 30 } }, 3],
    ['10 % of 3 nodes is one, never none', ['10%'], { nodes: idle(3) }, 1],
    ['0 % keeps all', ['0%'], { nodes: idle(3) }, 0],
    ['100 % is no limit', ['100%'], { nodes: idle(7) }, 7],
    ['of several the smallest', ['5', '20%', '4'], { nodes: idle(10) }, 2],
    ['for nodes above maxNodes, too', ['2'], { nodes: idle(10), pool: { maxNodes: 3 } }, 2],
    ['for nodes above replicas, too', ['2'], { nodes: idle(10), pool: { replicas: 3 } }, 2],
    ['not for a pool that is being deleted', ['1'], { nodes: idle(10), pool: { deleting: true } }, 10],
  ];
  for (const [what, budgets, input, n] of rows) {
    it(`${what}: ${n} of ${input.nodes?.filter(({ state }) => state === 'Idle').length}`, () => {
      const found = plan(situation({ ...input, pool: { ...input.pool, budgets } }));
      expect(found.removals.length).to.equal(n);
    });
  }

  it('says what they hold back', () => {
    const why = (input: Situation): string => plan(situation(input)).decision.why;
    expect(why({ nodes: idle(10), pool: { budgets: ['3'] } })).to.equal(
      'no idle jobs; idle for 5m or more, and no queued job needs it; 7 idle nodes are kept by the budget of 3',
    );
    expect(why({ nodes: idle(5), pool: { budgets: ['10%'], maxNodes: 2 } })).to.equal(
      'no idle jobs; idle and above maxNodes 2; 2 nodes must wait (budget 10%)',
    );
  });

  it('nodes that are called back leave room for others', () => {
    const back = nodes(2, 'Leaving', { recallable: true, free: LARGE.yields });
    const small = idle(5, { of: SMALL });
    const found = plan(situation({ nodes: [...small, ...back], demand: [jobs(2, 4)], pool: { budgets: ['2'] } }));
    expect([found.recalls.length, found.removals.length]).to.deep.equal([2, 2]);
  });
});

describe('scale-down: no node that would be asked for again before another has booted', () => {
  const boots = (ms: number | undefined): Situation => ({
    clouds: [cloud('a', { flavors: [{ ...LARGE, bootTime: ms }] })],
  });
  const idleFor = (minutes: number): PlanNode[] => [node('x', 'Idle', { idleSince: NOW - minutes * MINUTE })];
  const rows: [what: string, input: Situation, gone: boolean][] = [
    ['boots in 12 min, idle for 11', { ...boots(12 * MINUTE), nodes: idleFor(11) }, false],
    ['boots in 12 min, idle for 12', { ...boots(12 * MINUTE), nodes: idleFor(12) }, true],
    ['boots in 2 min, idle for 4: consolidateAfter 5 min', { ...boots(2 * MINUTE), nodes: idleFor(4) }, false],
    ['boots in 2 min, idle for 5', { ...boots(2 * MINUTE), nodes: idleFor(5) }, true],
    ['not known how long it boots, idle for 5', { ...boots(undefined), nodes: idleFor(5) }, true],
    [
      'another flavor boots in 12 min',
      { clouds: [cloud('a', { flavors: [LARGE, { ...SMALL, bootTime: 12 * MINUTE }] })], nodes: idleFor(5) },
      true,
    ],
    ['above maxNodes it goes at once', { ...boots(12 * MINUTE), nodes: idleFor(0), pool: { maxNodes: 0 } }, true],
  ];
  for (const [what, input, gone] of rows) {
    it(`${what}: ${gone ? 'goes' : 'stays'}`, () => {
      expect(removed(plan(situation(input)))).to.deep.equal(gone ? ['x'] : []);
    });
  }

  it('says why it stays, and looks again when it is time', () => {
    const found = plan(situation({ ...boots(12 * MINUTE), nodes: idleFor(11) }));
    expect(found.decision.why).to.equal(
      'no idle jobs; 1 idle node is kept until it has been idle for 12m, as long as a new one would take to come',
    );
    expect(found.recheckAfter).to.equal(MINUTE);
  });

  it('one that is old enough is not held up by one that is not', () => {
    const slow = flavor('slow', 4, 8 * GIB, { bootTime: 30 * MINUTE });
    const all = [node('slow', 'Idle', { of: slow }), node('fast', 'Idle', { idleSince: NOW - 10 * MINUTE })];
    const clouds = [cloud('a', { flavors: [LARGE, slow] })];
    const ages = (nowait: PlanNode[]): string[] => removed(plan(situation({ clouds, nodes: nowait })));
    expect(ages(all)).to.deep.equal(['slow', 'fast']);
    expect(ages([node('slow', 'Idle', { of: slow, idleSince: NOW - 20 * MINUTE }), all[1]!])).to.deep.equal(['fast']);
  });
});

describe('scale-down: never below minNodes live nodes, nor below spareNodes idle ones that the queue does not need', () => {
  const rows: [idle: number, busy: number, queued: number, min: number, spare: number, removed: number][] = [
    [10, 0, 0, 0, 0, 10],
    [10, 0, 0, 3, 0, 7],
    [10, 0, 0, 0, 4, 6],
    [10, 0, 0, 3, 4, 6],
    [10, 0, 0, 6, 4, 4],
    [6, 4, 0, 6, 0, 4],
    [6, 4, 0, 8, 1, 2],
    [10, 0, 8, 0, 1, 7],
    [10, 0, 8, 0, 8, 0],
    [3, 0, 0, 10, 10, 0],
  ];
  for (const [n, busy, queued, minNodes, spareNodes, gone] of rows) {
    it(`${n} idle, ${busy} busy, ${queued} jobs of 1 core queued, minNodes ${minNodes}, spareNodes ${spareNodes}: ${gone} go`, () => {
      const all = [...idle(n), ...nodes(busy, 'Busy')];
      const pool = { minNodes, spareNodes, maxNodes: 10 };
      expect(plan(situation({ nodes: all, demand: [jobs(queued)], pool })).removals.length).to.equal(gone);
    });
  }
});
