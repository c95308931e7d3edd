/** How many nodes there are, and why. */
import { expect } from 'chai';
import { POOLS, CLOUDS } from '../../src/api/resources.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

describe('scaling', function () {
  this.timeout(120_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
    await harness.applyPeers();
  });
  afterEach(async () => await harness.close());

  const ready = async (count: number): Promise<boolean> =>
    (await harness.nodes()).filter(({ status }) => status?.phase === 'Ready').length === count;

  it('minNodes and spareNodes are kept without demand', async () => {
    await harness.apply(pool({ minNodes: 1, spareNodes: 2, template: { flavors: ['m1.small'] } }));
    await harness.until('nodes are ready', 180, async () => await ready(2));
    await harness.pass(30);
    expect(await harness.nodes()).to.have.length(2);
    expect((await harness.pool()).status).to.include({ nodes: 2, idle: 2, desiredNodes: 2 });
  });

  it('replicas fix the size, as kubectl scale sets them, and removing them scales by the queue again', async () => {
    await harness.apply(pool({ replicas: 3, template: { flavors: ['m1.small'] } }));
    await harness.until('three nodes', 180, async () => await ready(3));
    await harness.patch(POOLS, 'pool-a', { spec: { replicas: 1 } });
    await harness.until('one node', 180, async () => (await harness.nodes()).length === 1);
    await harness.patch(POOLS, 'pool-a', { spec: { replicas: null } });
    await harness.allNodesGone();
    harness.checkPromises(0);
  });

  it('Observe plans, reports and touches nothing', async () => {
    await harness.apply(pool({ mode: 'Observe' }));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 5 }, 4);
    await harness.until('the plan is told', 60, async () =>
      ((await harness.pool()).status?.lastDecision?.what ?? '').includes('create'),
    );
    await harness.pass(10);
    expect(await harness.nodes()).to.deep.equal([]);
    await harness.patch(POOLS, 'pool-a', { spec: { mode: 'Active' } });
    await harness.allJobsDone(4);
  });

  it('Paused does nothing, and says so', async () => {
    await harness.apply(pool({ mode: 'Paused', minNodes: 1 }));
    await harness.until('the pool says so', 60, async () =>
      /[Pp]aused/.test(JSON.stringify((await harness.pool()).status?.lastDecision ?? '')),
    );
    await harness.pass(10);
    expect(await harness.nodes()).to.deep.equal([]);
  });

  it('a suspended cloud gets no new nodes, and keeps those it has', async () => {
    await harness.apply(pool({ minNodes: 1, clouds: [{ name: 'cloud-a' }], template: { flavors: ['m1.small'] } }));
    await harness.until('a node', 120, async () => await ready(1));
    await harness.patch(CLOUDS, 'cloud-a', { spec: { suspend: true } });
    await harness.patch(POOLS, 'pool-a', { spec: { minNodes: 2 } });
    await harness.until('the pool says why', 60, async () =>
      ((await harness.pool()).status?.lastDecision?.why ?? '').includes('suspended'),
    );
    expect(await harness.nodes()).to.have.length(1);
    await harness.patch(CLOUDS, 'cloud-a', { spec: { suspend: false } });
    await harness.until('two nodes', 180, async () => await ready(2));
  });

  it('I11: jobs that no flavor can serve are told and make no node', async () => {
    await harness.apply(pool({ template: { flavors: ['m1.small'] } }));
    harness.sandbox.pool.submit({ cpus: 64, memory: 512, disk: 1024, runSeconds: 5 }, 3);
    const found = await harness.until('the pool names them', 60, async () => {
      const unsatisfiable = condition(await harness.pool(), 'UnsatisfiableJobs');
      return unsatisfiable?.status === 'True' ? unsatisfiable : undefined;
    });
    expect(found.message).to.match(/64 cores/);
    const jobs = (await harness.pool()).status?.jobs;
    expect(jobs).to.include({ idle: 3 });
    expect(jobs?.unsatisfiable).to.have.length(1);
    expect(jobs?.unsatisfiable?.[0]).to.include({ count: 3, cpus: 64 });
    expect(jobs?.unsatisfiable?.[0]?.reason).to.equal(
      'needs 64 cores, the largest flavor has 1 (m1.small on cloud cloud-a)',
    );
    expect(jobs?.unsatisfiable?.[0]?.remedy).to.equal('allow a larger flavor or request less');
    expect(await harness.nodes()).to.deep.equal([]);
  });

  it('I19: a long queue asks for all its nodes in one pass', async () => {
    await harness.apply(
      pool({ maxNodes: 30, template: { flavors: ['m1.xlarge'] }, scaleUp: { maxBooting: 100, maxPerMinute: 100 } }),
    );
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 2 }, 200);
    await harness.until('25 nodes at once', 60, async () => (await harness.nodes()).length >= 25);
    await harness.allJobsDone(200);
    const creating = harness.decisions.filter((decision) => decision.startsWith('create '));
    expect(creating).to.deep.equal(['create 25 nodes: 20 x m1.xlarge on cloud-a, 5 x m1.xlarge on cloud-b']);
  });

  it('two pools share a quota and do not spend it twice', async () => {
    harness.sandbox.openstack.setQuota('ehos', { instances: 3 });
    const one = { clouds: [{ name: 'cloud-a' }], minNodes: 3, template: { flavors: ['m1.small'] } };
    await Promise.all([harness.apply(pool(one, 'pool-a')), harness.apply(pool({ ...one, jobs: {} }, 'pool-b'))]);
    await harness.until('three nodes', 180, async () => await ready(3));
    await harness.pass(20);
    expect(harness.sandbox.openstack.servers()).to.have.length(3);
    expect(
      [...harness.sandbox.openstack.calls()].filter(([call]) => call === 'compute POST servers').map(([, n]) => n),
    ).to.deep.equal([3]);
  });

  it('a pool that is deleted while jobs run waits for them', async () => {
    await harness.apply(pool({ maxNodes: 1 }));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 60 }, 1);
    await harness.until('the job runs', 180, () => harness.sandbox.pool.jobs().some((job) => job.status === 'Running'));
    await harness.client.delete(POOLS, NAMESPACE, 'pool-a');
    await harness.until('the node says what it waits for', 60, async () => {
      const [node] = await harness.nodes();
      return node && (condition(node, 'Drained')?.message ?? '').includes('waits for 1 running job');
    });
    await harness.until(
      'the pool is gone',
      300,
      async () => (await harness.client.list(POOLS, NAMESPACE)).items.length === 0,
    );
    harness.checkPromises(1);
  });

  it('steady state writes nothing to Kubernetes', async () => {
    await harness.apply(pool({ minNodes: 3, template: { flavors: ['m1.small'] } }));
    await harness.until('three nodes', 180, async () => await ready(3));
    await harness.pass(45);
    const writes = (): number =>
      [...harness.client.requests()]
        .filter(([call]) => /^(patch|create|delete|update)/i.test(call))
        .reduce((sum, [, n]) => sum + n, 0);
    const before = writes();
    await harness.pass(120);
    expect(writes() - before).to.equal(0);
  });
});
