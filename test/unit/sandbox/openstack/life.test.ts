import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

const DELETED_404 = /^Instance [0-9a-f-]{36} could not be found\.$/;

describe('sandbox OpenStack: the life of a server', () => {
  let test: TestSandbox;

  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const statusOf = (id: string): string | undefined =>
    test.sandbox.servers().find((server) => server.id === id)?.status;
  const eventsOf = (id: string): string[] =>
    test.sandbox.events.filter((event) => event.serverId === id).map((event) => event.type);

  it('goes from BUILD/scheduling over BUILD/spawning to ACTIVE after the spawn delay', async () => {
    const id = await test.createId();
    expect(await test.show(id)).to.include({ status: 'BUILD', 'OS-EXT-STS:task_state': 'scheduling', hostId: '' });
    await test.clock.advance(100);
    expect(await test.show(id)).to.include({ status: 'BUILD', 'OS-EXT-STS:task_state': 'spawning' });
    await test.clock.advance(4899);
    expect((await test.show(id)).status).to.equal('BUILD');
    await test.clock.advance(1);
    expect(await test.show(id)).to.include({ status: 'ACTIVE', 'OS-EXT-STS:task_state': null });
    expect(eventsOf(id)).to.deep.equal(['requested', 'active']);
  });

  it('boots its guest when it becomes ACTIVE, with what the request said', async () => {
    const userData = Buffer.from('#cloud-config\n{}\n');
    const id = await test.createId({
      name: 'node-7',
      user_data: userData.toString('base64'),
      metadata: { a: 'b' },
      flavorRef: '4',
    });
    await test.clock.advance(4999);
    expect(test.hypervisor.booted).to.deep.equal([]);
    await test.clock.advance(1);
    expect(test.hypervisor.booted).to.deep.equal([
      {
        serverId: id,
        name: 'node-7',
        projectId: test.projectId,
        cores: 4,
        memory: 8192,
        disk: 80,
        addresses: ['10.20.0.2'],
        userData,
        metadata: { a: 'b' },
      },
    ]);
  });

  it('has no user data when none was given', async () => {
    await test.createId();
    await test.clock.advance(5000);
    expect(test.hypervisor.booted[0]!.userData).to.equal(undefined);
  });

  it('shows addresses from ACTIVE on, though its port is there before', async () => {
    const id = await test.createId();
    await test.clock.advance(1000);
    expect((await test.show(id)).addresses).to.deep.equal({});
    expect((await test.client.neutron('GET', `/ports?device_id=${id}`)).body.ports).to.have.length(1);
    await test.clock.advance(4000);
    expect((await test.show(id)).addresses!['ehos-net']![0]!.addr).to.equal('10.20.0.2');
  });

  it('lingers with task_state deleting, then is 404 and its guest destroyed once', async () => {
    const id = await test.createId();
    await test.clock.advance(5000);
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(204);
    expect(await test.show(id)).to.include({ status: 'ACTIVE', 'OS-EXT-STS:task_state': 'deleting' });
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(204);
    expect(test.hypervisor.destroyed).to.deep.equal([]);
    await test.clock.advance(500);
    const gone = await test.client.nova('GET', `/servers/${id}`);
    expect(gone.status).to.equal(404);
    expect(gone.body.itemNotFound!.message).to.match(DELETED_404);
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(404);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
    await test.clock.advance(60_000);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
    expect(eventsOf(id)).to.deep.equal(['requested', 'active', 'delete-requested', 'gone']);
  });

  it('is gone at once while it is a build request, and never boots', async () => {
    const id = await test.createId();
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(204);
    expect((await test.client.nova('GET', `/servers/${id}`)).status).to.equal(404);
    await test.clock.advance(60_000);
    expect(test.hypervisor.booted).to.deep.equal([]);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
  });

  it('waits for the driver when deleted while it spawns, and never boots', async () => {
    const id = await test.createId();
    await test.clock.advance(1000);
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(3999);
    expect(await test.show(id)).to.include({ status: 'BUILD', 'OS-EXT-STS:task_state': 'deleting' });
    await test.clock.advance(501);
    expect(statusOf(id)).to.equal(undefined);
    expect(test.hypervisor.booted).to.deep.equal([]);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
  });

  const failures: [
    title: string,
    server: Record<string, unknown>,
    driver: Partial<TestSandbox['sandbox']['driver']>,
    fault: RegExp,
  ][] = [
    ['a flavor that fits nowhere', { flavorRef: 'huge' }, {}, /^No valid host was found\. $/],
    ['a full cloud', { name: 'full-1' }, { noValidHost: /^full-/ }, /^No valid host was found\. $/],
    [
      'a spawn that fails',
      { name: 'bad-1' },
      { failSpawn: /^bad-/ },
      /^Exceeded maximum number of retries\. Exhausted all hosts available/,
    ],
  ];
  for (const [title, server, driver, fault] of failures) {
    it(`ends in ERROR with Nova's fault: ${title}`, async () => {
      Object.assign(test.sandbox.driver, driver);
      const id = await test.createId(server);
      await test.clock.advance(6000);
      const shown = await test.show(id);
      expect(shown).to.include({ status: 'ERROR', 'OS-EXT-STS:vm_state': 'error', hostId: '' });
      expect(shown.fault!.code).to.equal(500);
      expect(shown.fault!.message).to.match(fault);
      expect(shown).to.not.have.any.keys('progress', 'security_groups');
      expect(test.sandbox.servers()[0]!.fault).to.match(fault);
      expect((await test.client.neutron('GET', `/ports?device_id=${id}`)).body.ports).to.deep.equal([]);
      expect(eventsOf(id)).to.deep.equal(['requested', 'error']);
      await test.client.nova('DELETE', `/servers/${id}`);
      await test.clock.advance(500);
      expect(statusOf(id)).to.equal(undefined);
      expect(test.hypervisor.booted).to.deep.equal([]);
      expect(test.hypervisor.destroyed).to.deep.equal([id]);
    });
  }

  it('goes to ERROR when its deletion fails, and goes on the second try', async () => {
    const id = await test.createId({ name: 'sticky' });
    await test.clock.advance(5000);
    test.sandbox.driver.failDelete = /^sticky$/;
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
    const shown = await test.show(id);
    expect(shown).to.include({ status: 'ERROR', 'OS-EXT-STS:task_state': null });
    expect(shown.fault!.message).to.match(/^Failed to terminate instance: /);
    expect(test.hypervisor.destroyed).to.deep.equal([]);
    test.sandbox.driver.failDelete = undefined;
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
    expect(statusOf(id)).to.equal(undefined);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
  });

  it('stays in BUILD without a host while the hosts are dead, and is built when they are back', async () => {
    test.sandbox.driver.neverActive = /./;
    const id = await test.createId();
    await test.clock.advance(3600_000);
    expect(await test.show(id)).to.include({ status: 'BUILD', 'OS-EXT-STS:task_state': 'scheduling', hostId: '' });
    test.sandbox.driver.neverActive = undefined;
    await test.clock.advance(6000);
    expect(statusOf(id)).to.equal('ACTIVE');
  });

  it('is deleted at once while the hosts are dead', async () => {
    test.sandbox.driver.neverActive = /./;
    const id = await test.createId();
    await test.clock.advance(10_000);
    await test.client.nova('DELETE', `/servers/${id}`);
    expect(statusOf(id)).to.equal(undefined);
    test.sandbox.driver.neverActive = undefined;
    await test.clock.advance(10_000);
    expect(test.hypervisor.booted).to.deep.equal([]);
  });

  it('stays a build request while the scheduler hangs, and goes on when it is back', async () => {
    test.sandbox.driver.schedulerDown = true;
    const id = await test.createId();
    await test.clock.advance(60_000);
    const limits = await test.client.nova('GET', '/limits');
    expect(limits.body.limits!.absolute!.totalInstancesUsed).to.equal(0);
    expect((await test.client.nova('GET', `/servers/${id}/tags`)).status).to.equal(404);
    test.sandbox.driver.schedulerDown = false;
    await test.clock.advance(7000);
    expect(statusOf(id)).to.equal('ACTIVE');
  });

  it('takes the delay of the driver before that of the cloud', async () => {
    test.sandbox.driver.spawnDelayMs = 60_000;
    const id = await test.createId();
    await test.clock.advance(59_999);
    expect(statusOf(id)).to.equal('BUILD');
    await test.clock.advance(1);
    expect(statusOf(id)).to.equal('ACTIVE');
  });

  it('fires nothing after close', async () => {
    await test.createId();
    await test.sandbox.close();
    await test.clock.advance(60_000);
    expect(test.hypervisor.booted).to.deep.equal([]);
    test = await startTestSandbox();
  });

  it('gives the same answers for the same seed', async () => {
    const other = await startTestSandbox();
    try {
      const [a, b] = [await test.create(), await other.create()];
      expect(a.body.server!.id).to.equal(b.body.server!.id);
      expect(a.body.server!.adminPass).to.equal(b.body.server!.adminPass);
      expect(other.client.token).to.equal(test.client.token);
    } finally {
      await other.sandbox.close();
    }
  });
});
