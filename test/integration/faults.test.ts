/** What goes wrong in clouds and masters, and what must hold all the same. */
import { expect } from 'chai';
import { MASTERS, NODES, POOLS } from '../../src/api/resources.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

describe('the operator when peers fail', function () {
  this.timeout(180_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
    await harness.applyPeers();
  });
  afterEach(async () => await harness.close());

  const queue = (count: number, runSeconds = 15): number =>
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds }, count);

  it('I9: a lost answer to create gives exactly one server', async () => {
    harness.sandbox.openstack.faults.add({
      service: 'compute',
      method: 'POST',
      path: /\/servers$/,
      drop: 'after',
      count: 2,
    });
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 3, template: { flavors: ['m1.small'] } }));
    queue(3);
    await harness.allJobsDone(3);
    await harness.allNodesGone();
    harness.checkPromises(3);
    expect(harness.requested(), 'servers ever made').to.equal(3);
  });

  it('a 503 to create makes nothing, and the node is made later', async () => {
    harness.sandbox.openstack.faults.add({
      service: 'compute',
      method: 'POST',
      path: /\/servers$/,
      status: 503,
      body: '<html>',
      count: 1,
    });
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], template: { flavors: ['m1.small'] }, maxNodes: 1 }));
    queue(1);
    await harness.allJobsDone(1, 1200);
    await harness.allNodesGone(1800);
    harness.checkPromises(1);
  });

  it('I5, I24: without quota it waits and says why, and when quota returns it is used without anyone touching anything', async () => {
    harness.sandbox.openstack.setQuota('ehos', { instances: 1 });
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 2, template: { flavors: ['m1.small'] } }));
    queue(2, 120);
    // one reading of the pool: when its first job has ended the next decision has other words. The first decision makes what the quota
    // leaves; the one after it makes nothing
    const limited = await harness.until('the pool waits, and says why', 120, async () => {
      const found = await harness.pool();
      const waits = found.status?.lastDecision?.what === 'nothing to do';
      return waits && condition(found, 'ScalingLimited')?.status === 'True' ? found : undefined;
    });
    expect(condition(limited, 'ScalingLimited')?.reason).to.equal('Quota');
    expect(limited.status?.lastDecision?.why).to.match(/quota/i);
    harness.sandbox.openstack.setQuota('ehos', { instances: 10 });
    await harness.until('a second node', 120, async () => (await harness.nodes()).length === 2);
    await harness.allJobsDone(2);
    await harness.allNodesGone();
    harness.checkPromises(2);
  });

  it('I24: a quota of nothing at all makes jobs hopeless, and they are not when it is raised', async () => {
    harness.sandbox.openstack.setQuota('ehos', { instances: 0 });
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 2, template: { flavors: ['m1.small'] } }));
    queue(1);
    const told = await harness.until('the pool says why', 120, async () => {
      const [found] = (await harness.pool()).status?.jobs?.unsatisfiable ?? [];
      return found;
    });
    expect(told.reason).to.match(/quota is 0/);
    expect(told.remedy).to.equal('ask for quota');
    harness.sandbox.openstack.setQuota('ehos', { instances: 10 });
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it("I7: NoValidHost is told in the cloud's own words, and another flavor is used", async () => {
    harness.sandbox.openstack.driver.noValidHost = /./;
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 1, template: { flavors: ['m1.small'] } }));
    queue(1);
    await harness.until('an event with the fault', 120, () => {
      const events = harness.sandbox.kube.objects('events') as { note?: string; message?: string; reason?: string }[];
      return events.some(
        (event) =>
          event.reason === 'ServerFailed' && (event.note ?? event.message ?? '').includes('No valid host was found'),
      );
    });
    const rest = await harness.until('the pool names the cooldown', 60, async () => {
      const found = condition(await harness.pool(), 'ScalingLimited');
      return found?.status === 'True' ? found : undefined;
    });
    expect(rest.message).to.contain('No valid host');
    harness.sandbox.openstack.driver.noValidHost = undefined;
    await harness.allJobsDone(1, 1200);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('a server that never joins is replaced after bootTimeout', async () => {
    harness.sandbox.guests.behave({ neverJoins: true, count: 1 });
    await harness.apply(
      pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 1, bootTimeout: '60s', template: { flavors: ['m1.small'] } }),
    );
    queue(1);
    const told = await harness.until('the end of the console is told', 300, async () => {
      const [node] = await harness.nodes();
      return node?.status?.fault?.includes('the last that its console tells') === true ? node.status.fault : undefined;
    });
    expect(told).to.match(/has not joined the pool within 60 s; the last that its console tells: "\S+/);
    await harness.allJobsDone(1, 1200);
    await harness.allNodesGone();
    harness.checkPromises(1);
    expect(harness.requested()).to.equal(2);
  });

  it('I17, I27: a collector that restarts while nodes work costs no node and no job', async () => {
    await harness.apply(pool({ maxNodes: 2, scaleDown: { consolidateAfter: '20s' } }));
    queue(4, 60);
    await harness.until(
      'jobs run',
      300,
      () => harness.sandbox.pool.jobs().filter((job) => job.status === 'Running').length === 4,
    );
    const names = (await harness.nodes()).map((node) => node.metadata.name).sort();
    harness.sandbox.pool.restartCollector();
    await harness.pass(30);
    expect((await harness.nodes()).map((node) => node.metadata.name).sort()).to.deep.equal(names);
    expect((await harness.nodes()).filter((node) => node.status?.phase === 'Lost')).to.deep.equal([]);
    await harness.allJobsDone(4);
    await harness.allNodesGone();
    harness.checkPromises(4);
  });

  it('a master that is away for minutes costs no node and no job, and is heard of again by itself', async () => {
    await harness.apply(pool({ maxNodes: 2 }));
    queue(4, 120);
    await harness.until(
      'jobs run',
      300,
      () => harness.sandbox.pool.jobs().filter((job) => job.status === 'Running').length === 4,
    );
    const before = harness.sandbox.openstack.servers().map((server) => server.id);
    harness.sandbox.master.faults.dropConnections = true;
    await harness.until(
      'the master is not connected',
      120,
      async () => condition(await harness.master(), 'Connected')?.status === 'False',
    );
    await harness.pass(120);
    expect(harness.sandbox.openstack.servers().map((server) => server.id)).to.deep.equal(before);
    harness.sandbox.master.faults.dropConnections = false;
    await harness.until(
      'the master is ready',
      180,
      async () => condition(await harness.master(), 'Ready')?.status === 'True',
    );
    await harness.allJobsDone(4);
    await harness.allNodesGone();
    harness.checkPromises(4);
  });

  it('I10: a cloud that cannot be listed stops neither the other cloud nor deletions there', async () => {
    harness.sandbox.openstack.setQuota('ehos-b', { instances: 5 });
    const remove = harness.sandbox.openstack.faults.add({
      service: 'compute',
      method: 'POST',
      path: /servers$/,
      status: 500,
      body: {},
    });
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 2 }, 'pool-x'));
    await harness.pass(5);
    remove();
    await harness.apply(pool({ clouds: [{ name: 'cloud-b' }], maxNodes: 2, jobs: {} }, 'pool-y'));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 10, pool: 'pool-y' }, 2);
    await harness.allJobsDone(2);
    await harness.allNodesGone();
    harness.checkPromises(2);
  });

  it('I1, I3: restarts at any time leave no twin, no orphan and kill no job', async () => {
    await harness.apply(pool({ maxNodes: 4, template: { flavors: ['m1.small', 'm1.medium'] } }));
    queue(12, 20);
    for (let i = 0; i < 8; i++) {
      await harness.pass(6);
      await harness.stopOperator();
      await harness.startOperator();
    }
    await harness.allJobsDone(12, 1200);
    await harness.allNodesGone(1200);
    harness.checkPromises(12);
  });

  it('I13: servers of others are counted and never touched', async () => {
    const id = harness.sandbox.openstack.addForeignServer('ehos', 'somebody-else');
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 1 }));
    queue(1);
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    expect(harness.sandbox.openstack.servers().map((server) => server.id)).to.deep.equal([id]);
    await harness.until(
      'it is counted',
      60,
      async () => (await harness.cloud('cloud-a')).status?.foreignInstances === 1,
    );
  });

  it('I26: the ads of deleted nodes are dropped', async () => {
    await harness.apply(pool({ maxNodes: 1 }));
    queue(1);
    await harness.allJobsDone(1);
    const slots = async (): Promise<number> => (await harness.master()).status?.slots?.total ?? -1;
    await harness.allNodesGone();
    await harness.until('the collector lists no slot', 30, async () => (await slots()) === 0);
  });

  it('a master without the right to drain keeps its nodes and says why', async () => {
    await harness.apply(pool({ maxNodes: 1 }));
    queue(1, 5);
    await harness.allJobsDone(1);
    harness.sandbox.master.faults.permissionDenied = true;
    const found = await harness.until('the node says why', 120, async () => {
      const [node] = await harness.nodes();
      const drained = node && condition(node, 'Drained');
      return drained?.message.includes('the drain command failed') === true ? drained : undefined;
    });
    expect(found.status).to.equal('False');
    expect(harness.sandbox.openstack.servers()).to.have.length(1);
    harness.sandbox.master.faults.permissionDenied = false;
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('a pool whose cloud and master do not exist waits, says so, and goes on when they appear', async () => {
    const resources = harness.sandbox.resources(NAMESPACE);
    for (const { kind, metadata } of resources)
      if (kind === 'EhosMaster') await harness.client.delete(MASTERS, NAMESPACE, metadata.name);
    await harness.until(
      'the master is gone',
      60,
      async () => (await harness.client.list(MASTERS, NAMESPACE)).items.length === 0,
    );
    await harness.apply(pool({ clouds: [{ name: 'cloud-z' }] }));
    queue(1);
    const missing = await harness.until('the pool says what it waits for', 60, async () => {
      const ready = condition(await harness.pool(), 'Ready');
      return ready?.status === 'False' ? ready : undefined;
    });
    expect(missing.message).to.contain('there is no EhosMaster "master"');
    for (const object of resources)
      if (object.kind === 'EhosMaster') await harness.apply(object);
      else if (object.metadata.name === 'cloud-a')
        await harness.apply({ ...object, metadata: { name: 'cloud-z', namespace: NAMESPACE } });
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('a node record that was made by hand is drained and deleted with its server, if anything', async () => {
    await harness.apply(pool({ maxNodes: 2, minNodes: 1 }));
    const node = await harness.until('a node is ready', 120, async () =>
      (await harness.nodes()).find(({ status }) => status?.phase === 'Ready'),
    );
    await harness.client.delete(NODES, NAMESPACE, node.metadata.name);
    await harness.until('another takes its place', 180, async () =>
      (await harness.nodes()).some(
        ({ metadata, status }) => metadata.name !== node.metadata.name && status?.phase === 'Ready',
      ),
    );
    await harness.client.delete(POOLS, NAMESPACE, 'pool-a');
    await harness.until(
      'the pool is gone',
      180,
      async () => (await harness.client.list(POOLS, NAMESPACE)).items.length === 0,
    );
    harness.checkPromises(0);
  });
});
