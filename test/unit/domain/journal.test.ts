import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { DecisionReason, JournalEntry } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  flavor,
  GIB,
  headroom,
  jobs,
  LARGE,
  node,
  nodes,
  NOW,
  resting,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const back = node('back', 'Leaving', { recallable: true, free: LARGE.yields });

describe('journal: one line for each consideration, with the numbers that decided', () => {
  const clouds = [
    cloud('a', {
      flavors: [SMALL, LARGE, flavor('m1.tiny', 1, 512, { unfit: 'it needs 2048 MiB of memory, the flavor has 512' })],
      rests: new Map([
        ...resting(['m1.small'], { reason: 'no host', until: NOW + 1 }),
        ...resting(['old'], { reason: 'old', until: NOW }),
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

  const rows: JournalEntry[] = [
    {
      kind: 'Nodes',
      message: '3 nodes: 1 booting, 1 idle, 1 busy, 0 blocked, 0 leaving, 0 lost; minNodes 0, maxNodes 4, spareNodes 0',
      data: { nodes: 3, booting: 1, idle: 1, busy: 1, blocked: 0, leaving: 0, lost: 0, min: 0, max: 4, spare: 0 },
    },
    {
      kind: 'Queue',
      message: '3 idle jobs of 4 cores 512 MiB need 12 cores, and none are free or booting',
      data: { known: true, jobs: 3, shapes: 1, coresMissing: 12, coresFree: 0, coresBooting: 0 },
    },
    {
      kind: 'Cloud',
      message: 'm1.tiny on a cannot boot the image: it needs 2048 MiB of memory, the flavor has 512',
      data: { cloud: 'a', flavor: 'm1.tiny' },
    },
    {
      kind: 'Rest',
      message: 'a: m1.small rests: no host',
      data: { cloud: 'a', place: '/m1.small', flavor: 'm1.small' },
    },
    {
      kind: 'Rest',
      message: 'a: old is tried with one node first: old',
      data: { cloud: 'a', place: '/old', flavor: 'old' },
    },
    { kind: 'Cloud', message: 'b takes no new nodes: spec.suspend is set', data: { cloud: 'b', available: false } },
    { kind: 'Cloud', message: 'b has no flavor m9.huge', data: { cloud: 'b', unknownFlavors: 'm9.huge' } },
    {
      kind: 'Unsatisfiable',
      message:
        '1 job of 64 cores 512 MiB cannot be run: needs 64 cores, the largest flavor has 4 (m1.large on cloud a) (unknown flavors: m9.huge on cloud b): allow a larger flavor or request less',
      data: { jobs: 1, cpus: 64, memory: 512, disk: 1024, gpus: 0 },
    },
    {
      kind: 'Booting',
      message: '1 booting node of unknown size: taken for as many that are needed',
      data: { nodes: 1 },
    },
    {
      kind: 'Queue',
      message: 'jobs without a place need 2 more nodes, there is room for 1',
      data: { needed: 2, room: 1 },
    },
    {
      kind: 'Create',
      message: 'create m1.large on a for 1 job of 4 cores 512 MiB',
      data: { cloud: 'a', flavor: 'm1.large', nodes: 1, cores: 4, memory: 8 * GIB },
    },
    {
      kind: 'Limit',
      message: 'limited by MaxNodes: maxNodes 4 reached, 1 job of 4 cores 512 MiB must wait',
      data: { reason: 'MaxNodes', made: 1, missing: 1, room: 1 },
    },
    { kind: 'Remove', message: 'remove z: idle for 5m or more, and no queued job needs it', data: { node: 'z' } },
  ];
  rows.forEach((row, i) => it(row.message, () => expect(journal[i]).to.deep.equal(row)));

  it('has no other line', () =>
    expect(journal.map(({ message }) => message)).to.deep.equal(rows.map(({ message }) => message)));

  it('has a line for each kind of node that is made, for each that is called back or removed, and for what limits', () => {
    const found = plan(
      situation({ demand: [jobs(99, 4)], nodes: [back, ...nodes(2, 'Idle', { of: SMALL })], pool: { maxNodes: 6 } }),
    );
    const of = (kind: JournalEntry['kind']): JournalEntry[] => found.journal.filter((entry) => entry.kind === kind);
    expect([found.creates.length, found.recalls.length, found.removals.length]).to.deep.equal([3, 1, 2]);
    expect(of('Create').map(({ message, data }) => [message, data.nodes])).to.deep.equal([
      ['create 3 x m1.large on a, each for 1 job of 4 cores 512 MiB', 3],
    ]);
    expect([of('Recall').length, of('Remove').length, of('Limit').length]).to.deep.equal([1, 2, 1]);
    for (const entry of [...of('Create'), ...of('Recall'), ...of('Remove'), ...of('Limit')])
      expect(Object.keys(entry.data), entry.message).to.not.deep.equal([]);
  });

  it('names a fixed size', () => {
    expect(plan(situation({ pool: { replicas: 0 } })).journal[0]?.message).to.match(/; replicas 0$/);
  });

  it('says why a pool is left alone', () => {
    expect(plan(situation({ pool: { mode: 'Paused' } })).journal).to.deep.equal([
      { kind: 'Idle', message: 'the pool is paused (spec.mode)', data: {} },
    ]);
  });

  it('tells why idle nodes stay', () => {
    const found = plan(situation({ nodes: nodes(3, 'Idle'), pool: { minNodes: 3, spareNodes: 2 } }));
    expect(found.journal.filter(({ kind }) => kind === 'Keep').map(({ message }) => message)).to.deep.equal([
      '2 idle nodes are kept as spares',
      '1 idle node is kept by minNodes 3',
    ]);
  });

  it('is plain data: a snapshot of it is the same', () => {
    expect(JSON.parse(JSON.stringify(journal))).to.deep.equal(journal);
  });
});

describe('journal: the decision in one word', () => {
  const full = [cloud('a', { headroom: headroom(0) })];
  const down = [cloud('a', { unavailable: 'suspended' })];
  const rests = [cloud('a', { rests: resting(['m1.small', 'm1.large']) })];
  const idle = nodes(1, 'Idle', { of: SMALL });
  const demand = [jobs(1, 4)];
  const rows: [reason: DecisionReason, what: string, input: Situation][] = [
    ['ScaleUp', 'nodes are made', { demand }],
    ['ScaleUp', 'some are made, and more cannot be', { demand: [jobs(99, 4)] }],
    ['ScaleUp', 'some are made and some called back', { demand: [jobs(2, 4)], nodes: [back] }],
    ['Replace', 'some are made and others removed', { demand, nodes: idle }],
    ['Recall', 'a node is called back', { demand, nodes: [back] }],
    ['ScaleDown', 'nodes are removed', { nodes: idle }],
    ['ScaleDown', 'nodes are removed while others cannot be made', { nodes: idle, demand, clouds: full }],
    ['Enough', 'there is nothing to do', {}],
    ['Enough', 'only hopeless jobs wait', { demand: [jobs(1, 64)] }],
    ['MaxNodes', 'maxNodes', { demand, nodes: nodes(10, 'Busy') }],
    ['Quota', 'quota', { demand, clouds: full }],
    ['CloudUnavailable', 'no cloud', { demand, clouds: down }],
    ['Cooldown', 'a place that rests', { demand, clouds: rests }],
    ['Throttled', 'the pace', { demand, recentCreates: [NOW], pool: { maxPerMinute: 1 } }],
    [
      'Quota',
      'the weightiest of several',
      { demand, clouds: [...down, ...full, ...rests].map((c, i) => ({ ...c, name: 'abc'.charAt(i) })) },
    ],
    ['QueueUnknown', 'the queue is not known', { demand: undefined }],
    ['ScaleUp', 'the queue is not known, and minNodes are made', { demand: undefined, pool: { minNodes: 1 } }],
    ['Paused', 'the pool is paused', { demand, pool: { mode: 'Paused' } }],
    ['Deleting', 'the pool is being deleted', { nodes: idle, pool: { deleting: true } }],
    ['Deleting', 'a paused pool is being deleted', { nodes: idle, pool: { deleting: true, mode: 'Paused' } }],
    ['ScaleUp', 'the pool only observes', { demand, pool: { mode: 'Observe' } }],
  ];
  for (const [reason, what, input] of rows) {
    it(`${reason}: ${what}`, () => expect(plan(situation(input)).decision.reason).to.equal(reason));
  }
});
