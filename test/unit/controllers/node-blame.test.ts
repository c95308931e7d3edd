import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { MASTERS, POOLS, type EhosNode, type EhosNodePool, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { FleetView } from '../../../src/controllers/fleet-view.ts';
import { PoolLookups } from '../../../src/controllers/pool-lookups.ts';
import type { PoolCloudSight } from '../../../src/domain/fleet-sight.ts';
import { placeOf } from '../../../src/domain/plan-types.ts';
import { toTime } from '../../../src/domain/times.ts';
import { ehosMaster, ehosPool, startd, vm, type Fixture } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;
const ZONES = { flavors: ['m1.small'], availabilityZones: ['zone-1', 'zone-2'] };

describe('a create that fails', () => {
  let stage: Stage;
  let fixture: Fixture;
  let create: () => Promise<{ id: string }>;
  let obtainToken: () => Promise<string>;
  let creates: number;

  beforeEach(async () => {
    stage = await Stage.set();
    ({ fixture } = stage);
    creates = 0;
    create = () => Promise.resolve({ id: 'server-1' });
    obtainToken = () => Promise.resolve('aaaa.bbbb.cccc');
    stage.backend = {
      create: () => {
        creates++;
        return create();
      },
    };
    stage.condor = { obtainToken: () => obtainToken() };
    stage.putPool();
    stage.putPool({}, { name: 'pool-b' });
  });

  const poolOf = (name: string): EhosNodePool => stage.pool(name);
  /** Makes the record of a node as its pool would, and has it launched. */
  const launch = async (spec: Partial<EhosNode['spec']> = {}): Promise<EhosNode | undefined> => {
    stage.putNode('node-1', undefined, { spec });
    await stage.nodes.reconcile('ns/node-1');
    await stage.nodes.settled();
    return stage.node('node-1');
  };
  const cloudFor = async (name: string): Promise<PoolCloudSight | undefined> => {
    const lookups = new PoolLookups(fixture.context, stage.clouds, stage.masters);
    const pool = poolOf(name);
    const memory = { recentCreates: [], roundRobin: 0 };
    const ready = [{ pool, resolved: await lookups.resolve(pool), memory }];
    const view = new FleetView(fixture.context, lookups, stage.masters);
    return view.look('ns', ready, fixture.clock.now()).sight.pools[0]?.clouds[0];
  };
  /** Why the flavor cannot be had for a pool now: its place rests, or what stands against the cloud as a whole. */
  const restOf = async (name: string, zone?: string): Promise<string | undefined> => {
    const cloud = await cloudFor(name);
    return cloud?.problem ?? cloud?.rests.get(placeOf(zone, 'm1.small'))?.reason;
  };
  const restsOf = async (name: string): Promise<string[]> => [...((await cloudFor(name))?.rests.keys() ?? [])];

  it('one that succeeds blames nobody', async () => {
    expect((await launch())?.status).to.include({ serverID: 'server-1', phase: 'Booting' });
    expect([await restOf('pool-a'), await restOf('pool-b')]).to.deep.equal([undefined, undefined]);
  });

  it('no host is free: the flavor rests in this cloud, for all pools', async () => {
    create = () => Promise.reject(new EhosError('NoCapacity', 'No valid host was found'));
    expect(await launch(), 'the record').to.equal(undefined);
    expect(await restOf('pool-a')).to.equal('No valid host was found');
    expect(await restOf('pool-b')).to.equal('No valid host was found');
  });

  it('the cloud refuses what it is made of: only nodes like it rest, until the template changes', async () => {
    create = () => Promise.reject(new EhosError('Invalid', "Flavor's disk is too small for requested image."));
    // pools whose nodes are made in the same way share the verdict; another template does not
    const other = { flavors: ['m1.small'], startdAttributes: { Other: 'true' } };
    fixture.kube.put(POOLS, ehosPool({ template: other }, { name: 'pool-b', uid: 'uid-pool-b' }));
    expect(await launch(), 'the record').to.equal(undefined);
    expect(await restOf('pool-a')).to.equal("Flavor's disk is too small for requested image.");
    expect(await restOf('pool-b')).to.equal(undefined);
    fixture.kube.put(POOLS, ehosPool({ template: other }, { generation: 2 }));
    expect(await restOf('pool-a')).to.equal(undefined);
  });

  it('the master gives no token: the pool rests, and no other one; the cloud was not asked', async () => {
    fixture.kube.put(MASTERS, ehosMaster({ nodeCredentials: { method: 'TokenRequest' } }));
    obtainToken = () => Promise.reject(new EhosError('Auth', 'the account may not approve token requests'));
    expect(await launch(), 'the record').to.equal(undefined);
    expect(await restOf('pool-a')).to.equal('nodes could not be prepared: the account may not approve token requests');
    expect(await restOf('pool-b')).to.equal(undefined);
    expect(creates).to.equal(0);
  });

  for (const [what, spoil] of [
    ['the pool does not use the cloud any more', () => ehosPool({ clouds: [{ name: 'cloud-b' }] })],
    ['its user data have become wrong', () => ehosPool({ template: { flavors: [], userData: { inline: 'bad' } } })],
  ] as const)
    it(`${what}: nobody rests for it, the record goes, and the cloud is not asked`, async () => {
      const good = poolOf('pool-a');
      fixture.kube.put(POOLS, spoil());
      expect(await launch(), 'the record').to.equal(undefined);
      expect(creates).to.equal(0);
      fixture.kube.put(POOLS, good);
      expect([await restOf('pool-a'), await restOf('pool-b')]).to.deep.equal([undefined, undefined]);
    });

  it('the answer is lost: the record stays, and the server is looked for', async () => {
    create = () => Promise.reject(new EhosError('Timeout', 'no answer', { maybeDone: true }));
    const node = await launch();
    expect(node?.status?.requested).to.be.a('string');
    expect(node?.status?.serverID).to.equal(undefined);
    expect(fixture.events.map(({ reason }) => reason)).to.include('CreateUnanswered');
    expect(await restOf('pool-a'), 'it is evidence against the place as well').to.equal('no answer');
    expect(await restOf('pool-b')).to.equal('no answer');
  });

  describe('in one of several zones', () => {
    beforeEach(() => {
      stage.putPool({ template: ZONES });
    });
    const inZone = async (zone: string): Promise<EhosNode | undefined> => await launch({ availabilityZone: zone });

    it('no host is free there: the flavor rests in this zone, and not in the other', async () => {
      create = () => Promise.reject(new EhosError('NoCapacity', 'The requested availability zone is not available'));
      expect(await inZone('zone-1'), 'the record').to.equal(undefined);
      expect(await restsOf('pool-a')).to.deep.equal([placeOf('zone-1', 'm1.small')]);
    });

    it('the answer is lost: the flavor rests in this zone, and not in the other', async () => {
      create = () => Promise.reject(new EhosError('Timeout', 'no answer', { maybeDone: true }));
      await inZone('zone-2');
      expect(await restsOf('pool-a')).to.deep.equal([placeOf('zone-2', 'm1.small')]);
    });

    it('the cloud refuses what it is made of: another zone would not help', async () => {
      create = () => Promise.reject(new EhosError('Invalid', "Flavor's disk is too small for requested image."));
      expect(await inZone('zone-1')).to.equal(undefined);
      expect(await restsOf('pool-a')).to.deep.equal([placeOf('zone-1', 'm1.small'), placeOf('zone-2', 'm1.small')]);
    });

    it('a pool that lets the cloud choose the zone is not held up by it', async () => {
      create = () => Promise.reject(new EhosError('NoCapacity', 'No valid host was found'));
      await inZone('zone-1');
      expect(await restsOf('pool-b')).to.deep.equal([]);
    });
  });

  describe('shows after it was answered', () => {
    const launched = async (status: EhosNodeStatus): Promise<void> => {
      const past = toTime(fixture.clock.now());
      stage.putNode('node-1', { requested: past, launched: past, serverID: 'server-1', ...status });
      await stage.pass(MINUTE);
      await stage.nodes.reconcile('ns/node-1');
    };

    it('the server ends in ERROR: its place rests', async () => {
      stage.listing = { vms: [vm({ nodeUid: 'uid-node-1', state: 'Error', fault: 'No valid host was found. ' })] };
      stage.backend = { delete: () => Promise.resolve() };
      await launched({});
      expect(await restOf('pool-a')).to.equal('No valid host was found. ');
    });

    it('no server has come of a lost answer: its place rests', async () => {
      const past = toTime(fixture.clock.now());
      stage.putNode('node-1', { requested: past });
      stage.backend = { findByNode: () => Promise.resolve([]) };
      await stage.pass(2 * MINUTE);
      await stage.nodes.reconcile('ns/node-1');
      expect(await restOf('pool-a')).to.match(/the answer to the create was lost/);
    });

    it('a server that boots clears what was held against its place', async () => {
      stage.clouds
        .session('ns/cloud-a')
        ?.cooldowns.fail(
          placeOf(undefined, 'm1.small'),
          { errorClass: 'NoCapacity', reason: 'No valid host was found' },
          fixture.clock.now(),
        );
      stage.listing = { vms: [vm({ nodeUid: 'uid-node-1', state: 'Active' })] };
      await launched({});
      expect(await restOf('pool-a')).to.equal(undefined);
    });

    it('one that boots proves nothing where nodes did not join; one that joins does', async () => {
      stage.clouds
        .session('ns/cloud-a')
        ?.cooldowns.fail(
          placeOf(undefined, 'm1.small'),
          { errorClass: 'Transient', reason: 'did not join', until: 'Joined' },
          fixture.clock.now(),
        );
      stage.listing = { vms: [vm({ nodeUid: 'uid-node-1', state: 'Active' })] };
      await launched({});
      expect(await restOf('pool-a')).to.equal('did not join');
      const identity = 'ehos-node-uid-node-1@pool.example';
      stage.reading = { startds: [startd({ nodeId: 'uid-node-1', identity, lastHeardFrom: fixture.clock.now() })] };
      await stage.pass(MINUTE);
      await stage.nodes.reconcile('ns/node-1');
      expect(stage.node('node-1')?.status?.joined).to.be.a('string');
      expect(await restOf('pool-a')).to.equal(undefined);
    });
  });

  it('a master that is being deleted gets no new nodes', async () => {
    fixture.kube.put(MASTERS, ehosMaster({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect(await restOf('pool-a')).to.equal('EhosMaster "master" is being deleted');
  });
});
