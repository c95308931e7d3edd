/** Records that are lost, and what of a node the cloud forgets. */
import { expect } from 'chai';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { CLOUDS, NODES, POOLS, type EhosNode } from '../../src/api/resources.ts';
import { defaultOrphanSettings } from '../../src/domain/orphans.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess } from '../../src/kube/config.ts';
import { OpenStack } from '../../src/openstack/sdk.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

const SETTINGS = { orphans: { ...defaultOrphanSettings, grace: 60_000 } };
const SMALL = { clouds: [{ name: 'cloud-a' }], maxNodes: 6, template: { flavors: ['m1.small'] } };

describe('the operator and what has no record', function () {
  this.timeout(180_000);
  let harness: Harness;
  let os: OpenStack;
  beforeEach(async () => {
    harness = await Harness.start();
    await harness.applyPeers();
    const text = harness.sandbox.openstack.cloudsYaml('ehos');
    os = OpenStack.fromCloudsYaml({ text, cloudName: 'ehos' });
  });
  afterEach(async () => {
    await os.close();
    await harness.close();
  });

  const queue = (count: number, runSeconds: number): number =>
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds }, count);
  const running = async (count: number): Promise<unknown> =>
    await harness.until(`${count} nodes run jobs`, 300, async () => {
      const nodes = await harness.nodes();
      return nodes.filter(({ status }) => status?.nodeState === 'Busy').length === count;
    });

  /** As by hand, with force: the operator is away, and what it would do first is not done. */
  const lose = async (records: boolean, pools: boolean): Promise<void> => {
    await harness.stopOperator();
    const access = clusterAccess({ text: harness.sandbox.kube.kubeconfig() }, harness.clock);
    const log = silentLog;
    const client = new RestKubeClient({
      access,
      clock: harness.clock,
      random: seededRandom(1),
      log,
      userAgent: 'test/1',
    });
    for (const [type, gone] of [
      [NODES, records],
      [POOLS, pools],
    ] as const) {
      if (!gone) continue;
      for (const { metadata } of (await client.list<EhosNode>(type, NAMESPACE)).items) {
        await client.patch(type, NAMESPACE, metadata.name, { metadata: { finalizers: null } });
        await client.delete(type, NAMESPACE, metadata.name, {});
      }
    }
    await client.close();
    await harness.startOperator(SETTINGS);
  };
  const orphans = async (): Promise<string> => {
    const found = condition(await harness.cloud('cloud-a'), 'NoOrphans');
    return `${found?.reason}: ${found?.message}`;
  };

  it('takes back servers that run jobs, and removes them when they are idle, as any other', async () => {
    await harness.apply(pool(SMALL));
    queue(3, 400);
    await running(3);
    const before = (await harness.nodes()).map(({ metadata }) => [metadata.name, metadata.uid]).sort();
    await lose(true, false);
    await harness.until('they are told', 120, async () => (await orphans()).startsWith('Waiting: 3 servers'));
    const after = await harness.until('all are taken back', 300, async () => {
      const nodes = (await harness.nodes()).filter(({ spec }) => spec.adopts !== undefined);
      return nodes.length === 3 && nodes.every(({ status }) => status?.phase === 'Ready') && nodes;
    });
    expect(after.map(({ metadata, spec }) => [metadata.name, spec.adopts]).sort()).to.deep.equal(before);
    await harness.until('the condition says so', 120, async () => (await orphans()).startsWith('None'));
    await harness.allJobsDone(3);
    await harness.allNodesGone();
    harness.checkPromises(3);
    expect(harness.requested(), 'none was made in their place').to.equal(3);
  });

  it('lets go of servers whose pool is gone when their jobs have ended', async () => {
    await harness.apply(pool(SMALL));
    queue(2, 300);
    await running(2);
    await lose(true, true);
    await harness.told('cloud-a', 'OrphanReleased', 300);
    expect(harness.sandbox.openstack.servers(), 'jobs run there').to.have.length(2);
    await harness.until('the servers are gone', 900, () => harness.sandbox.openstack.servers().length === 0);
    await harness.allNodesGone();
    harness.checkPromises(2);
  });

  it('I1: lets go of none when they are many, before an admin says so', async () => {
    await harness.apply(pool(SMALL));
    queue(6, 60);
    await running(6);
    await lose(true, true);
    const said = await harness.until(
      'the brake is told',
      400,
      async () => /confirm-orphans=(6-[0-9a-f]+)$/.exec(await orphans()) ?? undefined,
    );
    await harness.pass(200);
    expect(harness.sandbox.openstack.servers(), 'idle by now').to.have.length(6);
    expect(await harness.nodes()).to.deep.equal([]);
    await harness.patch(CLOUDS, 'cloud-a', { metadata: { annotations: { 'ehos.io/confirm-orphans': said[1] } } });
    await harness.until('the servers are gone', 900, () => harness.sandbox.openstack.servers().length === 0);
    await harness.allNodesGone();
    harness.checkPromises(6);
  });

  it('I8: leaves no volume and no address, also where the cloud forgets the volumes', async () => {
    const template = { flavors: ['m1.small'], rootVolume: { size: 3 }, scratchVolume: { size: 2 } };
    await harness.apply(pool({ ...SMALL, template: { ...template, floatingIP: 'Purge' } }));
    queue(2, 60);
    await running(2);
    expect(await os.volume.listVolumes()).to.have.length(4);
    const given = await harness.until('both have an address', 120, async () => {
      const found = await os.network.listFloatingIps();
      return found.length === 2 && found;
    });
    const shown = (await harness.nodes()).map(({ status }) => status?.floatingIP).sort();
    expect(shown).to.deep.equal(given.map(({ address }) => address).sort());
    harness.sandbox.openstack.driver.keepsVolumes = true;
    await harness.allJobsDone(2);
    await harness.allNodesGone();
    harness.checkPromises(2);
    expect(await os.volume.listVolumes()).to.deep.equal([]);
    expect(await os.network.listFloatingIps()).to.deep.equal([]);
    expect((await os.network.listPorts()).filter(({ deviceOwner }) => deviceOwner.startsWith('compute'))).to.deep.equal(
      [],
    );
  });

  it('gives back the addresses that it was allowed to use', async () => {
    const [external] = await os.network.listNetworks({ external: true });
    const own = await os.network.createFloatingIp({ networkId: external?.id ?? '', description: 'ours' });
    await harness.apply(pool({ ...SMALL, maxNodes: 1, template: { ...SMALL.template, floatingIP: 'Assign' } }));
    queue(1, 60);
    await running(1);
    await harness.until('it is in use', 120, async () => (await os.network.getFloatingIp(own.id)).portId !== undefined);
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    expect(await os.network.getFloatingIp(own.id)).to.include({ portId: undefined, description: 'ours' });
  });
});
