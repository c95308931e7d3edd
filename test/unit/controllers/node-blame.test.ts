import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, MASTERS, NODES, POOLS, type EhosNode, type EhosNodePool } from '../../../src/api/resources.ts';
import type { ResolvedTemplate } from '../../../src/cloud/backend.ts';
import { CloudController } from '../../../src/controllers/cloud-controller.ts';
import { MasterController } from '../../../src/controllers/master-controller.ts';
import { NodeController } from '../../../src/controllers/node-controller.ts';
import { templateHash } from '../../../src/controllers/node-launch.ts';
import { PoolView } from '../../../src/controllers/pool-view.ts';
import { backend, cloudSnapshot, condor, ehosCloud, ehosMaster, ehosPool, Fixture, masterSnapshot } from './fixture.ts';

const template: ResolvedTemplate = {
  imageId: 'image-1',
  imageName: 'worker',
  networkIds: [],
  securityGroups: [],
  keyName: undefined,
  availabilityZones: [],
  rootVolume: undefined,
  metadata: {},
};

describe('a create that fails', () => {
  let fixture: Fixture;
  let clouds: CloudController;
  let masters: MasterController;
  let nodes: NodeController;
  let create: () => Promise<{ id: string }>;
  let obtainToken: () => Promise<string>;
  let creates: number;

  beforeEach(async () => {
    fixture = new Fixture();
    creates = 0;
    create = () => Promise.resolve({ id: 'server-1' });
    obtainToken = () => Promise.resolve('aaaa.bbbb.cccc');
    fixture.cloud = () =>
      backend({
        observe: () => Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() })),
        resolve: () => Promise.resolve(template),
        create: () => {
          creates++;
          return create();
        },
      });
    fixture.master = () =>
      condor({
        poll: () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now() })),
        obtainToken: () => obtainToken(),
      });
    fixture.secret('openstack', { 'clouds.yaml': 'x' });
    fixture.secret('ssh', { 'ssh-privatekey': 'key', known_hosts: 'hosts' });
    fixture.kube.put(CLOUDS, ehosCloud());
    fixture.kube.put(MASTERS, ehosMaster());
    fixture.kube.put(POOLS, ehosPool());
    fixture.kube.put(POOLS, ehosPool({}, { name: 'pool-b', uid: 'uid-pool-b' }));
    clouds = new CloudController(fixture.context);
    masters = new MasterController(fixture.context);
    nodes = new NodeController(fixture.context, clouds, masters);
    await clouds.reconcile('ns/cloud-a');
    await masters.reconcile('ns/master');
  });

  const poolOf = (name: string): EhosNodePool => fixture.kube.find(POOLS, name) as EhosNodePool;
  /** Makes the record of a node as its pool would, and has it launched. */
  const launch = async (): Promise<EhosNode | undefined> => {
    fixture.kube.put<EhosNode>(NODES, {
      metadata: { name: 'node-1', uid: 'uid-1' },
      spec: {
        poolRef: { name: 'pool-a' },
        cloudRef: { name: 'cloud-a' },
        masterRef: { name: 'master' },
        flavor: 'm1.small',
        image: 'image-1',
        templateHash: templateHash(poolOf('pool-a'), template, 'm1.small'),
      },
    });
    await nodes.reconcile('ns/node-1');
    await nodes.settled();
    return fixture.kube.find(NODES, 'node-1') as EhosNode | undefined;
  };
  /** Why the flavor cannot be had for a pool now: its cooldown, or what stands against the cloud as a whole. */
  const restOf = async (name: string): Promise<string | undefined> => {
    const view = new PoolView(fixture.context, clouds, masters);
    const resolved = await view.resolve(poolOf(name));
    const [cloud] = view.look(poolOf(name), resolved, fixture.clock.now(), [], 0).input.clouds;
    return cloud?.unavailable ?? cloud?.cooldowns.get('m1.small')?.reason;
  };

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
  });

  it('a master that is being deleted gets no new nodes', async () => {
    fixture.kube.put(MASTERS, ehosMaster({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect(await restOf('pool-a')).to.equal('EhosMaster "master" is being deleted');
  });
});
