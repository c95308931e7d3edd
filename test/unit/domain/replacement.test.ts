import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { Plan, PlanNode } from '../../../src/domain/plan-types.ts';
import { cloud, headroom, jobs, LARGE, MINUTE, node, nodes, NOW, situation, type Situation } from './planning.ts';

const OLD = 'its image has changed';
const old = (n: number, state: 'Idle' | 'Busy', more: Partial<PlanNode> = {}): PlanNode[] =>
  Array.from({ length: n }, (_, i) => node(`old-${state.toLowerCase()}-${i + 1}`, state, { outdated: OLD, ...more }));
const young = { idleSince: NOW - MINUTE, createdAt: NOW - 2 * MINUTE };
const decide = (input: Situation): Plan => plan(situation(input));
const gone = ({ removals }: Plan): string[] => removals.map(({ node: name }) => name);

describe('replacement of outdated nodes', () => {
  it('goes a tenth of the pool at a time where no budget says otherwise, idle ones first, then the older', () => {
    const all = [...old(1, 'Idle', young), ...old(19, 'Busy', { createdAt: NOW - 60 * MINUTE })];
    const found = decide({ nodes: all, pool: { maxNodes: 30 } });
    expect(found.removals).to.deep.equal([
      { node: 'old-idle-1', reason: `outdated: ${OLD}`, mustLeave: true },
      { node: 'old-busy-1', reason: `outdated: ${OLD}`, mustLeave: true },
    ]);
    expect(found.decision.why).to.contain('18 outdated nodes must wait for the budget');
  });

  const budgets: [what: string, budgets: string[], input: Situation, n: number][] = [
    ['a budget counts for all that leaves', ['3'], { nodes: [...old(5, 'Busy'), ...nodes(2, 'Leaving')] }, 1],
    ['what is not needed comes first', ['3'], { nodes: [...old(5, 'Busy'), ...nodes(2, 'Idle')] }, 3],
    ['0 replaces none', ['0'], { nodes: old(5, 'Busy') }, 0],
    ['the smallest counts', ['50%', '2'], { nodes: old(8, 'Busy') }, 2],
  ];
  for (const [what, list, input, n] of budgets)
    it(`${what}: ${n}`, () => {
      expect(decide({ ...input, pool: { ...input.pool, budgets: list } }).removals).to.have.length(n);
    });

  for (const [what, input] of [
    ['do-not-disrupt of the node', { nodes: old(3, 'Busy', { doNotDisrupt: true }) }],
    ['do-not-disrupt of the pool', { nodes: old(3, 'Busy'), pool: { doNotDisrupt: true } }],
    ['a queue that is not known', { nodes: old(3, 'Busy'), demand: undefined, demandMissing: 'no data' }],
    ['mode Paused', { nodes: old(3, 'Busy'), pool: { mode: 'Paused' as const } }],
  ] as [string, Situation][])
    it(`none goes, and none is made, with ${what}`, () => {
      const found = decide({ ...input, pool: { minNodes: 3, ...input.pool } });
      expect([found.removals, found.creates]).to.deep.equal([[], []]);
    });

  it('delete-first goes first', () => {
    const all = [...old(3, 'Idle', young), node('first', 'Busy', { outdated: OLD, deleteFirst: true })];
    expect(gone(decide({ nodes: all, pool: { budgets: ['1'] } }))).to.deep.equal(['first']);
  });

  it('lost, booting and blocked nodes are left to what is done about those', () => {
    const all = (['Lost', 'Starting', 'Blocked'] as const).map((state) => node(state, state, { outdated: OLD }));
    expect(decide({ nodes: all }).removals).to.deep.equal([]);
  });

  describe('new before old', () => {
    for (const promise of [{ minNodes: 3 }, { replicas: 3 }]) {
      const pool = { ...promise, budgets: ['1'], maxNodes: 5 };
      const by = Object.keys(promise)[0];

      it(`one more than ${by} is made first, and no old one goes`, () => {
        const found = decide({ nodes: old(3, 'Busy'), pool });
        expect(found.creates).to.have.length(1);
        expect(found.removals).to.deep.equal([]);
        expect(found.decision.why).to.contain('3 outdated nodes are kept until there are new ones in their place');
      });

      it(`while it boots (${by}) nothing else happens`, () => {
        const found = decide({ nodes: [...old(3, 'Busy'), ...nodes(1, 'Starting')], pool });
        expect([found.creates, found.removals]).to.deep.equal([[], []]);
      });

      it(`when it has joined (${by}) an old one goes, and not the new one`, () => {
        const found = decide({ nodes: [...old(3, 'Busy'), ...nodes(1, 'Idle')], pool });
        expect([found.creates, gone(found)]).to.deep.equal([[], ['old-busy-1']]);
      });

      it(`while that one leaves (${by}) neither the next one goes nor another is made`, () => {
        const all = [...old(2, 'Busy'), ...nodes(1, 'Idle', young), ...nodes(1, 'Leaving')];
        const found = decide({ nodes: all, pool });
        expect([found.creates, found.removals]).to.deep.equal([[], []]);
      });

      it(`without room for both (${by}) the old one goes first`, () => {
        const found = decide({ nodes: old(3, 'Busy'), pool: { ...pool, maxNodes: 3 } });
        expect([found.creates, gone(found)]).to.deep.equal([[], ['old-busy-1']]);
      });

      it(`without quota for both (${by}) the old one goes first`, () => {
        const full = [cloud('a', { flavors: [LARGE], headroom: headroom(0) })];
        const found = decide({ nodes: old(3, 'Busy'), pool, clouds: full });
        expect([found.creates, gone(found)]).to.deep.equal([[], ['old-busy-1']]);
      });

      it(`where no node can be made for another reason (${by}) none goes`, () => {
        const away = [cloud('a', { unavailable: 'it is suspended' })];
        const found = decide({ nodes: old(3, 'Busy'), pool, clouds: away });
        expect([found.creates, found.removals]).to.deep.equal([[], []]);
      });
    }

    it('it comes to an end: every old node is replaced, and the pool is as large as before', () => {
      const pool = { minNodes: 3, budgets: ['1'], maxNodes: 4 };
      let all = old(3, 'Busy');
      let made = 0;
      for (let step = 0; step < 30; step += 1) {
        const found = decide({ nodes: all, pool });
        expect(all.length, 'never above maxNodes').to.be.at.most(4);
        const busy = all.filter(({ state }) => state === 'Busy' || state === 'Idle').length;
        expect(busy, 'never fewer than promised').to.be.at.least(3);
        const left = all
          .filter(({ state }) => state !== 'Leaving')
          .map((one) => (one.state === 'Starting' ? node(one.name, 'Idle', young) : one))
          .map((one) => (gone(found).includes(one.name) ? { ...one, state: 'Leaving' as const } : one));
        all = [...left, ...found.creates.map(() => node(`new-${(made += 1)}`, 'Starting'))];
      }
      expect(all.filter(({ outdated }) => outdated !== undefined)).to.deep.equal([]);
      expect([all.length, made]).to.deep.equal([3, 3]);
    });
  });

  describe('a making that no node has shown to work', () => {
    const pool = { unproven: true, budgets: ['100%'], maxNodes: 10 };

    it('I15: one node of it is made, also where nothing was promised, and no old one goes before it has joined', () => {
      for (const more of [[], nodes(1, 'Starting')]) {
        const found = decide({ nodes: [...old(4, 'Busy'), ...more], pool });
        expect(found.creates).to.have.length(more.length === 0 ? 1 : 0);
        expect(found.removals).to.deep.equal([]);
        expect(found.decision.why).to.contain('until there is the first node of the new making to join');
      }
    });

    it('where there is no room for one more, one old node goes for it', () => {
      expect(gone(decide({ nodes: old(4, 'Busy'), pool: { ...pool, maxNodes: 4 } }))).to.have.length(1);
    });
  });

  it('a pool that promises nothing makes none in advance: the queue asks again', () => {
    const found = decide({ nodes: old(2, 'Busy'), pool: { budgets: ['1'] } });
    expect([found.creates, found.removals.length]).to.deep.equal([[], 1]);
    const next = decide({
      nodes: [...old(1, 'Busy'), ...nodes(1, 'Leaving')],
      demand: [jobs(4)],
      pool: { budgets: ['1'] },
    });
    expect([next.creates.length, next.removals]).to.deep.equal([1, []]);
  });

  it('a node that is not outdated any more is called back, if there is room', () => {
    const leaving = nodes(2, 'Leaving', { released: true });
    const found = decide({ nodes: leaving });
    expect(found.recalls.map(({ node: name }) => name)).to.deep.equal(['leaving-1', 'leaving-2']);
    expect(decide({ nodes: [...leaving, ...nodes(9, 'Busy')] }).recalls).to.have.length(1);
  });

  it('the same whatever the order of the nodes', () => {
    const all = [...old(3, 'Busy'), ...old(3, 'Idle', young), ...nodes(3, 'Idle')];
    const pool = { budgets: ['3'], minNodes: 4 };
    expect(decide({ nodes: all, pool })).to.deep.equal(decide({ nodes: all.toReversed(), pool }));
  });
});
