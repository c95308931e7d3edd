import { expect } from 'chai';
import type { EhosNode } from '../../../src/api/resources.ts';
import { leavingFigures, nodeFigures } from '../../../src/controllers/node-figures.ts';
import {
  bootFigures,
  conditionFigures,
  decisionFigures,
  jobFigures,
  orphanFigures,
  quotaFigures,
} from '../../../src/controllers/object-figures.ts';
import { NO_REPORT } from '../../../src/controllers/orphan-status.ts';
import { ehosCloud, ehosPool, vm } from './fixture.ts';

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
    const cloud = ehosCloud({}, { name: 'c', namespace: 'ns' });
    expect(orphanFigures(cloud, undefined)).to.deep.equal({ orphans: [], orphanActs: [] });
    const braked = { servers: [vm(), vm()], of: 9, confirmation: '2-x' };
    const report = { ...NO_REPORT, waiting: [vm()], braked, adopted: 3, released: 4, addresses: 5 };
    const told = { namespace: 'ns', cloud: 'c' };
    expect(orphanFigures(cloud, report)).to.deep.equal({
      orphans: [
        { ...told, state: 'waiting', count: 1 },
        { ...told, state: 'braked', count: 2 },
        { ...told, state: 'untold', count: 0 },
      ],
      orphanActs: [
        { ...told, act: 'adopted', count: 3 },
        { ...told, act: 'released', count: 4 },
        { ...told, act: 'address-released', count: 5 },
      ],
    });
  });

  it('counts black holes apart from nodes that work', () => {
    const hole = node('a', 'Ready');
    const condition = { type: 'BlackHole', status: 'True' as const, reason: 'x', message: 'x', lastTransitionTime: '' };
    hole.status = { phase: 'Ready', conditions: [condition] };
    expect(nodeFigures([hole]).map(({ phase, count }) => `${phase} ${count}`)).to.deep.equal(['BlackHole 1']);
  });

  it('counts nodes by namespace, pool, cloud and phase, and what they offer', () => {
    const large = node('a', 'Ready');
    large.status = { phase: 'Ready', cores: 8, memory: 16_384 };
    const small = node('a', 'Ready');
    small.status = { phase: 'Ready', cores: 2, memory: 4_096 };
    const found = nodeFigures([large, small, node('a'), node('b', 'Ready'), node('a', 'Ready', 'other')]);
    expect(found).to.deep.equal([
      { namespace: 'ns', pool: 'a', cloud: 'c', phase: 'Ready', count: 2, cores: 10, memory: 20_480 },
      { namespace: 'ns', pool: 'a', cloud: 'c', phase: 'Pending', count: 1, cores: 0, memory: 0 },
      { namespace: 'ns', pool: 'b', cloud: 'c', phase: 'Ready', count: 1, cores: 0, memory: 0 },
      { namespace: 'other', pool: 'a', cloud: 'c', phase: 'Ready', count: 1, cores: 0, memory: 0 },
    ]);
  });

  it('knows since when the nodes wait that have waited for longest to be drained and deleted', () => {
    const leaving = (status: EhosNode['status']): EhosNode => ({ ...node('a'), ...(status && { status }) });
    const at = (minute: number): string => `2026-01-01T00:0${minute}:00Z`;
    const found = leavingFigures([
      leaving({ drainRequested: at(4) }),
      leaving({ drainRequested: at(3) }),
      leaving({ drainRequested: at(1), drained: at(2) }),
      leaving({ drainRequested: at(0), drained: at(1), deleted: at(6) }),
      leaving({ phase: 'Ready' }),
    ]);
    expect(found).to.deep.equal([
      { namespace: 'ns', pool: 'a', drainingSince: Date.parse(at(3)), deletingSince: Date.parse(at(6)) },
    ]);
  });

  it('tells clouds in which servers do not join from those in which one failed', () => {
    const boot = { cloud: 'cloud-a', flavor: 'f', template: 't', until: '2026-01-01T00:00:00Z', reason: 'r' };
    const pool = ehosPool();
    const found = (failures: number): unknown =>
      bootFigures([{ ...pool, status: { boots: [{ ...boot, failures }] } }])[0];
    expect(found(2)).to.include({ cloud: 'cloud-a', failures: 2, open: false });
    expect(found(3)).to.include({ cloud: 'cloud-a', failures: 3, open: true });
    expect(bootFigures([pool])[0]).to.include({ cloud: 'cloud-a', failures: 0, open: false });
  });

  it('has a limit and a use of each quota', () => {
    const cloud = {
      ...ehosCloud({}, { name: 'c', namespace: 'ns' }),
      status: { quota: { cores: { limit: -1, used: 3 } } },
    };
    expect(quotaFigures(cloud)).to.deep.equal([{ namespace: 'ns', cloud: 'c', resource: 'cores', limit: -1, used: 3 }]);
  });

  it('has each condition with its status', () => {
    const condition = { type: 'Ready', status: 'False' as const, reason: 'r', message: 'm', lastTransitionTime: '' };
    const pool = { ...ehosPool({}, { name: 'p', namespace: 'ns' }), status: { conditions: [condition] } };
    expect(conditionFigures('EhosNodePool', [pool])).to.deep.equal([
      { kind: 'EhosNodePool', namespace: 'ns', name: 'p', type: 'Ready', status: 'False' },
    ]);
  });

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
