/** What the planner decides from the whole of a namespace, seen from outside: which servers there are, and what status says. */
import { expect } from 'chai';
import { POOLS, type EhosNode } from '../../src/api/resources.ts';
import { OpenStack } from '../../src/openstack/sdk.ts';
import { defaultSandboxClouds, type SandboxCloud } from '../../src/sandbox/openstack/clouds.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

const SMALL = { flavors: ['m1.small'] };

describe('the planner', function () {
  this.timeout(240_000);
  let harness: Harness;
  const start = async (options: Parameters<typeof Harness.start>[0] = {}): Promise<void> => {
    harness = await Harness.start(options);
    await harness.applyPeers();
  };
  afterEach(async () => await harness.close());

  const submit = (
    count: number,
    cpus: number,
    memory: number,
    more: Partial<Parameters<typeof harness.sandbox.pool.submit>[0]> = {},
  ): number => harness.sandbox.pool.submit({ cpus, memory, disk: 1024, runSeconds: 10, ...more }, count);
  const ready = async (): Promise<EhosNode[]> =>
    (await harness.nodes()).filter(({ status }) => status?.phase === 'Ready');
  const gone = async (name = 'pool-a'): Promise<void> => {
    await harness.client.delete(POOLS, NAMESPACE, name);
    await harness.until(
      `${name} is gone`,
      300,
      async () => !(await harness.client.list(POOLS, NAMESPACE)).items.some(({ metadata }) => metadata.name === name),
    );
  };

  describe('a mixed queue', () => {
    /** No node has such an attribute. */
    const requirements = 'TARGET.HasFastScratch == true';

    it('I30: all that can run is run, nothing is made for the rest, status says why, and a restart forgets nothing', async () => {
      await start();
      await harness.apply(pool({ template: { flavors: ['m1.small', 'm1.medium', 'm1.large'] } }));
      submit(6, 1, 512);
      submit(2, 4, 2048);
      submit(3, 64, 512);
      submit(2, 1, 512, { gpus: 1 });
      submit(4, 2, 768, { requirements });

      await harness.allJobsDone(8);
      const phantom = await harness.until('HTCondor explains the jobs that it does not start', 400, async () =>
        (await harness.pool()).status?.jobs?.phantom?.find(({ analysis }) => analysis !== undefined),
      );
      expect(phantom).to.include({ count: 4, cpus: 2, memory: 768, tries: 1 });
      expect(phantom.analysis, 'in the words of HTCondor').to.contain('HasFastScratch');
      expect(phantom.refusedBy).not.to.deep.equal([]);

      // two good shapes and one that looked good: their nodes go, though seven jobs and more wait
      await harness.allNodesGone();
      const made = harness.requested();
      await harness.pass(60);
      expect(harness.requested(), 'servers made for jobs that no node can run').to.equal(made);
      expect(harness.sandbox.pool.jobs().filter(({ status }) => status === 'Idle')).to.have.length(9);

      const { status } = await harness.pool();
      expect(status?.jobs?.unsatisfiable?.map(({ count, cpus, gpus }) => [count, cpus, gpus])).to.deep.equal([
        [3, 64, 0],
        [2, 1, 1],
      ]);
      for (const { reason, remedy } of status?.jobs?.unsatisfiable ?? [])
        expect([reason, remedy].every((text) => (text ?? '') !== '')).to.equal(true);
      expect(condition({ status } as never, 'UnsatisfiableJobs')).to.include({ status: 'True', reason: 'NothingFits' });
      expect(condition({ status } as never, 'PhantomJobs')).to.include({ status: 'True', reason: 'NotStarted' });
      expect(status?.lastDecision).to.include({ what: 'nothing to do', reason: 'Enough' });
      expect(status?.recentChanges?.length).to.be.within(1, 5);
      harness.checkPromises(8);

      const learned = (await harness.cloud('cloud-a')).status?.flavors ?? [];
      expect(learned).not.to.deep.equal([]);
      await harness.stopOperator();
      await harness.startOperator();
      await harness.until('the master is read again', 60, async () => {
        const { lastSyncTime } = (await harness.master()).status ?? {};
        return lastSyncTime !== undefined && condition(await harness.pool(), 'MasterSynced')?.status === 'True';
      });
      await harness.pass(30);
      expect(harness.requested(), 'servers made after the restart').to.equal(made);
      const [kept] = (await harness.pool()).status?.jobs?.phantom ?? [];
      expect(kept).to.include({ since: phantom.since, until: phantom.until, analysis: phantom.analysis });
      expect((await harness.cloud('cloud-a')).status?.flavors).to.deep.equal(learned);
    });

    it('jobs that nobody could start run when a node can: they are tried again by themselves', async () => {
      await start();
      await harness.apply(pool({ minNodes: 1, maxNodes: 1, clouds: [{ name: 'cloud-a' }], template: SMALL }));
      submit(1, 1, 512, { requirements: 'TARGET.Machine =!= undefined && TARGET.Memory > 1024 * 1024' });
      await harness.until(
        'it does not count any more',
        300,
        async () => condition(await harness.pool(), 'PhantomJobs')?.status === 'True',
      );
      submit(1, 1, 512);
      await harness.allJobsDone(1);
      expect((await harness.pool()).status?.jobs?.phantom).to.have.length(1);
    });
  });

  it('what nodes of a flavor gave is known after a restart, and a job that asks for more makes no node', async () => {
    await start();
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], template: SMALL }));
    // the flavor says 2048 MiB; one node is made to see what there is, and no second one
    submit(1, 1, 2000);
    const told = await harness.until('the pool says what nodes give', 300, async () => {
      const [found] = (await harness.pool()).status?.jobs?.unsatisfiable ?? [];
      return found?.reason;
    });
    expect(told).to.match(
      /^needs 2000 MiB of memory, nodes of m1.small on cloud cloud-a give \d+ MiB of their 2 GiB to jobs$/,
    );
    await harness.allNodesGone();
    expect(harness.requested()).to.equal(1);
    await harness.stopOperator();
    await harness.startOperator();
    await harness.pass(60);
    expect(harness.requested()).to.equal(1);
    expect((await harness.pool()).status?.jobs?.unsatisfiable?.[0]?.reason).to.equal(told);
  });

  it('two pools on one small quota each get their share, and all jobs are done', async () => {
    await start();
    harness.sandbox.openstack.setQuota('ehos', { instances: 4 });
    const alike = { clouds: [{ name: 'cloud-a' }], template: SMALL };
    await harness.apply(pool({ ...alike, mode: 'Observe' }, 'pool-a'));
    await harness.apply(pool({ ...alike, mode: 'Observe', jobs: {} }, 'pool-b'));
    submit(40, 1, 512, { pool: 'pool-a', runSeconds: 20 });
    submit(4, 1, 512, { pool: 'pool-b', runSeconds: 20 });
    for (const name of ['pool-a', 'pool-b'])
      await harness.until(`${name} is planned`, 60, async () =>
        (await harness.pool(name)).status?.lastDecision?.what.startsWith('would create'),
      );
    for (const name of ['pool-a', 'pool-b']) await harness.patch(POOLS, name, { spec: { mode: 'Active' } });
    const most = { nodes: 0, of: { 'pool-a': 0, 'pool-b': 0 } };
    await harness.until('all jobs are done', 900, async () => {
      const nodes = await harness.nodes();
      most.nodes = Math.max(most.nodes, harness.sandbox.openstack.servers().length);
      for (const name of ['pool-a', 'pool-b'] as const)
        most.of[name] = Math.max(most.of[name], nodes.filter(({ spec }) => spec.poolRef.name === name).length);
      return harness.sandbox.pool.history().length === 44;
    });
    expect(most.nodes, 'servers at a time').to.be.at.most(4);
    expect(most.of['pool-b'], 'the small pool is not starved').to.be.at.least(1);
    await harness.allNodesGone();
    harness.checkPromises(44);
  });

  it('a zone that refuses a flavor: other zones and clouds are used at once, and the zone again when it is well', async () => {
    const clouds = defaultSandboxClouds().map((cloud): SandboxCloud =>
      cloud.project === 'ehos' ? { ...cloud, zones: ['east', 'west'] } : cloud,
    );
    await start({ clouds });
    harness.sandbox.openstack.driver.noHostFor = [{ zone: 'east', flavor: 'm1.small' }];
    await harness.apply(
      pool({
        clouds: [{ name: 'cloud-a', availabilityZones: ['east', 'west'] }, { name: 'cloud-b' }],
        template: SMALL,
        scaleDown: { consolidateAfter: '5s' },
      }),
    );
    submit(8, 1, 512);
    await harness.allJobsDone(8);
    expect(await harness.told('pool-a', 'ServerFailed')).to.contain('No valid host was found');
    harness.sandbox.openstack.driver.noHostFor = [];
    // the rest of the zone ends by itself; then one node is tried there, and no setting is touched
    await harness.until('a node in the zone has joined', 900, async () => {
      if (harness.sandbox.pool.jobs().length < 4) submit(4, 1, 512);
      return (await ready()).some(({ spec }) => spec.availabilityZone === 'east');
    });
  });

  it('a drain is called off when demand returns: the same server goes on, and no job is lost', async () => {
    await start();
    await harness.apply(pool({ maxNodes: 1, clouds: [{ name: 'cloud-a' }], template: SMALL }));
    submit(1, 1, 512, { runSeconds: 5 });
    await harness.allJobsDone(1);
    // drains fail for a while, so that there is time to change one's mind
    harness.sandbox.master.faults.permissionDenied = true;
    await harness.until('the node is being drained', 300, async () => (await harness.nodes())[0]?.status?.unneeded);
    const [before] = await harness.nodes();
    // demand that the negotiator does not hand to the node before the plan has seen it
    const notYet = submit(1, 1, 512, { requirements: 'TARGET.HasFastScratch == true' });
    await harness.told(before!.metadata.name, 'Recalled');
    const [after] = await harness.nodes();
    expect(after?.status?.drainRequested).to.equal(undefined);
    expect(after?.status?.serverID).to.equal(before?.status?.serverID);
    expect(await harness.told('pool-a', 'RecallingNodes')).to.match(/^call back 1 node: pool-a-/);
    // the command that was sent before it was called off takes effect late: that is undone as well
    const { execution } = harness.sandbox.pool;
    const startd = harness.sandbox.pool.findStartd(after?.status?.slotName ?? '')!;
    execution.drain(startd, { how: 'graceful', reason: 'ehos: idle for 10s or more, and no queued job needs it' });
    harness.sandbox.master.faults.permissionDenied = false;
    await harness.until('it takes jobs again', 120, () => !startd.draining);
    submit(1, 1, 512, { runSeconds: 5 });
    await harness.allJobsDone(2);
    harness.sandbox.pool.remove([String(notYet)]);
    await harness.allNodesGone();
    harness.checkPromises(2, 1);
    expect(harness.requested(), 'servers ever made').to.equal(1);
  });

  it('a server group is made once for the pool, holds all its nodes, and goes with the pool', async () => {
    await start();
    const calls = (name: string): number => harness.sandbox.openstack.calls().get(`compute ${name}`) ?? 0;
    const spec = {
      clouds: [{ name: 'cloud-a' }],
      template: { ...SMALL, serverGroupPolicy: 'soft-anti-affinity' as const },
    };
    await harness.apply(pool({ ...spec, minNodes: 3 }));
    await harness.until('three nodes', 180, async () => (await ready()).length === 3);
    await harness.patch(POOLS, 'pool-a', { spec: { minNodes: 4 } });
    await harness.until('four nodes', 180, async () => (await ready()).length === 4);
    expect(calls('POST os-server-groups'), 'groups made').to.equal(1);
    expect(calls('DELETE os-server-groups/{id}')).to.equal(0);
    const access = { text: harness.sandbox.openstack.cloudsYaml('ehos'), cloudName: 'ehos' };
    const os = OpenStack.fromCloudsYaml(access, { clock: harness.clock, random: harness.random });
    const groups = await os.compute.listServerGroups();
    expect(groups.map(({ policy, members }) => [policy, members.length])).to.deep.equal([['soft-anti-affinity', 4]]);
    await gone();
    expect(await os.compute.listServerGroups()).to.deep.equal([]);
    await os.close();
    harness.checkPromises(0);
  });

  describe('a disruption budget', () => {
    const leavingNow = async (): Promise<number> =>
      (await harness.nodes()).filter(({ status }) => status?.drainRequested !== undefined).length;

    it('lets so many nodes leave at a time and no more, until all that should go are gone', async () => {
      await start();
      await harness.apply(pool({ replicas: 4, template: SMALL, disruption: { budgets: [{ nodes: '1' }] } }));
      await harness.until('four nodes', 180, async () => (await ready()).length === 4);
      await harness.patch(POOLS, 'pool-a', { spec: { replicas: 0 } });
      let most = 0;
      await harness.until('no nodes', 600, async () => {
        most = Math.max(most, await leavingNow());
        return (await harness.nodes()).length === 0;
      });
      expect(most, 'nodes that leave at a time').to.equal(1);
      harness.checkPromises(0);
    });

    it('of 0 removes none and says so; the deletion of the pool is not held up', async () => {
      await start();
      await harness.apply(pool({ replicas: 2, template: SMALL, disruption: { budgets: [{ nodes: '0' }] } }));
      await harness.until('two nodes', 180, async () => (await ready()).length === 2);
      await harness.patch(POOLS, 'pool-a', { spec: { replicas: 0 } });
      await harness.until('the pool says so', 60, async () =>
        ((await harness.pool()).status?.lastDecision?.why ?? '').includes('2 nodes must wait (budget 0)'),
      );
      await harness.pass(30);
      expect(await leavingNow()).to.equal(0);
      await gone();
      harness.checkPromises(0);
    });
  });
});
