import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

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
    const ports = (await test.client.neutron('GET', '/ports?device_owner=')).body.ports!;
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
    ['soft-affinity', 3, ['ACTIVE', 'ACTIVE', 'ACTIVE']],
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
      const expected = policy.endsWith('anti-affinity') ? (statuses.includes('ERROR') ? 3 : 2) : 1;
      expect(hosts.size).to.equal(expected);
    });
  }
});
