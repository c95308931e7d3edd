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
      expect((await test.client.neutron('GET', '/ports')).body.ports).to.deep.equal([]);
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

describe('sandbox OpenStack: what comes and goes with a server', () => {
  let test: TestSandbox;

  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const boot = async (server?: Record<string, unknown>): Promise<string> => {
    const id = await test.createId(server);
    await test.clock.advance(5000);
    return id;
  };
  const remove = async (id: string): Promise<void> => {
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
  };

  it("its own port goes, the user's port stays free and down", async () => {
    const own = await test.client.neutron('POST', '/ports', { port: { network_id: test.networkId, name: 'mine' } });
    const portId = own.body.port!.id!;
    const id = await boot({ networks: [{ uuid: test.networkId }, { port: portId }] });
    expect((await test.client.neutron('GET', `/ports/${portId}`)).body.port).to.include({
      status: 'ACTIVE',
      device_id: id,
    });
    expect(test.hypervisor.booted[0]!.addresses).to.have.length(2);
    await remove(id);
    const ports = (await test.client.neutron('GET', '/ports')).body.ports!;
    expect(ports.map((port) => port.id)).to.deep.equal([portId]);
    expect(ports[0]).to.include({ status: 'DOWN', device_id: '', device_owner: '' });
  });

  it('its floating IP stays, unassociated', async () => {
    const id = await boot();
    const port = (await test.client.nova('GET', `/servers/${id}/os-interface`)).body.interfaceAttachments![0]!.port_id!;
    const external = (await test.client.neutron('GET', '/networks?router:external=true')).body.networks![0]!.id!;
    const made = await test.client.neutron('POST', '/floatingips', {
      floatingip: { floating_network_id: external, port_id: port },
    });
    const address = made.body.floatingip!.floating_ip_address!;
    expect(test.sandbox.servers()[0]!.addresses).to.deep.equal(['10.20.0.2', address]);
    await remove(id);
    const left = await test.client.neutron('GET', `/floatingips/${made.body.floatingip!.id!}`);
    expect(left.body.floatingip).to.include({ port_id: null, status: 'DOWN', floating_ip_address: address });
  });

  for (const [deleteOnTermination, left] of [
    [true, []],
    [false, ['available']],
  ] as const) {
    it(`its boot volume ${deleteOnTermination ? 'goes' : 'stays'} with delete_on_termination ${deleteOnTermination}`, async () => {
      const mapping = {
        uuid: test.imageId,
        source_type: 'image',
        destination_type: 'volume',
        boot_index: 0,
        volume_size: 30,
        delete_on_termination: deleteOnTermination,
      };
      const id = await boot({ imageRef: undefined, flavorRef: 'nodisk', block_device_mapping_v2: [mapping] });
      const volumes = `/volume/v3/${test.projectId}/volumes/detail`;
      expect((await test.client.request('GET', volumes)).body.volumes![0]).to.include({ status: 'in-use', size: 30 });
      expect(test.hypervisor.booted[0]!.disk).to.equal(30);
      expect((await test.show(id)).image).to.equal('');
      expect(test.sandbox.servers()[0]!.image).to.equal(undefined);
      await remove(id);
      const after = (await test.client.request('GET', volumes)).body.volumes!;
      expect(after.map((volume) => volume.status)).to.deep.equal(left);
    });
  }

  it('addresses are used again once free', async () => {
    const first = await boot();
    await remove(first);
    await boot();
    expect(test.sandbox.servers()[0]!.addresses).to.deep.equal(['10.20.0.2']);
  });

  it('its group forgets it', async () => {
    const made = await test.client.nova('POST', '/os-server-groups', {
      server_group: { name: 'g', policy: 'soft-anti-affinity' },
    });
    const group = made.body.server_group!.id!;
    const answer = await test.create({}, { hints: { group } });
    const id = answer.body.server!.id!;
    await test.clock.advance(5000);
    const members = async (): Promise<unknown> =>
      (await test.client.nova('GET', `/os-server-groups/${group}`)).body.server_group!.members;
    expect(await members()).to.deep.equal([id]);
    await remove(id);
    expect(await members()).to.deep.equal([]);
  });

  const placements: [policy: string, servers: number, statuses: string[]][] = [
    ['anti-affinity', 3, ['ACTIVE', 'ACTIVE', 'ERROR']],
    ['soft-anti-affinity', 3, ['ACTIVE', 'ACTIVE', 'ACTIVE']],
    ['affinity', 3, ['ACTIVE', 'ACTIVE', 'ACTIVE']],
  ];
  for (const [policy, servers, statuses] of placements) {
    it(`${policy} on two hosts: ${statuses.join(', ')}`, async () => {
      const made = await test.client.nova('POST', '/os-server-groups', { server_group: { name: 'g', policy } });
      for (let i = 0; i < servers; i++) {
        await test.create({ name: `n${i}` }, { hints: { group: made.body.server_group!.id } });
        await test.clock.advance(5000);
      }
      expect(test.sandbox.servers().map((server) => server.status)).to.deep.equal(statuses);
      const hosts = new Set<string>();
      for (const server of test.sandbox.servers()) hosts.add((await test.show(server.id)).hostId!);
      expect(hosts.size).to.equal(policy === 'affinity' ? 1 : statuses.includes('ERROR') ? 3 : 2);
    });
  }
});

describe('sandbox OpenStack: power', () => {
  let test: TestSandbox;
  let id: string;

  beforeEach(async () => {
    test = await startTestSandbox();
    id = await test.createId();
    await test.clock.advance(5000);
  });
  afterEach(() => test.sandbox.close());

  const act = (body: unknown): ReturnType<TestSandbox['create']> =>
    test.client.nova('POST', `/servers/${id}/action`, body);

  const steps: [
    title: string,
    actions: unknown[],
    status: string,
    powerState: number,
    boots: number,
    destroys: number,
  ][] = [
    ['stop', [{ 'os-stop': null }], 'SHUTOFF', 4, 1, 1],
    ['stop and start', [{ 'os-stop': null }, { 'os-start': null }], 'ACTIVE', 1, 2, 1],
    ['hard reboot', [{ reboot: { type: 'HARD' } }], 'ACTIVE', 1, 2, 1],
    ['soft reboot', [{ reboot: { type: 'soft' } }], 'ACTIVE', 1, 2, 1],
    ['suspend', [{ suspend: null }], 'SUSPENDED', 4, 1, 0],
    ['suspend and resume', [{ suspend: null }, { resume: null }], 'ACTIVE', 1, 1, 0],
    ['pause', [{ pause: null }], 'PAUSED', 3, 1, 0],
    ['pause and unpause', [{ pause: null }, { unpause: null }], 'ACTIVE', 1, 1, 0],
  ];
  for (const [title, actions, status, powerState, boots, destroys] of steps) {
    it(title, async () => {
      for (const action of actions) expect((await act(action)).status).to.equal(202);
      expect(await test.show(id)).to.include({ status, 'OS-EXT-STS:power_state': powerState });
      expect(test.hypervisor.booted).to.have.length(boots);
      expect(test.hypervisor.destroyed).to.have.length(destroys);
    });
  }

  it('destroys the guest of a stopped server no second time when it is deleted', async () => {
    await act({ 'os-stop': null });
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
  });

  const refusals: [title: string, before: unknown[], action: unknown, status: number, message: RegExp][] = [
    [
      'start of a running one',
      [],
      { 'os-start': null },
      409,
      /Cannot 'start' instance .* while it is in vm_state active$/,
    ],
    [
      'pause of a suspended one',
      [{ suspend: null }],
      { pause: null },
      409,
      /Cannot 'pause' instance .* in vm_state suspended$/,
    ],
    ['reboot without a type', [], { reboot: {} }, 400, /Value: \{\}\. 'type' is a required property$/],
    ['no action', [], {}, 400, /^Malformed request body$/],
    ['not JSON', [], 'nope', 400, /^Malformed request body$/],
    [
      'console with a bad length',
      [],
      { 'os-getConsoleOutput': { length: 'x' } },
      400,
      /'x' does not match '\^-\?\[0-9\]\+\$'$/,
    ],
    [
      'console with a negative length',
      [],
      { 'os-getConsoleOutput': { length: -2 } },
      400,
      /-2 is less than the minimum of -1$/,
    ],
    ['migration', [], { 'os-migrate': null }, 403, /^Policy doesn't allow os_compute_api:os-migrate-server:migrate/],
  ];
  for (const [title, before, action, status, message] of refusals) {
    it(`refuses ${title} with ${status}`, async () => {
      for (const step of before) await act(step);
      const answer = await act(action);
      expect(answer.status).to.equal(status);
      expect(Object.values(answer.body)[0]!.message).to.match(message);
    });
  }

  const consoles: [options: object, output: string][] = [
    [{}, 'one\ntwo\nthree\n'],
    [{ length: 2 }, 'two\nthree\n'],
    [{ length: '1' }, 'three\n'],
    [{ length: 50 }, 'one\ntwo\nthree\n'],
    [{ length: -1 }, 'one\ntwo\nthree\n'],
    [{ length: 0 }, ''],
  ];
  for (const [options, output] of consoles) {
    it(`shows the console for ${JSON.stringify(options)}`, async () => {
      test.hypervisor.consoleText = 'one\ntwo\nthree\n';
      expect((await act({ 'os-getConsoleOutput': options })).body.output).to.equal(output);
    });
  }

  it("neither deletes nor unlocks what an administrator locked, but the user's own lock binds nobody", async () => {
    test.sandbox.lockServer(id, true);
    for (const answer of [
      await test.client.nova('DELETE', `/servers/${id}`),
      await act({ unlock: null }),
      await act({ 'os-stop': null }),
    ]) {
      expect(answer.status).to.equal(409);
      expect(answer.body.conflictingRequest!.message).to.equal(`Instance ${id} is locked`);
    }
    test.sandbox.lockServer(id, false);
    await act({ lock: { locked_reason: 'mine' } });
    expect(await test.show(id)).to.include({ locked: true, locked_reason: 'mine' });
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(204);
  });
});
