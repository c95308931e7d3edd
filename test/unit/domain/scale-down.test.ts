import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanNode } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  headroom,
  jobs,
  LARGE,
  MINUTE,
  node,
  nodes,
  NOW,
  removed,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const idle = (name: string, minutes: number, more: Parameters<typeof node>[2] = {}): PlanNode =>
  node(name, 'Idle', { idleSince: NOW - minutes * MINUTE, ...more });

describe('domain/plan: which nodes are removed', () => {
  const rows: [what: string, input: Situation, names: string[]][] = [
    ['idle for long enough', { nodes: [idle('x', 5)] }, ['x']],
    ['not yet idle for long enough', { nodes: [idle('x', 4.99)] }, []],
    ['idle, but not known since when', { nodes: [node('x', 'Idle', { idleSince: undefined })] }, []],
    ['busy', { nodes: nodes(1, 'Busy') }, []],
    ['booting', { nodes: nodes(1, 'Starting') }, []],
    ['lost', { nodes: nodes(1, 'Lost') }, []],
    ['leaving already', { nodes: nodes(1, 'Leaving') }, []],
    ['do-not-disrupt on the node', { nodes: [idle('x', 60, { doNotDisrupt: true }), idle('y', 60)] }, ['y']],
    ['do-not-disrupt on the pool', { nodes: [idle('x', 60)], pool: { doNotDisrupt: true } }, []],
    ['HTCondor could not be read just now', { nodes: [idle('x', 60)], pool: { blind: true } }, []],
    [
      'nor what is above maxNodes then',
      { nodes: [idle('x', 60), idle('y', 60)], pool: { blind: true, maxNodes: 1 } },
      [],
    ],
    ['needed by queued jobs', { nodes: [idle('x', 60)], demand: [jobs(1)] }, []],
    [
      'not needed by what cannot use it',
      { nodes: [idle('x', 60, { of: SMALL })], demand: [jobs(1, 4)], clouds: [cloud('a', { headroom: headroom(0) })] },
      ['x'],
    ],
    ['some are needed', { nodes: [idle('x', 60), idle('y', 61), idle('z', 62)], demand: [jobs(4)] }, ['z', 'y']],
    ['minNodes stay', { nodes: [idle('x', 60), idle('y', 61)], pool: { minNodes: 1 } }, ['y']],
    ['busy ones count for minNodes', { nodes: [idle('x', 60), ...nodes(1, 'Busy')], pool: { minNodes: 1 } }, ['x']],
    ['lost ones do not', { nodes: [idle('x', 60), ...nodes(1, 'Lost')], pool: { minNodes: 1 } }, []],
    ['spareNodes stay', { nodes: [idle('x', 60), idle('y', 61), idle('z', 62)], pool: { spareNodes: 2 } }, ['z']],
    [
      'spares are beyond what the queue needs',
      { nodes: [idle('x', 60), idle('y', 61)], pool: { spareNodes: 1 }, demand: [jobs(4)] },
      [],
    ],
    [
      'a protected idle node is a spare',
      { nodes: [idle('x', 60, { doNotDisrupt: true }), idle('y', 61)], pool: { spareNodes: 1 } },
      ['y'],
    ],
    ['replicas: surplus goes at once', { nodes: [idle('x', 0), idle('y', 1)], pool: { replicas: 1 } }, ['y']],
    ['replicas: never busy ones', { nodes: [...nodes(3, 'Busy'), idle('x', 0)], pool: { replicas: 2 } }, ['x']],
    ['replicas: exact size stays though idle', { nodes: [idle('x', 60), idle('y', 60)], pool: { replicas: 2 } }, []],
    [
      'replicas: what the queue needs goes last',
      { nodes: [idle('x', 60), idle('y', 1)], pool: { replicas: 1 }, demand: [jobs(4)] },
      ['x'],
    ],
    [
      'replicas: even what the queue needs',
      { nodes: [idle('x', 60), idle('y', 1)], pool: { replicas: 0 }, demand: [jobs(8)] },
      ['x', 'y'],
    ],
    [
      'replicas: leaving ones are gone already',
      { nodes: [idle('x', 60), idle('y', 60), ...nodes(1, 'Leaving')], pool: { replicas: 2 } },
      [],
    ],
    ['maxNodes lowered', { nodes: [idle('x', 0), idle('y', 1), ...nodes(2, 'Busy')], pool: { maxNodes: 3 } }, ['y']],
    [
      'maxNodes lowered below the busy ones',
      { nodes: [...nodes(3, 'Busy'), idle('x', 0)], pool: { maxNodes: 1 } },
      ['x'],
    ],
    ['surplus that is protected stays', { nodes: [idle('x', 60, { doNotDisrupt: true })], pool: { maxNodes: 0 } }, []],
    [
      'deletion of the pool: all but busy and leaving ones',
      {
        nodes: [
          idle('x', 0, { doNotDisrupt: true }),
          ...nodes(1, 'Starting'),
          ...nodes(1, 'Lost'),
          ...nodes(1, 'Busy'),
          ...nodes(1, 'Leaving'),
        ],
        pool: { deleting: true, minNodes: 3 },
      },
      ['x', 'lost-1', 'starting-1'],
    ],
    ['deletion of a paused pool', { nodes: [idle('x', 0)], pool: { deleting: true, mode: 'Paused' } }, ['x']],
    [
      'deletion whatever the pool is protected by',
      { nodes: [idle('x', 0)], pool: { deleting: true, doNotDisrupt: true } },
      ['x'],
    ],
    ['paused', { nodes: [idle('x', 60)], pool: { mode: 'Paused' } }, []],
    ['Observe plans all the same', { nodes: [idle('x', 60)], pool: { mode: 'Observe' } }, ['x']],
  ];
  for (const [what, input, names] of rows) {
    it(`${what}: ${names.join(', ') || 'none'}`, () => {
      expect(removed(plan(situation(input)))).to.deep.equal(names);
    });
  }

  const orders: [what: string, first: PlanNode, second: PlanNode, demand?: Situation['demand']][] = [
    ['delete-first, though idle for less', idle('z', 6, { deleteFirst: true }), idle('a', 60)],
    ['idle longest', idle('z', 61), idle('a', 60)],
    [
      'the worse fit for what is queued',
      idle('z', 60, { of: SMALL }),
      idle('a', 60, { of: XLARGE }),
      [jobs(1, 16, 512), jobs(1, 16, 513)],
    ],
    ['the larger', idle('z', 60, { of: XLARGE }), idle('a', 60, { of: SMALL })],
    ['the older', idle('z', 60, { createdAt: 1 }), idle('a', 60, { createdAt: 2 })],
    ['by name when all else is equal', idle('a', 60), idle('z', 60)],
  ];
  for (const [what, first, second, demand = []] of orders) {
    it(`removes first: ${what}`, () => {
      const surplus = { pool: { maxNodes: 1 }, demand };
      expect(removed(plan(situation({ ...surplus, nodes: [first, second] })))).to.deep.equal([first.name]);
      expect(removed(plan(situation({ ...surplus, nodes: [second, first] })))).to.deep.equal([first.name]);
    });
  }

  it('keeps jobs off the nodes that would be removed first', () => {
    const all = [idle('old', 90), idle('marked', 10, { deleteFirst: true }), idle('new', 20), ...nodes(1, 'Starting')];
    expect(removed(plan(situation({ nodes: all, demand: [jobs(4)] })))).to.deep.equal(['marked', 'old']);
  });

  it('packs jobs onto the free cores of busy nodes before idle ones', () => {
    const half = node('half', 'Busy', { free: { ...LARGE.yields, cpus: 2 } });
    expect(removed(plan(situation({ nodes: [idle('x', 60), half], demand: [jobs(2)] })))).to.deep.equal(['x']);
  });

  const reasons: [what: string, input: Situation, reason: string][] = [
    ['unneeded', { nodes: [idle('x', 60)] }, 'idle for 5m or more, and no queued job needs it'],
    ['surplus', { nodes: [idle('x', 60)], pool: { maxNodes: 0 } }, 'idle and above maxNodes 0'],
    ['replicas', { nodes: [idle('x', 60)], pool: { replicas: 0 } }, 'idle and above replicas 0'],
    ['deletion', { nodes: [idle('x', 60)], pool: { deleting: true } }, 'the pool is being deleted'],
  ];
  for (const [what, input, reason] of reasons) {
    it(`says why: ${what}`, () => {
      expect(plan(situation(input)).removals).to.deep.equal([{ node: 'x', reason }]);
    });
  }

  const rechecks: [what: string, input: Situation, recheck: number | undefined][] = [
    ['when the next node is old enough', { nodes: [idle('x', 2), idle('y', 4)] }, MINUTE],
    ['not for one that the queue needs', { nodes: [idle('x', 2)], demand: [jobs(1)] }, undefined],
    ['not for a spare', { nodes: [idle('x', 2)], pool: { spareNodes: 1 } }, undefined],
    ['not for one that minNodes keeps', { nodes: [idle('x', 2)], pool: { minNodes: 1 } }, undefined],
    ['not for a protected one', { nodes: [idle('x', 2, { doNotDisrupt: true })] }, undefined],
    ['not for one that is removed now', { nodes: [idle('x', 60)] }, undefined],
    [
      'the sooner of throttle and age',
      {
        nodes: [idle('x', 4.5, { of: SMALL })],
        demand: [jobs(2, 4)],
        pool: { maxPerMinute: 1 },
        recentCreates: [NOW - 10_000],
      },
      30_000,
    ],
  ];
  for (const [what, input, recheck] of rechecks) {
    it(`looks again ${what}`, () => {
      expect(plan(situation(input)).recheckAfter).to.equal(recheck);
    });
  }
});
