import { expect } from 'chai';
import type { EhosNode } from '../../../src/api/resources.ts';
import { decisionFigures, jobFigures, nodeFigures, orphanFigures } from '../../../src/controllers/figures.ts';
import { NO_REPORT } from '../../../src/controllers/orphan-status.ts';
import { ehosPool, vm } from './fixture.ts';

const node = (pool: string, phase?: NonNullable<EhosNode['status']>['phase'], namespace = 'ns'): EhosNode => ({
  metadata: { name: 'n', namespace },
  spec: {
    poolRef: { name: pool },
    cloudRef: { name: 'c' },
    masterRef: { name: 'm' },
    flavor: 'f',
    image: 'i',
    templateHash: 'h',
  },
  ...(phase ? { status: { phase } } : {}),
});

describe('figures', () => {
  it('counts servers without a record, and what was done about them; nothing before the first look', () => {
    expect(orphanFigures('ns/c', undefined)).to.deep.equal([]);
    const braked = { servers: [vm(), vm()], of: 9, confirmation: '2-x' };
    const report = { ...NO_REPORT, waiting: [vm()], braked, adopted: 3, released: 4, addresses: 5 };
    expect(orphanFigures('ns/c', report)).to.deep.equal([
      { cloud: 'ns/c', state: 'waiting', count: 1 },
      { cloud: 'ns/c', state: 'braked', count: 2 },
      { cloud: 'ns/c', state: 'untold', count: 0 },
      { cloud: 'ns/c', state: 'adopted', count: 3 },
      { cloud: 'ns/c', state: 'released', count: 4 },
      { cloud: 'ns/c', state: 'addresses', count: 5 },
    ]);
  });

  it('counts black holes apart from nodes that work', () => {
    const hole = node('a', 'Ready');
    const condition = { type: 'BlackHole', status: 'True' as const, reason: 'x', message: 'x', lastTransitionTime: '' };
    hole.status = { phase: 'Ready', conditions: [condition] };
    expect(nodeFigures([hole])).to.deep.equal([{ namespace: 'ns', pool: 'a', phase: 'BlackHole', count: 1 }]);
  });

  it('counts nodes by namespace, pool and phase', () =>
    expect(
      nodeFigures([node('a', 'Ready'), node('a', 'Ready'), node('a'), node('b', 'Ready'), node('a', 'Ready', 'other')]),
    ).to.deep.equal([
      { namespace: 'ns', pool: 'a', phase: 'Ready', count: 2 },
      { namespace: 'ns', pool: 'a', phase: 'Pending', count: 1 },
      { namespace: 'ns', pool: 'b', phase: 'Ready', count: 1 },
      { namespace: 'other', pool: 'a', phase: 'Ready', count: 1 },
    ]));

  it('counts jobs by pool and state, as last read; none of a pool that was not planned yet', () => {
    const shapes = {
      unsatisfiable: [1, 4].map((count) => ({ count, reason: 'r' })),
      phantom: [{ count: 7, since: '2026-01-01T00:00:00Z', until: '2026-01-01T00:10:00Z' }],
    };
    const jobs = { idle: 3, running: 2, held: 0, ...shapes };
    const found = jobFigures([{ ...ehosPool(), status: { jobs } }, ehosPool({}, { name: 'unread' })]);
    expect(found.map(({ pool, state, count }) => `${pool} ${state} ${count}`)).to.deep.equal([
      ...['pool-a idle 3', 'pool-a running 2', 'pool-a held 0', 'pool-a unsatisfiable 5', 'pool-a phantom 7'],
      ...['unread idle 0', 'unread running 0', 'unread held 0', 'unread unsatisfiable 0', 'unread phantom 0'],
    ]);
  });

  it('counts decisions by namespace, pool and reason', () =>
    expect(decisionFigures([{ pool: 'ns/pool-a', reason: 'Quota', count: 3 }])).to.deep.equal([
      { namespace: 'ns', pool: 'pool-a', reason: 'Quota', count: 3 },
    ]));
});
