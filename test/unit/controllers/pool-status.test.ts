import { expect } from 'chai';
import {
  LABEL_POOL,
  type EhosNode,
  type EhosNodePool,
  type EhosNodePoolStatus,
  type EhosNodeStatus,
} from '../../../src/api/resources.ts';
import { poolStatus } from '../../../src/controllers/pool-status.ts';
import type { PoolSight } from '../../../src/controllers/pool-view.ts';
import type { Plan } from '../../../src/domain/plan-types.ts';
import { toTime } from '../../../src/domain/times.ts';
import { cloud, situation } from '../domain/planning.ts';
import { ehosPool } from './fixture.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const time = toTime(NOW);

const quiet: Plan = {
  creates: [],
  removals: [],
  desiredNodes: 0,
  unsatisfiable: [],
  limited: undefined,
  decision: { what: 'nothing to do', why: 'no idle jobs' },
  journal: [],
  roundRobin: 0,
  recheckAfter: undefined,
};

function sight(change: Partial<PoolSight> = {}, clouds = [cloud('cloud-a')]): PoolSight {
  return {
    input: situation({ clouds }),
    nodes: [],
    templates: new Map(),
    invalid: [],
    jobs: { idle: 0, running: 0, held: 0 },
    master: { synced: true, message: 'queue and nodes are read' },
    ...change,
  };
}

const node = (status?: EhosNodeStatus): EhosNode => ({
  metadata: { name: 'n', namespace: 'ns' },
  spec: {
    poolRef: { name: 'pool-a' },
    cloudRef: { name: 'cloud-a' },
    masterRef: { name: 'master' },
    flavor: 'm1.small',
    image: 'i',
    templateHash: 'h',
  },
  ...(status ? { status } : {}),
});

const statusOf = (seen: PoolSight, plan: Plan = quiet, nodes: EhosNode[] = [], pool = ehosPool()): EhosNodePoolStatus =>
  poolStatus(pool, seen, plan, nodes, NOW);
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
    ] as [string, PoolSight, EhosNodePool, string][])
      it(`when ${what}`, () => expect(conditionOf(statusOf(seen, quiet, [], pool), 'Ready')).to.equal(expected));
  });

  for (const [what, type, plan, nodes, pool, expected] of [
    ['a node boots', 'ScalingUp', quiet, [node()], ehosPool(), 'True NodesStarting: nodes are on their way'],
    [
      'nodes were planned',
      'ScalingUp',
      { ...quiet, creates: [{ cloud: 'cloud-a', flavor: 'f', reason: 'r' }] },
      [],
      ehosPool(),
      'True NodesStarting: nodes are on their way',
    ],
    [
      'it only observes',
      'ScalingUp',
      { ...quiet, creates: [{ cloud: 'cloud-a', flavor: 'f', reason: 'r' }] },
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
      { ...quiet, unsatisfiable: [{ cpus: 64, memory: 1, disk: 1, gpus: 0, count: 3, reason: 'too large' }] },
      [],
      ehosPool(),
      'True NoFlavorFits: 3 jobs: too large',
    ],
    ['the queue was read', 'MasterSynced', quiet, [], ehosPool(), 'True Read: queue and nodes are read'],
  ] as [string, string, Plan, EhosNode[], EhosNodePool, string][])
    it(`${type} when ${what}`, () =>
      expect(conditionOf(statusOf(sight(), plan, nodes, pool), type)).to.equal(expected));

  it('counts jobs, and keeps the last figures while the queue is not known', () => {
    const plan = { ...quiet, unsatisfiable: [{ cpus: 64, memory: 1, disk: 1, gpus: 0, count: 3, reason: 'r' }] };
    const known = statusOf(sight({ jobs: { idle: 5, running: 2, held: 1 } }), plan);
    expect(known.jobs).to.deep.equal({ idle: 5, running: 2, held: 1, unsatisfiable: 3 });
    const pool = { ...ehosPool(), status: known };
    expect(statusOf(sight({ jobs: undefined }), quiet, [], pool).jobs).to.deep.equal({
      idle: 5,
      running: 2,
      held: 1,
      unsatisfiable: 0,
    });
  });

  it('the time of a decision moves only when the decision does', () => {
    const first = statusOf(sight());
    const pool = { ...ehosPool(), status: first };
    expect(poolStatus(pool, sight(), quiet, [], NOW + 60_000).lastDecision).to.equal(first.lastDecision);
    const other = { ...quiet, decision: { what: 'create 1 node', why: 'a job' } };
    expect(poolStatus(pool, sight(), other, [], NOW + 60_000).lastDecision).to.deep.equal({
      what: 'create 1 node',
      why: 'a job',
      when: toTime(NOW + 60_000),
    });
  });

  it('a decision of any length fits into the schema', () => {
    const long = { ...quiet, decision: { what: 'x'.repeat(5_000), why: 'y'.repeat(50_000) } };
    const { lastDecision } = statusOf(sight(), long);
    expect([lastDecision?.what.length, lastDecision?.why.length]).to.deep.equal([1024, 4096]);
  });

  it('has the selector that kubectl scale and an autoscaler need', () =>
    expect(statusOf(sight()).selector).to.equal(`${LABEL_POOL}=pool-a`));
});
