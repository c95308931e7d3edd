import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { ManualClock } from '../../../src/base/clock.ts';
import type { VmRequest } from '../../../src/cloud/backend.ts';
import type { EhosNode } from '../../../src/api/resources.ts';
import { ServerGroups, serverGroupName } from '../../../src/controllers/server-groups.ts';
import { placeOf } from '../../../src/domain/plan-types.ts';
import { backend, ehosPool } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();

describe('ServerGroups', () => {
  let clock: ManualClock;
  let groups: ServerGroups;
  let asked: string[];
  let ensure: () => Promise<{ id: string; members: number }>;
  beforeEach(() => {
    clock = new ManualClock();
    groups = new ServerGroups(clock);
    asked = [];
    ensure = () => Promise.resolve({ id: `group-${asked.length}`, members: 0 });
  });
  const cloud = backend({
    ensureServerGroup: (name, policy) => {
      asked.push(`${name} ${policy}`);
      return ensure();
    },
  });
  const idFor = async (pool = ehosPool(), policy = 'affinity'): Promise<string> =>
    await groups.idFor(cloud, pool, policy, signal);

  it('has a name that no other pool has, whatever pools are called', () => {
    expect(serverGroupName(ehosPool())).to.equal('ehos-uid-pool-a');
    expect(serverGroupName(ehosPool({}, { namespace: 'other', uid: 'uid-2' }))).to.equal('ehos-uid-2');
  });

  it('is asked for once by launches side by side, and then known for five minutes', async () => {
    expect(await Promise.all([idFor(), idFor(), idFor()])).to.deep.equal(['group-1', 'group-1', 'group-1']);
    await clock.advance(5 * MINUTE - 1);
    await idFor();
    expect(asked).to.deep.equal(['ehos-uid-pool-a affinity']);
    await clock.advance(1);
    expect(await idFor()).to.equal('group-2');
  });

  it('is another one for another pool and another policy', async () => {
    await idFor();
    await idFor(ehosPool({}, { uid: 'uid-b' }));
    await idFor(ehosPool(), 'soft-affinity');
    expect(asked).to.deep.equal([
      ...['ehos-uid-pool-a affinity', 'ehos-uid-b affinity', 'ehos-uid-pool-a soft-affinity'],
    ]);
  });

  it('is asked for again after a failure, and all who waited are told of it', async () => {
    ensure = () => Promise.reject(new EhosError('Quota', 'server groups 10 of 10'));
    const outcomes = await Promise.allSettled([idFor(), idFor()]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    ensure = () => Promise.resolve({ id: 'group', members: 0 });
    expect(await idFor()).to.equal('group');
    expect(asked).to.have.length(2);
  });

  it('is asked for again once it was forgotten, and those of other pools are not', async () => {
    const other = ehosPool({}, { uid: 'uid-pool-a2' });
    await Promise.all([idFor(), idFor(other)]);
    groups.forget(ehosPool());
    await Promise.all([idFor(), idFor(other)]);
    expect(asked.filter((name) => name.startsWith('ehos-uid-pool-a '))).to.have.length(2);
    expect(asked.filter((name) => name.startsWith('ehos-uid-pool-a2 '))).to.have.length(1);
  });
});

describe('a launch', () => {
  let stage: Stage;
  let requests: VmRequest[];
  let ensured: string[];
  let create: () => Promise<{ id: string }>;
  const template = { flavors: ['m1.small'], serverGroupPolicy: 'soft-anti-affinity' as const };

  beforeEach(async () => {
    stage = await Stage.set();
    [requests, ensured] = [[], []];
    create = () => Promise.resolve({ id: `server-${requests.length}` });
    stage.backend = {
      create: (request) => {
        requests.push(request);
        return create();
      },
      ensureServerGroup: (name) => {
        ensured.push(name);
        return Promise.resolve({ id: `group-${ensured.length}`, members: 0 });
      },
    };
  });
  const launch = async (name: string, spec: Partial<EhosNode['spec']> = {}): Promise<EhosNode | undefined> => {
    stage.putNode(name, undefined, { spec });
    await stage.nodes.reconcile(`ns/${name}`);
    await stage.nodes.settled();
    return stage.node(name);
  };
  const rests = (): string[] => [
    ...(stage.clouds.session('ns/cloud-a')?.cooldowns.rests(stage.fixture.clock.now()).keys() ?? []),
  ];

  it('asks for the zone of its node, and for none where the plan has chosen none', async () => {
    stage.putPool({ template: { flavors: ['m1.small'], availabilityZones: ['zone-1', 'zone-2'] } });
    await launch('node-1', { availabilityZone: 'zone-2' });
    await launch('node-2');
    expect(requests.map(({ availabilityZone }) => availabilityZone)).to.deep.equal(['zone-2', undefined]);
  });

  it('of a pool without policy makes no server group', async () => {
    stage.putPool();
    await launch('node-1');
    expect(ensured).to.deep.equal([]);
    expect(requests[0]?.serverGroupId).to.equal(undefined);
  });

  it('puts all nodes of a pool into its one group', async () => {
    stage.putPool({ template });
    for (const name of ['node-1', 'node-2', 'node-3']) await launch(name);
    expect(ensured).to.deep.equal(['ehos-uid-pool-a']);
    expect(requests.map(({ serverGroupId }) => serverGroupId)).to.deep.equal(['group-1', 'group-1', 'group-1']);
  });

  it('that was refused looks for the group again: it may be that which is gone', async () => {
    stage.putPool({ template });
    create = () => Promise.reject(new EhosError('Invalid', 'Instance group group-1 could not be found.'));
    await launch('node-1');
    create = () => Promise.resolve({ id: 'server' });
    await launch('node-2');
    expect(requests.map(({ serverGroupId }) => serverGroupId)).to.deep.equal(['group-1', 'group-2']);
  });

  for (const [errorClass, rest] of [
    ['Quota', placeOf(undefined, 'm1.small')],
    ['Timeout', placeOf(undefined, 'm1.small')],
    ['Invalid', 'the hash of what it is made from'],
  ] as const)
    it(`gets no group (${errorClass}): no server is asked for, and the pool may use other clouds`, async () => {
      stage.putPool({ template });
      stage.backend.ensureServerGroup = () =>
        Promise.reject(new EhosError(errorClass, 'no group', { maybeDone: true }));
      const hash = stage.putNode('like-it', undefined).spec.templateHash;
      expect(await launch('node-1'), 'the record').to.equal(undefined);
      expect(requests).to.deep.equal([]);
      expect(rests()).to.deep.equal([errorClass === 'Invalid' ? hash : rest]);
      expect([...(stage.masters.session('ns/master')?.cooldowns.rests(stage.fixture.clock.now()) ?? [])]).to.deep.equal(
        [],
      );
      expect(stage.told()).to.include('node-1 CreateFailed');
    });
});
