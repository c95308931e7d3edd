import { expect } from 'chai';
import type { ServerCreate } from '../../../src/openstack/sdk.ts';
import { captured, NOVA } from './fake-transport.ts';
import { errorOf, made, nova } from './sdk-fixture.ts';

describe('compute: versions', () => {
  const rows: [string, string][] = [
    ['2.100', '2.96'],
    ['2.96', '2.96'],
    ['2.90', '2.90'],
    ['2.52', '2.52'],
  ];
  for (const [theirs, ours] of rows) {
    it(`speaks ${ours} with a Nova up to ${theirs}`, async () => {
      const { os, transport } = made({ [`GET ${NOVA}/`]: nova(theirs), [`GET ${NOVA}/limits`]: 'nova-limits' });
      await Promise.all([os.compute.limits(), os.compute.limits()]);
      expect(await os.compute.microversion()).to.equal(ours);
      expect(transport.seen.at(-1)?.request.headers).to.include({ 'openstack-api-version': `compute ${ours}` });
      expect(transport.count(`GET ${NOVA}/`)).to.equal(1);
    });
  }
  it('refuses a Nova before 2.52', async () => {
    const error = await errorOf(made({ [`GET ${NOVA}/`]: nova('2.51') }).os.compute.limits());
    expect(error).to.include({ errorClass: 'Invalid', field: 'clouds.yaml: clouds.c' });
    expect(error.message).to.contain('speaks up to 2.51, and 2.52 is needed');
  });
  for (const body of [{}, { version: {} }, { version: { version: '3.0' } }]) {
    it(`does not take ${JSON.stringify(body)} for a version, and asks again later`, async () => {
      let first = true;
      const { os } = made({ [`GET ${NOVA}/`]: () => (first ? ((first = false), { body }) : nova('2.96')) });
      expect(await errorOf(os.compute.microversion())).to.include({ errorClass: 'Transient' });
      expect(await os.compute.microversion()).to.equal('2.96');
    });
  }
  it('negotiates anew after 406', async () => {
    let version = '2.96';
    const { os } = made({
      [`GET ${NOVA}/`]: () => nova(version),
      [`GET ${NOVA}/limits`]: ({ request }) =>
        captured(
          request.headers['openstack-api-version'] === 'compute 2.90'
            ? 'nova-limits'
            : 'nova-microversion-too-high-406',
        ),
    });
    expect(await errorOf(os.compute.limits())).to.include({ status: 406 });
    version = '2.90';
    expect((await os.compute.limits()).maxCores).to.equal(20_000);
  });
});

describe('compute: creating', () => {
  const WISH: ServerCreate = {
    name: 'n',
    flavorId: '2',
    imageId: 'i',
    networks: [{ networkId: 'net' }],
    hostname: 'n',
    tags: ['t'],
    userData: Buffer.from('#!/bin/sh\n'),
    securityGroups: ['default'],
    serverGroupId: 'g',
  };
  async function bodyOf(wish: ServerCreate, version = '2.96'): Promise<Record<string, unknown>> {
    const { os, transport } = made({ [`GET ${NOVA}/`]: nova(version), [`POST ${NOVA}/servers`]: 'server-create-full' });
    expect(await os.compute.createServer(wish)).to.deep.equal({ id: '0a2de917-67b1-4e48-bec1-77daeaccbf00' });
    return transport.seen.at(-1)?.body as Record<string, unknown>;
  }
  it('sends what was asked for', async () => {
    expect(await bodyOf(WISH)).to.deep.equal({
      server: {
        name: 'n',
        flavorRef: '2',
        imageRef: 'i',
        networks: [{ uuid: 'net' }],
        hostname: 'n',
        tags: ['t'],
        user_data: 'IyEvYmluL3NoCg==',
        security_groups: [{ name: 'default' }],
      },
      'os:scheduler_hints': { group: 'g' },
    });
  });
  it('leaves the hostname out before 2.90', async () => {
    expect((await bodyOf(WISH, '2.89')).server).to.not.have.property('hostname');
  });
  it('names ports, and none', async () => {
    const server = (body: Record<string, unknown>): unknown => body.server;
    expect(server(await bodyOf({ ...WISH, networks: [{ portId: 'p' }] }))).to.deep.include({
      networks: [{ port: 'p' }],
    });
    expect(server(await bodyOf({ ...WISH, networks: 'none' }))).to.deep.include({ networks: 'none' });
  });
  it('boots from a new volume', async () => {
    const rest = { ...WISH };
    delete rest.imageId;
    const body = await bodyOf({
      ...rest,
      blockDevices: [{ imageId: 'i', size: 2, volumeType: 'ssd', deleteOnTermination: true }],
    });
    const device = {
      uuid: 'i',
      source_type: 'image',
      destination_type: 'volume',
      boot_index: 0,
      volume_size: 2,
      volume_type: 'ssd',
      delete_on_termination: true,
    };
    expect(body.server).to.deep.include({ block_device_mapping_v2: [device] });
    expect(body.server).to.not.have.property('imageRef');
  });
  it('refuses a volume type before 2.67, and asks nothing', async () => {
    const { os, transport } = made({ [`GET ${NOVA}/`]: nova('2.66') });
    const device = { imageId: 'i', size: 2, volumeType: 'ssd', deleteOnTermination: true };
    expect(await errorOf(os.compute.createServer({ ...WISH, blockDevices: [device] }))).to.include({
      errorClass: 'Invalid',
      field: 'volume_type',
    });
    expect(transport.lines).to.deep.equal([]);
  });
  it('takes 49,149 bytes of user data and refuses one more without asking', async () => {
    const body = await bodyOf({ ...WISH, userData: Buffer.alloc(49_149) });
    expect((body.server as { user_data: string }).user_data).to.have.length(65_532);
    const { os, transport } = made({});
    const error = await errorOf(os.compute.createServer({ ...WISH, userData: Buffer.alloc(49_150) }));
    expect(error).to.include({ errorClass: 'Invalid', field: 'user_data', maybeDone: false });
    expect(error.message).to.contain('49150').and.to.contain('49149');
    expect(transport.lines).to.deep.equal([]);
  });
  for (const body of [undefined, {}, { server: {} }]) {
    it(`says that a server may exist after the answer ${body === undefined ? 'nothing' : JSON.stringify(body)}`, async () => {
      const { os } = made({ [`POST ${NOVA}/servers`]: { status: 202, body } });
      expect(await errorOf(os.compute.createServer(WISH))).to.include({ errorClass: 'Transient', maybeDone: true });
    });
  }
});

describe('compute: reading', () => {
  const ID = '0a2de917-67b1-4e48-bec1-77daeaccbf00';
  it('a server', async () => {
    const server = await made({ [`GET ${NOVA}/servers/${ID}`]: 'server-get-2.96' }).os.compute.getServer(ID);
    expect(server).to.deep.equal({
      id: ID,
      name: 'ehos-pool-a-1',
      status: 'ACTIVE',
      taskState: undefined,
      vmState: 'active',
      createdAt: Date.UTC(2026, 10, 23, 21, 15, 23),
      updatedAt: Date.UTC(2026, 10, 23, 21, 15, 25),
      tags: ['ehos', 'ehos-req-0001'],
      metadata: { 'ehos.pool': 'a', 'ehos.request': 'req-0001' },
      flavor: 'm1.small',
      imageId: 'cb5f1962-fb22-4afa-a59e-28cb1790e1c4',
      addresses: [{ network: 'ehos-net', address: '10.20.1.90', version: 4, type: 'fixed' }],
      keyName: 'ehos-key',
      availabilityZone: 'nova',
      hostname: 'ehos-pool-a-1',
      volumes: [],
      fault: undefined,
    });
  });
  it('a server that boots from a volume', async () => {
    const server = await made({ [`GET ${NOVA}/servers/v`]: 'server-boot-from-volume' }).os.compute.getServer('v');
    expect(server).to.deep.include({
      imageId: undefined,
      volumes: [{ id: 'e823a32d-eb8c-47db-b054-f0d2e17e6c8d', deleteOnTermination: true }],
    });
  });
  it('a server with a floating IP', async () => {
    const server = await made({ [`GET ${NOVA}/servers/f`]: 'server-with-floating-ip' }).os.compute.getServer('f');
    expect(server.addresses.map((address) => address.type)).to.have.members(['fixed', 'floating']);
  });
  it('a server that failed', async () => {
    const server = await made({ [`GET ${NOVA}/servers/e`]: 'server-error-no-valid-host' }).os.compute.getServer('e');
    expect(server).to.deep.include({
      status: 'ERROR',
      fault: { code: 500, message: 'No valid host was found.', createdAt: Date.UTC(2026, 10, 23, 21, 15, 48) },
    });
  });
  it('flavors, limits, quotas, keys, groups, zones, interfaces, volumes, tags, console', async () => {
    const { os } = made({
      [`GET ${NOVA}/flavors/detail`]: 'nova-flavors-detail',
      [`GET ${NOVA}/limits`]: 'nova-limits-used',
      [`GET ${NOVA}/os-quota-sets/p/detail`]: 'nova-quota-detail',
      [`GET ${NOVA}/os-keypairs`]: 'nova-keypairs',
      [`GET ${NOVA}/os-server-groups`]: 'nova-server-groups',
      [`POST ${NOVA}/os-server-groups`]: 'nova-server-group-create',
      [`GET ${NOVA}/os-availability-zone`]: 'nova-availability-zones',
      [`GET ${NOVA}/servers/s/os-interface`]: 'server-interfaces',
      [`GET ${NOVA}/servers/s/os-volume_attachments`]: 'server-volume-attachments',
      [`GET ${NOVA}/servers/s/tags`]: 'server-tags-get',
      [`POST ${NOVA}/servers/s/action`]: 'action-console-output',
    });
    const { compute } = os;
    expect((await compute.listFlavors())[1]).to.deep.equal({
      id: '2',
      name: 'm1.small',
      vcpus: 1,
      ram: 2048,
      disk: 20,
      ephemeral: 0,
      disabled: false,
      extraSpecs: {},
    });
    expect(await compute.limits()).to.include({ maxInstances: 2000, maxRam: 60_000_000 });
    expect((await compute.limits()).usedInstances).to.be.greaterThan(0);
    const quota = await compute.quotaSet('p');
    expect(quota.get('cores')).to.deep.equal({ limit: 20_000, inUse: 0, reserved: 0 });
    expect(quota.has('id')).to.equal(false);
    expect((await compute.listKeyPairs()).map((pair) => pair.name)).to.deep.equal(['ehos-key']);
    expect((await compute.listServerGroups())[0]?.name).to.equal('workers');
    expect(await compute.createServerGroup('workers', 'soft-anti-affinity')).to.include({
      policy: 'soft-anti-affinity',
    });
    expect(await compute.listAvailabilityZones()).to.deep.equal([{ name: 'nova', available: true }]);
    expect((await compute.serverInterfaces('s'))[0]).to.deep.include({ addresses: ['10.20.1.90'], state: 'ACTIVE' });
    expect(await compute.serverVolumes('s')).to.deep.equal([
      { volumeId: 'e823a32d-eb8c-47db-b054-f0d2e17e6c8d', device: '/dev/sda', deleteOnTermination: true },
    ]);
    expect(await compute.serverTags('s')).to.deep.equal(['ehos', 'ehos-req-0001']);
    expect(await compute.consoleOutput('s', 50)).to.equal('FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE');
  });
  it('says a server group in the form of its version', async () => {
    const { os, transport } = made({
      [`GET ${NOVA}/`]: nova('2.60'),
      [`POST ${NOVA}/os-server-groups`]: 'nova-server-group-2.1-form',
    });
    expect((await os.compute.createServerGroup('g', 'affinity')).policy).to.not.equal('');
    expect(transport.seen.at(-1)?.body).to.deep.equal({ server_group: { name: 'g', policies: ['affinity'] } });
  });
  it('deletes and imports', async () => {
    const { os, transport } = made({
      [`DELETE ${NOVA}/servers/a%2Fb`]: { status: 204 },
      [`DELETE ${NOVA}/os-keypairs/k`]: { status: 202 },
      [`DELETE ${NOVA}/os-server-groups/g`]: { status: 204 },
      [`POST ${NOVA}/os-keypairs`]: {
        body: { keypair: { name: 'k', fingerprint: 'f', public_key: 'p', type: 'ssh' } },
      },
    });
    await os.compute.deleteServer('a/b');
    await os.compute.deleteKeyPair('k');
    await os.compute.deleteServerGroup('g');
    expect(await os.compute.importKeyPair('k', 'p')).to.deep.equal({
      name: 'k',
      fingerprint: 'f',
      publicKey: 'p',
      type: 'ssh',
    });
    expect(transport.lines).to.have.length(4);
  });
  it('filters servers in the words of Nova', async () => {
    const { os, transport } = made({ [`GET ${NOVA}/servers/detail`]: { body: { servers: [] } } });
    await os.compute.listServers({
      tags: ['a', 'b'],
      tagsAny: ['c'],
      notTags: ['d'],
      name: '^x$',
      status: 'ACTIVE',
      changesSince: 0,
    });
    expect(Object.fromEntries(transport.seen.at(-1)!.query)).to.deep.equal({
      limit: '1000',
      tags: 'a,b',
      'tags-any': 'c',
      'not-tags': 'd',
      name: '^x$',
      status: 'ACTIVE',
      'changes-since': '1970-01-01T00:00:00.000Z',
      sort_key: 'created_at',
      sort_dir: 'asc',
    });
  });
});
