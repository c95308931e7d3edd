import { expect } from 'chai';
import {
  LABEL_POOL,
  type EhosNode,
  type EhosNodePool,
  type EhosNodePoolStatus,
  type EhosNodeStatus,
} from '../../../src/api/resources.ts';
import type { PoolAround } from '../../../src/controllers/fleet-view.ts';
import { poolStatus, type Decided } from '../../../src/controllers/pool-status.ts';
import type { Phantom, Plan, PlanCloud, Unsatisfiable } from '../../../src/domain/plan-types.ts';
import { toTime } from '../../../src/domain/times.ts';
import { cloud } from '../domain/planning.ts';
import { ehosPool } from './fixture.ts';
import { NODE_SPEC } from './node-spec.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const time = toTime(NOW);

const quiet: Plan = {
  creates: [],
  recalls: [],
  removals: [],
  desiredNodes: 0,
  unsatisfiable: [],
  limited: undefined,
  decision: { what: 'nothing to do', why: 'no idle jobs', reason: 'Enough' },
  journal: [],
  roundRobin: 0,
  recheckAfter: undefined,
};

const create = { cloud: 'cloud-a', flavor: 'f', zone: undefined, reason: 'r' };
const large = { cpus: 64, memory: 1, disk: 1, gpus: 0 };
const hopeless: Unsatisfiable = { ...large, count: 3, reason: 'too large', remedy: 'request less' };
const phantom: Phantom = {
  ...{ cpus: 1, memory: 512, disk: 1024, gpus: 0 },
  ...{ count: 4, since: NOW - 60_000, until: NOW + 60_000, tries: 1, retrying: false },
  refusedBy: ['m1.small on cloud-a'],
};

interface Seen {
  around: Omit<PoolAround, 'pool'>;
  clouds: PlanCloud[];
}

function sight(change: Partial<PoolAround> = {}, clouds = [cloud('cloud-a')]): Seen {
  const around = {
    nodes: [],
    templates: new Map(),
    invalid: [],
    jobs: { idle: 0, running: 0, held: 0 },
    master: { synced: true, message: 'queue and nodes are read' },
    phantoms: [],
    judged: new Map(),
    boots: [],
    ...change,
  };
  return { around, clouds };
}

/** A plan is carried out in mode Active only. */
function decided({ around, clouds }: Seen, plan: Plan, nodes: EhosNode[], pool: EhosNodePool, now = NOW): Decided {
  const done = (pool.spec.mode ?? 'Active') === 'Active' ? plan : undefined;
  return { around: { ...around, pool }, plan, clouds, nodes, done, now };
}

const node = (status?: EhosNodeStatus): EhosNode => ({
  metadata: { name: 'n', namespace: 'ns' },
  spec: NODE_SPEC,
  ...(status ? { status } : {}),
});

const statusOf = (
  seen: Seen,
  plan: Plan = quiet,
  nodes: EhosNode[] = [],
  pool = ehosPool(),
  now = NOW,
): EhosNodePoolStatus => poolStatus(decided(seen, plan, nodes, pool, now));
const conditionOf = (status: EhosNodePoolStatus, type: string): string | undefined => {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};

describe('poolStatus', () => {
  for (const [what, status, counted] of [
    ['only a record', undefined, { nodes: 1, starting: 1 }],
    ['a server that boots', { serverID: 's', launched: time }, { nodes: 1, starting: 1 }],
    ['one that is idle', { serverID: 's', joined: time, idleSince: time }, { nodes: 1, idle: 1 }],
    ['one that works', { serverID: 's', joined: time }, { nodes: 1, busy: 1 }],
    ['one that HTCondor does not hear of', { serverID: 's', joined: time, lostSince: time }, { nodes: 1, lost: 1 }],
    ['one that is drained', { serverID: 's', joined: time, drainRequested: time }, { nodes: 1, draining: 1 }],
    [
      'one that is lost and leaves',
      { serverID: 's', joined: time, lostSince: time, drainRequested: time },
      { nodes: 1, draining: 1 },
    ],
    ['one that is being deleted', { serverID: 's', deleted: time }, { nodes: 1, draining: 1 }],
    [
      'a record that gave up its create and only waits for a late server',
      { requested: time, drainRequested: time },
      {},
    ],
  ] as [string, EhosNodeStatus | undefined, Partial<EhosNodePoolStatus>][])
    it(`counts ${what}`, () => {
      const nothing = { nodes: 0, starting: 0, idle: 0, busy: 0, draining: 0, lost: 0 };
      expect(statusOf(sight(), quiet, [node(status)])).to.deep.include({ ...nothing, ...counted });
    });

  describe('Ready', () => {
    const down = cloud('cloud-a', { unavailable: '503 from Nova' });
    const empty = cloud('cloud-a', { flavors: [] });
    for (const [what, seen, pool, expected] of [
      ['all is well', sight(), ehosPool(), 'True Ready: scales by the queue'],
      [
        'it is being deleted',
        sight({ nodes: [node()] }),
        ehosPool({}, { deletionTimestamp: time }),
        'False Deleting: drains and deletes 1 node first',
      ],
      [
        'the master is not read',
        sight({ master: { synced: false, message: 'no data' } }),
        ehosPool(),
        'False MasterNotSynced: no data',
      ],
      ['the only cloud is down', sight({}, [down]), ehosPool(), 'False NoCloudAvailable: cloud-a: 503 from Nova'],
      [
        'one of two clouds is down',
        sight({}, [down, cloud('cloud-b')]),
        ehosPool(),
        'True Ready: scales by the queue; cloud-a takes no new nodes: 503 from Nova',
      ],
      [
        'what is written is wrong for its only cloud',
        sight({ invalid: ['cloud-a: no image'] }, [down]),
        ehosPool(),
        'False InvalidConfiguration: cloud-a: no image',
      ],
      [
        'what is written is wrong for one of two',
        sight({ invalid: ['cloud-a: no image'] }, [down, cloud('cloud-b')]),
        ehosPool(),
        'True PartlyInvalid: cloud-a: no image',
      ],
      [
        'two things are wrong',
        sight({ invalid: ['cloud-a: no image', 'cloud-b: no key'] }, [down]),
        ehosPool(),
        'False InvalidConfiguration: cloud-a: no image; cloud-b: no key',
      ],
      [
        'none of its flavors exists',
        sight({}, [empty]),
        ehosPool(),
        'False NoCloudAvailable: cloud-a: none of its flavors exists',
      ],
      [
        'mode Observe',
        sight(),
        ehosPool({ mode: 'Observe' }),
        'True Observe: mode Observe: nothing is made or taken away',
      ],
      ['mode Paused', sight(), ehosPool({ mode: 'Paused' }), 'True Paused: mode Paused: nothing is made or taken away'],
    ] as [string, Seen, EhosNodePool, string][])
      it(`when ${what}`, () => expect(conditionOf(statusOf(seen, quiet, [], pool), 'Ready')).to.equal(expected));
  });

  for (const [what, type, plan, nodes, pool, expected] of [
    ['a node boots', 'ScalingUp', quiet, [node()], ehosPool(), 'True NodesStarting: nodes are on their way'],
    [
      'nodes were planned',
      'ScalingUp',
      { ...quiet, creates: [create] },
      [],
      ehosPool(),
      'True NodesStarting: nodes are on their way',
    ],
    [
      'it only observes',
      'ScalingUp',
      { ...quiet, creates: [create] },
      [],
      ehosPool({ mode: 'Observe' }),
      'False Enough: no node is on its way',
    ],
    [
      'something limits',
      'ScalingLimited',
      { ...quiet, limited: { reason: 'Quota', message: 'cores 8 of 8' } },
      [],
      ehosPool(),
      'True Quota: cores 8 of 8',
    ],
    ['nothing limits', 'ScalingLimited', quiet, [], ehosPool(), 'False NotLimited: nothing limits the number of nodes'],
    [
      'jobs are too large',
      'UnsatisfiableJobs',
      { ...quiet, unsatisfiable: [hopeless] },
      [],
      ehosPool(),
      'True NothingFits: 3 jobs: too large: request less',
    ],
    ['the queue was read', 'MasterSynced', quiet, [], ehosPool(), 'True Read: queue and nodes are read'],
  ] as [string, string, Plan, EhosNode[], EhosNodePool, string][])
    it(`${type} when ${what}`, () =>
      expect(conditionOf(statusOf(sight(), plan, nodes, pool), type)).to.equal(expected));

  it('counts jobs, and keeps the last figures while the queue is not known', () => {
    const known = statusOf(sight({ jobs: { idle: 5, running: 2, held: 1 } }), { ...quiet, unsatisfiable: [hopeless] });
    expect(known.jobs).to.deep.equal({ idle: 5, running: 2, held: 1, unsatisfiable: [hopeless], phantom: [] });
    const pool = { ...ehosPool(), status: known };
    expect(statusOf(sight({ jobs: undefined }), quiet, [], pool).jobs).to.deep.equal({
      ...{ idle: 5, running: 2, held: 1 },
      ...{ unsatisfiable: [], phantom: [] },
    });
  });

  describe('of jobs that do not count', () => {
    const example = { job: '12.0', analysis: 'no machine satisfies its Requirements' };

    it('lists them with the reason, and with what HTCondor says of one of them', () => {
      const status = statusOf(sight({ phantoms: [{ ...phantom, example }] }));
      expect(status.jobs?.phantom).to.deep.equal([
        {
          ...{ count: 4, cpus: 1, memory: 512, disk: 1024, gpus: 0, tries: 1 },
          ...{ since: toTime(NOW - 60_000), until: toTime(NOW + 60_000) },
          refusedBy: ['m1.small on cloud-a'],
          ...{ example: '12.0', analysis: example.analysis },
        },
      ]);
      expect(conditionOf(status, 'PhantomJobs')).to.equal(
        'True NotStarted: 4 jobs of 1 core 512 MiB do not count for now: HTCondor did not start them although room stood free ' +
          '(m1.small on cloud-a); of 12.0 HTCondor says: no machine satisfies its Requirements',
      );
    });

    it('there are none: says so', () =>
      expect(conditionOf(statusOf(sight()), 'PhantomJobs')).to.equal('False None: every queued job counts'));

    it('there are many shapes: lists twenty, the most numerous first', () => {
      const many = Array.from({ length: 30 }, (_, i) => ({ ...hopeless, cpus: 64 + i, count: i + 1 }));
      const phantoms = many.map(({ cpus, count }) => ({ ...phantom, cpus, count }));
      const { jobs } = statusOf(sight({ phantoms }), { ...quiet, unsatisfiable: many });
      for (const listed of [jobs?.unsatisfiable, jobs?.phantom]) {
        expect(listed).to.have.length(20);
        expect(listed?.[0]).to.include({ count: 30, cpus: 93 });
      }
    });

    it('there is a text of any length: it fits into the schema', () => {
      const long = { job: '9'.repeat(99), analysis: 'x'.repeat(5_000) };
      const refusedBy = Array.from({ length: 30 }, (_, i) => `f${i} on c`);
      const words = { ...hopeless, reason: 'y'.repeat(5_000), remedy: 'z'.repeat(5_000) };
      const { jobs } = statusOf(sight({ phantoms: [{ ...phantom, refusedBy, example: long }] }), {
        ...quiet,
        unsatisfiable: [words],
      });
      const [told, given] = [jobs?.phantom?.[0], jobs?.unsatisfiable?.[0]];
      expect([told?.example?.length, told?.analysis?.length, told?.refusedBy?.length]).to.deep.equal([64, 1024, 20]);
      expect([given?.reason.length, given?.remedy?.length]).to.deep.equal([1024, 512]);
    });
  });

  describe('the last decision', () => {
    const other: Plan = { ...quiet, decision: { what: 'create 1 node', why: 'a job', reason: 'ScaleUp' } };

    it('has a time that moves only when the decision does', () => {
      const first = statusOf(sight());
      const pool = { ...ehosPool(), status: first };
      expect(statusOf(sight(), quiet, [], pool, NOW + 60_000).lastDecision).to.equal(first.lastDecision);
      expect(statusOf(sight(), other, [], pool, NOW + 60_000).lastDecision).to.deep.equal({
        ...{ what: 'create 1 node', why: 'a job', reason: 'ScaleUp' },
        when: toTime(NOW + 60_000),
      });
    });

    it('is another one when only its reason differs', () => {
      const pool = { ...ehosPool(), status: statusOf(sight()) };
      const limited: Plan = { ...quiet, decision: { ...quiet.decision, reason: 'Quota' } };
      expect(statusOf(sight(), limited, [], pool, NOW + 60_000).lastDecision).to.include({
        ...{ reason: 'Quota', when: toTime(NOW + 60_000) },
      });
    });

    it('fits into the schema, however long it is', () => {
      const long: Plan = {
        ...quiet,
        creates: [create],
        decision: { what: 'x'.repeat(5_000), why: 'y'.repeat(50_000), reason: 'ScaleUp' },
      };
      const { lastDecision, recentChanges } = statusOf(sight(), long);
      for (const told of [lastDecision, recentChanges?.[0]])
        expect([told?.what.length, told?.why.length]).to.deep.equal([1024, 4096]);
    });
  });

  describe('recentChanges', () => {
    const changing = (what: string): Plan => ({
      ...quiet,
      creates: [create],
      decision: { what, why: 'a job', reason: 'ScaleUp' },
    });

    it('has the last five, the newest first', () => {
      let pool = ehosPool();
      for (let i = 1; i <= 7; i++)
        pool = { ...pool, status: statusOf(sight(), changing(`create ${i}`), [], pool, NOW + i) };
      expect(pool.status?.recentChanges?.map(({ what }) => what)).to.deep.equal([
        'create 7',
        'create 6',
        'create 5',
        'create 4',
        'create 3',
      ]);
    });

    for (const [what, plan, pool] of [
      ['nothing to do', quiet, ehosPool()],
      ['a plan that is only told', changing('would create 1 node'), ehosPool({ mode: 'Observe' })],
    ] as const)
      it(`leaves out ${what}, and keeps what is there`, () => {
        expect(statusOf(sight(), plan, [], pool)).not.to.have.property('recentChanges');
        const before = statusOf(sight(), changing('create 1 node'));
        const { recentChanges } = statusOf(sight(), plan, [], { ...pool, status: before }, NOW + 60_000);
        expect(recentChanges).to.deep.equal(before.recentChanges);
      });

    for (const [what, acts] of [
      ['a node that is called back', { recalls: [{ node: 'n', reason: 'r' }] }],
      ['one that is removed', { removals: [{ node: 'n', reason: 'r' }] }],
    ] as [string, Partial<Plan>][])
      it(`has ${what}`, () => expect(statusOf(sight(), { ...quiet, ...acts }).recentChanges).to.have.length(1));
  });

  it('has the selector that kubectl scale and an autoscaler need', () =>
    expect(statusOf(sight()).selector).to.equal(`${LABEL_POOL}=pool-a`));
});
