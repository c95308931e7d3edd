import { expect } from 'chai';
import { Harness, pool } from './harness.ts';

describe('the main loop', function () {
  this.timeout(120_000);
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
    await harness.applyPeers();
  });
  afterEach(async () => await harness.close());

  it('I20: queued jobs get nodes on two clouds, run once, and the nodes go away', async () => {
    await harness.apply(pool());
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 20 }, 12);
    harness.sandbox.pool.submit({ cpus: 2, memory: 1024, disk: 1024, runSeconds: 20 }, 6);
    harness.sandbox.pool.submit({ cpus: 4, memory: 2048, disk: 1024, runSeconds: 20, pool: 'pool-a' }, 3);
    const clouds = new Set<string>();
    await harness.until('all jobs are done', 600, async () => {
      for (const node of await harness.nodes()) clouds.add(node.spec.cloudRef.name);
      return harness.sandbox.pool.history().length >= 21;
    });
    await harness.allNodesGone();
    harness.checkPromises(21);
    expect([...clouds].sort()).to.deep.equal(['cloud-a', 'cloud-b']);
  });

  it('I12: no node and one queued job gives a node', async () => {
    await harness.apply(pool());
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 5 }, 1);
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });
});
