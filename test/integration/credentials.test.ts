/** Secrets and templates that change under nodes that work. */
import { expect } from 'chai';
import { CLOUDS, MASTERS, NODES, POOLS, SECRETS } from '../../src/api/resources.ts';
import type { Stage } from './bad-input-stage.ts';
import { ONE_SMALL, stageForEach } from './change-stage.ts';
import { condition, NAMESPACE, pool, type Harness } from './harness.ts';

describe('what changes under nodes that work', function () {
  this.timeout(120_000);
  let harness: Harness;
  let stage: Stage;
  stageForEach((made) => ([stage, harness] = [made, made.harness]));

  const queue = (runSeconds: number): number =>
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds });
  const jobRuns = async (): Promise<boolean> =>
    await harness.until('the job runs', 180, () =>
      harness.sandbox.pool.jobs().some(({ status }) => status === 'Running'),
    );
  const cloudSays = async (type: string, reason: string): Promise<string> => {
    const found = await harness.until(`${type} of cloud-a is ${reason}`, 200, async () => {
      const now = condition(await harness.cloud('cloud-a'), type);
      return now?.reason === reason ? now : undefined;
    });
    return found.message;
  };

  it('a Secret that is spoilt costs no node and no job, and is heard of when it is mended', async () => {
    await harness.apply(pool(ONE_SMALL));
    queue(150);
    await jobRuns();
    await stage.patchSecret('openstack', { 'clouds.yaml': 'clouds: {}' });
    const message = await cloudSays('Authenticated', 'InvalidCredentials');
    expect(message).to.match(/clouds\.yaml: clouds\.ehos: no such cloud: it is empty/);
    expect(harness.sandbox.openstack.servers()).to.have.length(1);
    expect((await harness.nodes()).map(({ status }) => status?.phase)).to.deep.equal(['Ready']);
    await stage.patchSecret('openstack', { 'clouds.yaml': stage.cloudsYaml });
    await harness.until('the cloud is ready', 30, async () => {
      return condition(await harness.cloud('cloud-a'), 'Ready')?.status === 'True';
    });
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('credentials of another project are refused as long as there are nodes in this one', async () => {
    await harness.apply(pool(ONE_SMALL));
    queue(150);
    await jobRuns();
    const before = harness.sandbox.openstack.servers().map(({ id }) => id);
    const identityRef = { cloudName: 'ehos-b' };
    await harness.patch(CLOUDS, 'cloud-a', { spec: { openstack: { identityRef } } });
    const message = await cloudSays('Authenticated', 'InvalidCredentials');
    expect(message).to.match(
      /^spec\.openstack\.identityRef: the credentials are for project [0-9a-f]{32}, and 1 node of this cloud is in project [0-9a-f]{32}: /,
    );
    await harness.pass(90);
    expect(await harness.nodes(), 'nodes').to.have.length(1);
    expect(harness.sandbox.openstack.servers().map(({ id }) => id)).to.deep.equal(before);
    await harness.patch(CLOUDS, 'cloud-a', { spec: { openstack: { identityRef: { cloudName: 'ehos' } } } });
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
    await harness.patch(CLOUDS, 'cloud-a', { spec: { openstack: { identityRef } } });
    await harness.until('without nodes it moves', 60, async () => {
      return (await harness.cloud('cloud-a')).status?.quota?.instances?.limit === 10;
    });
  });

  it('everything deleted at once, Secrets first, as kubectl delete -f does: the nodes are drained and go', async () => {
    await harness.apply(pool(ONE_SMALL));
    queue(150);
    await jobRuns();
    await harness.client.delete(SECRETS, NAMESPACE, 'openstack');
    await harness.client.delete(SECRETS, NAMESPACE, 'master-ssh');
    for (const name of ['cloud-a', 'cloud-b']) await harness.client.delete(CLOUDS, NAMESPACE, name);
    await harness.client.delete(MASTERS, NAMESPACE, 'master');
    await harness.client.delete(POOLS, NAMESPACE, 'pool-a');
    for (const type of [NODES, POOLS, CLOUDS, MASTERS])
      await harness.until(`no ${type.plural} are left`, 400, async () => {
        return (await harness.client.list(type, NAMESPACE)).items.length === 0;
      });
    harness.checkPromises(1);
  });

  it('one unknown flavor among good ones is told, and the others are used', async () => {
    await harness.apply(pool({ ...ONE_SMALL, template: { flavors: ['m9.huge', 'm1.small'] } }));
    const ready = await harness.until('the pool says so', 60, async () => {
      const now = condition(await harness.pool(), 'Ready');
      return now?.reason === 'PartlyInvalid' ? now : undefined;
    });
    expect(ready.status).to.equal('True');
    expect(ready.message).to.match(
      /^cloud-a: spec\.template\.flavors: the cloud has no flavor "m9\.huge": there are .*"m1\.small"/,
    );
    queue(5);
    await harness.allJobsDone(1);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('an image that one of two clouds lacks is told, and the other cloud is used', async () => {
    const clouds = [{ name: 'cloud-a', image: { name: 'no-such-image' } }, { name: 'cloud-b' }];
    await harness.apply(pool({ ...ONE_SMALL, clouds }));
    queue(5);
    await harness.allJobsDone(1);
    expect(condition(await harness.pool(), 'Ready')).to.include({ status: 'True', reason: 'PartlyInvalid' });
    expect(condition(await harness.pool(), 'Ready')?.message).to.match(
      /^cloud-a: spec\.clouds\[0\]\.image\.name: no image has the name "no-such-image"/,
    );
    expect((await harness.nodes()).map(({ spec }) => spec.cloudRef.name)).to.deep.equal(['cloud-b']);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });

  it('a service that hangs is told as such, is no mistake of the admin, and is used when it answers', async () => {
    harness.sandbox.openstack.faults.add({ service: 'image', path: /images/, delayMs: 600_000 });
    await harness.apply(pool({ ...ONE_SMALL, clouds: [{ name: 'cloud-a' }] }, 'pool-a'));
    const waiting = await harness.until('the pool says so', 60, async () => {
      const now = condition(await harness.pool(), 'Ready');
      return now?.reason === 'NoCloudAvailable' ? now : undefined;
    });
    expect(waiting.message).to.equal('cloud-a: the cloud is slow to say what the template names');
    harness.sandbox.openstack.faults.clear();
    queue(5);
    await harness.allJobsDone(1, 300);
    await harness.allNodesGone();
    harness.checkPromises(1);
  });
});
