/** Nodes that must leave though they work, nodes that are replaced, and what is done while Kubernetes is away. */
import { expect } from 'chai';
import { CLOUDS, MASTERS, NODES, POOLS, type EhosNode, type ResourceType } from '../../src/api/resources.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

describe('nodes that must leave', function () {
  this.timeout(180_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
    await harness.applyPeers();
  });
  afterEach(async () => await harness.close());

  const one = { clouds: [{ name: 'cloud-a' }], maxNodes: 1, template: { flavors: ['m1.medium'] } };
  const submit = (count: number, runSeconds: number): number =>
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds }, count);
  const running = (): number => harness.sandbox.pool.jobs().filter(({ status }) => status === 'Running').length;
  const jobsRun = async (count: number): Promise<boolean> =>
    await harness.until(`${count} jobs run`, 300, () => running() === count);
  const drainMessage = async (words: RegExp): Promise<string> =>
    await harness.until(`a node says ${String(words)}`, 60, async () => {
      const messages = (await harness.nodes()).map((node) => condition(node, 'Drained')?.message ?? '');
      return messages.find((message) => words.test(message));
    });
  const gone = async (type: ResourceType, name: string, seconds = 300): Promise<boolean> =>
    await harness.until(`${type.kind} ${name} is gone`, seconds, async () => {
      const { items } = await harness.client.list(type, NAMESPACE);
      return !items.some(({ metadata }) => metadata.name === name);
    });
  const only = async (): Promise<EhosNode> => {
    const [node] = await harness.nodes();
    if (!node) throw new Error('there is no node');
    return node;
  };

  it('I28: a busy node that is deleted takes no more jobs, loses none, and is gone when they have ended', async () => {
    await harness.apply(pool(one));
    submit(2, 90);
    await jobsRun(2);
    const { metadata } = await only();
    await harness.client.delete(NODES, NAMESPACE, metadata.name);
    await drainMessage(/waits for 2 running jobs/);
    submit(4, 10);
    await harness.until('the slot drains', 30, () => {
      const startds = [...harness.sandbox.pool.collector.startds.values()];
      return startds.some(({ draining, slots }) => draining !== undefined && slots.size === 2);
    });
    await gone(NODES, metadata.name);
    await harness.allJobsDone(6, 900);
    await harness.allNodesGone();
    harness.checkPromises(6);
  });

  it('I3: a drain that waits for jobs goes on after restarts', async () => {
    await harness.apply(pool(one));
    submit(2, 120);
    await jobsRun(2);
    const { metadata } = await only();
    await harness.client.delete(NODES, NAMESPACE, metadata.name);
    for (let i = 0; i < 4; i++) {
      await harness.pass(7);
      await harness.stopOperator();
      await harness.startOperator();
    }
    await gone(NODES, metadata.name);
    await harness.allJobsDone(2);
    await harness.allNodesGone();
    harness.checkPromises(2);
  });

  for (const [first, second, third] of [
    [CLOUDS, MASTERS, POOLS],
    [MASTERS, POOLS, CLOUDS],
    [POOLS, CLOUDS, MASTERS],
  ] as const)
    it(`${first.kind}, ${second.kind} and ${third.kind} deleted in this order: nodes are drained first, and each says what it waits for`, async () => {
      await harness.apply(pool(one));
      submit(2, 60);
      await jobsRun(2);
      const names = new Map([
        [CLOUDS, 'cloud-a'],
        [MASTERS, 'master'],
        [POOLS, 'pool-a'],
      ]);
      for (const type of [first, second, third]) {
        await harness.client.delete(type, NAMESPACE, names.get(type) ?? '');
        await harness.pass(3);
      }
      await drainMessage(/waits for 2 running jobs/);
      for (const type of [first, second, third]) {
        const object = await harness.client.get<EhosNode>(type, NAMESPACE, names.get(type) ?? '');
        const ready = condition(object, 'Ready');
        expect(ready, type.kind).to.include({ status: 'False', reason: 'Deleting' });
        expect(ready?.message, type.kind).to.match(/drain/);
      }
      for (const type of [first, second, third]) await gone(type, names.get(type) ?? '');
      await harness.allJobsDone(2);
      expect(harness.sandbox.pool.killedByDrain).to.deep.equal([]);
      expect(harness.sandbox.openstack.servers()).to.deep.equal([]);
    });

  it('with a grace period the jobs of a deleted node are vacated when it is over, named, and done elsewhere', async () => {
    await harness.apply(pool({ ...one, disruption: { terminationGracePeriod: '1m' } }));
    submit(2, 150);
    await jobsRun(2);
    const { metadata } = await only();
    const asked = harness.clock.now();
    await harness.client.delete(NODES, NAMESPACE, metadata.name);
    await drainMessage(/waits for 2 running jobs, until .* at the latest/);
    const told = await harness.told(metadata.name, 'JobsVacated', 120);
    expect(harness.clock.now() - asked, 'not before').to.be.at.least(60_000);
    expect(told).to.match(/HTCondor vacates jobs \d+\.\d+ of alice@\S+, \d+\.\d+ of alice/);
    await gone(NODES, metadata.name);
    await harness.allJobsDone(2, 900);
    await harness.allNodesGone();
    expect(harness.sandbox.pool.history().map(({ starts }) => starts)).to.deep.equal([2, 2]);
    expect(harness.sandbox.openstack.servers()).to.deep.equal([]);
  });

  it('where a job may not be waited for, it is not harmed: the node goes when it is idle', async () => {
    await harness.apply(pool(one));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 60, maxRetirementSeconds: 0 });
    await jobsRun(1);
    const { metadata } = await only();
    await harness.client.delete(NODES, NAMESPACE, metadata.name);
    await drainMessage(/may not be waited for by a drain/);
    await gone(NODES, metadata.name);
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('nodes that drifted are replaced within the budget, and no job is lost', async () => {
    const budgets = [{ nodes: '1' }];
    await harness.apply(pool({ ...one, maxNodes: 4, minNodes: 2, disruption: { budgets } }));
    submit(4, 40);
    await jobsRun(4);
    await harness.until('both nodes are ready', 60, async () =>
      (await harness.nodes()).every(({ status }) => status?.phase === 'Ready'),
    );
    const before = (await harness.nodes()).map(({ metadata }) => metadata.name);
    const template = { startdAttributes: { HasNewThing: 'true' } };
    await harness.patch(POOLS, 'pool-a', { spec: { template } });
    await harness.until('they have drifted', 60, async () =>
      (await harness.nodes()).some((node) => condition(node, 'Drifted')?.status === 'True'),
    );
    let least = Infinity;
    await harness.until('all are new', 900, async () => {
      const nodes = await harness.nodes();
      const ready = nodes.filter(({ status }) => status?.phase === 'Ready').length;
      least = Math.min(least, ready);
      const leaving = nodes.filter(({ status }) => status?.drainRequested !== undefined).length;
      expect(leaving, 'leaving at the same time').to.be.at.most(1);
      return nodes.length === 2 && nodes.every(({ metadata }) => !before.includes(metadata.name));
    });
    expect(least, 'ready nodes at any time').to.be.at.least(2);
    await harness.patch(POOLS, 'pool-a', { spec: { minNodes: 0 } });
    await harness.allJobsDone(4);
    await harness.allNodesGone();
    harness.checkPromises(4);
  });

  it('a node on which jobs fail at once takes no more, is kept, and is told; the others go on', async () => {
    harness.sandbox.guests.behave({ blackHole: true, count: 1 });
    const spec = { ...one, maxNodes: 3, minNodes: 3, template: { flavors: ['m1.small'] } };
    await harness.apply(pool(spec));
    await harness.until(
      'three nodes are there',
      300,
      async () => (await harness.nodes()).filter(({ status }) => status?.phase === 'Ready').length === 3,
    );
    submit(120, 20);
    const hole = await harness.until('one is found', 900, async () =>
      (await harness.nodes()).find((node) => condition(node, 'BlackHole')?.status === 'True'),
    );
    const failed = (): number => harness.sandbox.pool.history().filter(({ exitCode }) => exitCode === 1).length;
    await harness.told('pool-a', 'BlackHole');
    await harness.until('it takes no more', 60, () => {
      const startds = [...harness.sandbox.pool.collector.startds.values()];
      return startds.some(({ spec: { blackHole }, draining }) => blackHole === true && draining !== undefined);
    });
    const before = failed();
    await harness.pass(60);
    expect(failed() - before, 'jobs that failed since').to.be.at.most(1);
    expect(harness.sandbox.openstack.servers().length, 'it is kept').to.be.at.least(3);
    expect((await harness.pool()).status?.blackHoles).to.equal(1);
    await harness.client.delete(NODES, NAMESPACE, hole.metadata.name);
    await gone(NODES, hole.metadata.name);
  });

  it('I1: while Kubernetes cannot be written nothing is made and nothing deleted; afterwards it goes on', async () => {
    await harness.apply(pool({ ...one, maxNodes: 2 }));
    submit(1, 60);
    await jobsRun(1);
    const before = harness.sandbox.openstack.servers().map(({ id }) => id);
    const asked = harness.requested();
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'])
      harness.sandbox.kube.faults.add({ method, path: /ehos\.io/, status: 503 });
    submit(3, 20);
    await harness.pass(120);
    expect(harness.requested(), 'servers asked for').to.equal(asked);
    expect(harness.sandbox.openstack.servers().map(({ id }) => id)).to.deep.equal(before);
    harness.sandbox.kube.faults.clear();
    await harness.allJobsDone(4, 900);
    await harness.allNodesGone(900);
    harness.checkPromises(4);
  });
});
