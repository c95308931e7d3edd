import { expect } from 'chai';
import type { VmRequest } from '../../../src/cloud/backend.ts';
import { HttpFailure } from '../../../src/openstack/http.ts';
import { captured, GLANCE, NOVA, type Reply } from '../openstack/fake-transport.ts';
import { errorOf, made, RESOLVED, server, TEMPLATE } from './backend-fixture.ts';

describe('OpenStack backend: creating', () => {
  const REQUEST: VmRequest = {
    name: 'pool-a-1',
    nodeUid: 'uid-1',
    flavorId: '2',
    template: RESOLVED,
    availabilityZone: 'nova',
    serverGroupId: undefined,
    userData: Buffer.from('#!/bin/sh\n'),
  };

  it('asks for one server with everything that finds it again', async () => {
    const { backend, transport } = made();
    expect(await backend.create(REQUEST)).to.deep.equal({ id: '0a2de917-67b1-4e48-bec1-77daeaccbf00' });
    expect(transport.seen.at(-1)?.body).to.deep.equal({
      server: {
        name: 'pool-a-1',
        hostname: 'pool-a-1',
        flavorRef: '2',
        imageRef: 'id-worker',
        networks: [{ uuid: 'id-net' }],
        key_name: 'ehos-key',
        availability_zone: 'nova',
        security_groups: [{ name: 'worker' }],
        metadata: { owner: 'me', 'ehos.cluster': 'k', 'ehos.node': 'uid-1' },
        tags: ['ehos', 'ehos-cluster-k', 'ehos-node-uid-1'],
        user_data: 'IyEvYmluL3NoCg==',
        config_drive: true,
      },
    });
  });
  it('boots from a volume that goes with the server', async () => {
    const { backend, transport } = made();
    await backend.create({ ...REQUEST, template: { ...RESOLVED, rootVolume: { size: 9, type: 'ssd' } } });
    const { server: body } = transport.seen.at(-1)?.body as { server: Record<string, unknown> };
    expect(body).to.not.have.property('imageRef');
    expect(body.block_device_mapping_v2).to.deep.equal([
      {
        uuid: 'id-worker',
        source_type: 'image',
        destination_type: 'volume',
        boot_index: 0,
        volume_size: 9,
        volume_type: 'ssd',
        delete_on_termination: true,
      },
    ]);
  });
  it('has an empty volume made beside the boot disk, which Nova wants in the list then', async () => {
    const { backend, transport } = made();
    await backend.create({ ...REQUEST, template: { ...RESOLVED, scratchVolume: { size: 50, type: 'ssd' } } });
    const { server: body } = transport.seen.at(-1)?.body as { server: Record<string, unknown> };
    expect(body.imageRef).to.equal('id-worker');
    const gone = { delete_on_termination: true };
    const local = { uuid: 'id-worker', source_type: 'image', destination_type: 'local', boot_index: 0, ...gone };
    const empty = { source_type: 'blank', destination_type: 'volume', boot_index: -1, ...gone };
    expect(body.block_device_mapping_v2).to.deep.equal([local, { ...empty, volume_size: 50, volume_type: 'ssd' }]);

    const both = { ...RESOLVED, rootVolume: { size: 9 }, scratchVolume: { size: 50 } };
    await backend.create({ ...REQUEST, template: both });
    const second = (transport.seen.at(-1)?.body as { server: Record<string, unknown> }).server;
    expect(second).to.not.have.property('imageRef');
    expect(second.block_device_mapping_v2).to.deep.equal([
      { ...local, destination_type: 'volume', volume_size: 9 },
      { ...empty, volume_size: 50 },
    ]);
  });
  it('writes on the server which record it was made for', async () => {
    const { backend, transport } = made();
    const origin = { namespace: 'ns', pool: 'p', cloud: 'c', master: 'm', image: 'i', templateHash: 'h' };
    await backend.create({ ...REQUEST, origin });
    const { server: body } = transport.seen.at(-1)?.body as { server: Record<string, unknown> };
    expect(body.metadata).to.deep.equal({
      owner: 'me',
      'ehos.cluster': 'k',
      'ehos.node': 'uid-1',
      'ehos.namespace': 'ns',
      'ehos.pool': 'p',
      'ehos.cloud': 'c',
      'ehos.master': 'm',
      'ehos.image': 'i',
      'ehos.template': 'h',
    });
  });
  it('leaves out what is not asked for, and a hostname that Nova would refuse', async () => {
    const { backend, transport } = made();
    await backend.create({
      ...REQUEST,
      name: 'a.b',
      availabilityZone: undefined,
      template: { ...RESOLVED, keyName: undefined, securityGroups: [] },
    });
    expect(transport.seen.at(-1)?.body)
      .to.have.property('server')
      .that.does.not.have.any.keys('hostname', 'availability_zone', 'key_name', 'security_groups');
  });

  const answers: [string, string, string | undefined][] = [
    ['server-create-bad-image-400', 'Invalid', 'image'],
    ['server-create-bad-flavor-400', 'Invalid', 'flavor'],
    ['server-create-bad-network-400', 'Invalid', 'networks'],
    ['server-create-bad-key-400', 'Invalid', 'keyName'],
    ['server-create-bad-sg-400', 'Invalid', 'securityGroups'],
    ['server-create-ambiguous-sg-409', 'Invalid', 'securityGroups'],
    ['server-create-bad-az-400', 'NoCapacity', 'availabilityZones'],
    ['server-create-bfv-bad-type-400', 'Invalid', 'rootVolume.type'],
    ['server-create-129-metadata-403', 'Invalid', 'metadata'],
    ['server-create-quota-cores-403', 'Quota', undefined],
    ['server-create-min-ram-400', 'Invalid', 'flavor'],
    ['server-create-min-disk-400', 'Invalid', 'flavor'],
    ['server-create-big-image-400', 'Invalid', 'flavor'],
    ['server-create-bfv-min-disk-400', 'Invalid', 'rootVolume.size'],
    ['server-create-deleted-group-400', 'Invalid', 'serverGroupPolicy'],
    ['server-create-group-members-quota-403', 'Quota', undefined],
    ['server-create-closed-az-400', 'NoCapacity', 'availabilityZones'],
  ];
  for (const [name, errorClass, field] of answers) {
    it(`${name} is ${errorClass} of ${field ?? 'no field'}`, async () => {
      const { backend } = made({ [`POST ${NOVA}/servers`]: captured(name) });
      const error = await errorOf(backend.create(REQUEST));
      expect(error).to.include({ errorClass, field, maybeDone: false });
      expect(error.requestId).to.match(/^req-/);
    });
  }
  it('looks again which zones there are after Nova has refused one', async () => {
    const { backend } = made({ [`POST ${NOVA}/servers`]: captured('server-create-closed-az-400') });
    await backend.resolve(TEMPLATE);
    await errorOf(backend.create(REQUEST));
    await backend.resolve(TEMPLATE);
    expect(backend.calls().get('compute GET os-availability-zone')).to.equal(2);
  });
  const lost: [string, Reply | HttpFailure][] = [
    ['500', captured('fault-neutron-down-create')],
    ['503', captured('fault-injected-503')],
    ['504', captured('fault-lost-post-504')],
    ['a lost connection', new HttpFailure('lost', 'x')],
    ['a timeout', new HttpFailure('timeout', 'x')],
  ];
  for (const [what, answer] of lost) {
    it(`asks once and says maybeDone after ${what}`, async () => {
      const { backend, transport, clock } = made({ [`POST ${NOVA}/servers`]: answer });
      expect(await errorOf(backend.create(REQUEST))).to.include({ maybeDone: true });
      await clock.advance(60_000);
      expect(transport.count(`POST ${NOVA}/servers`)).to.equal(1);
    });
  }
  it('looks everything up anew after Nova has refused something that was found', async () => {
    const { backend, transport } = made({ [`POST ${NOVA}/servers`]: captured('server-create-bad-image-400') });
    await backend.resolve(TEMPLATE);
    await errorOf(backend.create(REQUEST));
    const before = transport.count(`GET ${GLANCE}/images`);
    await backend.resolve(TEMPLATE);
    expect(transport.count(`GET ${GLANCE}/images`)).to.equal(before + 1);
  });
  it('says the size of user data that is too long, and asks nothing', async () => {
    const { backend, transport } = made();
    const error = await errorOf(backend.create({ ...REQUEST, userData: Buffer.alloc(50_000) }));
    expect(error).to.include({ errorClass: 'Invalid', field: 'userData', maybeDone: false });
    expect(error.message).to.contain('50000').and.to.contain('49149');
    expect(transport.count(`POST ${NOVA}/servers`)).to.equal(0);
  });
});

describe('OpenStack backend: one server', () => {
  const GONE = captured('server-get-gone-404');
  it('is found by the tag of its node', async () => {
    const { backend, transport } = made({
      [`GET ${NOVA}/servers/detail`]: { body: { servers: [server('a', { status: 'BUILD' })] } },
    });
    expect((await backend.findByNode('a')).map((vm) => [vm.id, vm.state])).to.deep.equal([['a', 'Booting']]);
    expect(transport.seen.at(-1)?.query.get('tags')).to.equal('ehos-node-a');
  });
  it('is undefined when Nova says that it is gone, and not when a router says so', async () => {
    expect(await made({ [`GET ${NOVA}/servers/a`]: GONE }).backend.get('a')).to.equal(undefined);
    expect(await errorOf(made().backend.get('a'))).to.include({ errorClass: 'Transient', status: 404 });
  });
  it('has its fault', async () => {
    const vm = await made({ [`GET ${NOVA}/servers/e`]: captured('server-error-bfv-volume-quota') }).backend.get('e');
    expect(vm).to.include({ state: 'Error', faultClass: 'Quota' });
    expect(vm?.fault).to.contain('VolumeLimitExceeded: Maximum number of volumes allowed (1)');
  });
  it('is deleted, also when it is gone', async () => {
    const { backend, transport } = made({
      [`DELETE ${NOVA}/servers/a`]: { status: 204 },
      [`DELETE ${NOVA}/servers/b`]: GONE,
    });
    await backend.delete('a');
    await backend.delete('b');
    expect(transport.lines).to.deep.equal([`DELETE ${NOVA}/servers/a`, `DELETE ${NOVA}/servers/b`]);
  });
  it('is not called deleted when that failed', async () => {
    const { backend } = made({ [`DELETE ${NOVA}/servers/a`]: captured('fault-injected-503') });
    expect(await errorOf(backend.delete('a'))).to.include({ errorClass: 'Transient', maybeDone: true });
  });
  const consoles: [string, Reply, string][] = [
    ['its console', captured('action-console-output'), 'FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE'],
    ['no console when it is gone', GONE, ''],
    ['no console before a host has it', captured('fault-buildreq-console'), ''],
    [
      'no console while its host prepares it',
      { status: 500, body: { computeFault: { code: 500, message: 'Unexpected API Error.' } } },
      '',
    ],
    ['no console where the hypervisor has none', { status: 501, body: { notImplemented: { message: 'no' } } }, ''],
  ];
  for (const [what, answer, text] of consoles) {
    it(`has ${what}`, async () => {
      expect(await made({ [`POST ${NOVA}/servers/a/action`]: answer }).backend.console('a', 50)).to.equal(text);
    });
  }
  it('has no empty console because of an outage of the gateway', async () => {
    const { backend } = made({ [`POST ${NOVA}/servers/a/action`]: captured('fault-injected-503') });
    expect(await errorOf(backend.console('a', 50))).to.include({ status: 503 });
  });
});
