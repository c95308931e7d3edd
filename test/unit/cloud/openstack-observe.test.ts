import { expect } from 'chai';
import { captured, NOVA, PROJECT } from '../openstack/fake-transport.ts';
import { errorOf, made, server, type Made } from './backend-fixture.ts';

describe('OpenStack backend: connecting', () => {
  it('says the project', async () => {
    expect(await made().backend.connect()).to.deep.equal({ projectId: PROJECT, credentialExpiresAt: undefined });
  });
  it('rejects with the field of a clouds.yaml that cannot be used, in every call', async () => {
    const { backend } = made({}, { cloudName: 'other' });
    expect(await errorOf(backend.connect())).to.include({ errorClass: 'Invalid', field: 'clouds.yaml: clouds.other' });
    expect(await errorOf(backend.observe())).to.include({ errorClass: 'Invalid' });
    expect(backend.calls().size).to.equal(0);
    await backend.close();
  });
  it('takes the region of its options', async () => {
    const { backend } = made({}, { region: 'RegionNine' });
    expect(await errorOf(backend.connect())).to.include({ errorClass: 'Invalid', field: 'clouds.yaml: region_name' });
  });
  it('counts calls and closes', async () => {
    const { backend, transport } = made();
    await backend.connect();
    expect(backend.calls().get('identity POST auth')).to.equal(1);
    await backend.close();
    expect(transport.closed).to.equal(true);
  });
});

describe('OpenStack backend: observing', () => {
  const observe = (...servers: Record<string, unknown>[]): Made =>
    made({ [`GET ${NOVA}/servers/detail`]: { body: { servers } } });

  it('tells ours from foreign by the tag of the cluster', async () => {
    const { backend, clock } = observe(
      server('a'),
      server('other', { tags: ['ehos', 'ehos-cluster-other', 'ehos-node-x'] }),
      server('untagged', { tags: [] }),
      server('half', { tags: ['ehos-cluster-k'] }),
    );
    const snapshot = await backend.observe();
    expect(snapshot.observedAt).to.equal(clock.now());
    expect(snapshot.vms.map((vm) => [vm.id, vm.nodeUid])).to.deep.equal([
      ['a', 'a'],
      ['half', undefined],
    ]);
    expect(snapshot.foreignInstances).to.equal(2);
    expect(snapshot.quota.cores.limit).to.equal(20_000);
    expect(snapshot.quota.memory.limit).to.equal(60_000_000);
    expect(snapshot.quota.instances.used).to.be.greaterThan(0);
    expect(snapshot.flavors.get('m1.small')).to.deep.equal({
      id: '2',
      name: 'm1.small',
      cores: 1,
      memory: 2048,
      disk: 20 * 1024 * 1024,
      gpus: 0,
    });
  });

  const states: [string, string | null, string, boolean][] = [
    ['BUILD', 'spawning', 'Booting', false],
    ['REBUILD', null, 'Booting', false],
    ['ACTIVE', null, 'Active', false],
    ['ACTIVE', 'deleting', 'Active', true],
    ['ACTIVE', 'soft-deleting', 'Active', true],
    ['SHUTOFF', null, 'Stopping', false],
    ['SUSPENDED', null, 'Suspended', false],
    ['PAUSED', null, 'Suspended', false],
    ['REBOOT', 'rebooting', 'Restarting', false],
    ['HARD_REBOOT', null, 'Restarting', false],
    ['DELETED', null, 'Deleted', false],
    ['SOFT_DELETED', null, 'Deleted', false],
    ['SHELVED_OFFLOADED', null, 'Unknown', false],
    ['RESCUE', null, 'Unknown', false],
    ['MIGRATING', null, 'Unknown', false],
    ['constructor', null, 'Unknown', false],
  ];
  for (const [status, task, state, deleting] of states) {
    it(`${status}${task === null ? '' : ` while ${task}`} is ${state}${deleting ? ', deleting' : ''}`, async () => {
      const snapshot = await observe(server('a', { status, 'OS-EXT-STS:task_state': task })).backend.observe();
      expect(snapshot.vms[0]).to.include({ state, deleting });
    });
  }

  it('puts fixed addresses first', async () => {
    const addresses = {
      net: [
        { addr: '203.0.113.1', version: 4, 'OS-EXT-IPS:type': 'floating' },
        { addr: '10.0.0.1', version: 4, 'OS-EXT-IPS:type': 'fixed' },
        { addr: 'fd00::1', version: 6, 'OS-EXT-IPS:type': 'fixed' },
      ],
    };
    expect((await observe(server('a', { addresses })).backend.observe()).vms[0]?.addresses).to.deep.equal([
      '10.0.0.1',
      'fd00::1',
      '203.0.113.1',
    ]);
  });

  it('reads why servers failed, which no list says, once for each', async () => {
    let updated = '2026-01-01T00:00:01Z';
    const { backend, transport } = made({
      [`GET ${NOVA}/servers/detail`]: () => ({
        body: { servers: [server('a'), server('e', { status: 'ERROR', updated })] },
      }),
      [`GET ${NOVA}/servers/e`]: captured('server-error-no-valid-host'),
    });
    for (let i = 0; i < 3; i++) {
      const { vms } = await backend.observe();
      expect(vms[1]).to.include({ state: 'Error', fault: 'No valid host was found.', faultClass: 'NoCapacity' });
      expect(vms[0]).to.not.have.property('faultClass');
    }
    expect(transport.count(`GET ${NOVA}/servers/e`)).to.equal(1);
    updated = '2026-01-01T00:05:00Z';
    await backend.observe();
    expect(transport.count(`GET ${NOVA}/servers/e`)).to.equal(2);
  });
  it('is complete without a fault that cannot be read, and asks again', async () => {
    const { backend, transport } = made({
      [`GET ${NOVA}/servers/detail`]: { body: { servers: [server('e', { status: 'ERROR' })] } },
      [`GET ${NOVA}/servers/e`]: captured('server-get-gone-404'),
    });
    expect((await backend.observe()).vms[0]).to.include({ state: 'Error', fault: undefined });
    await backend.observe();
    expect(transport.count(`GET ${NOVA}/servers/e`)).to.equal(2);
  });
  it('reads eight faults at a time', async () => {
    const many = Array.from({ length: 20 }, (_, i) => server(`e${i}`, { status: 'ERROR' }));
    const { backend, transport } = made({ [`GET ${NOVA}/servers/detail`]: { body: { servers: many } } });
    await backend.observe();
    expect(transport.lines.filter((line) => /\/servers\/e\d+$/.test(line))).to.have.length(8);
  });

  it('costs one list and one look at the limits while nothing happens', async () => {
    const { backend } = observe(server('a'));
    await backend.observe();
    const before = new Map(backend.calls());
    await backend.observe();
    const cost = [...backend.calls()]
      .map(([call, count]) => [call, count - (before.get(call) ?? 0)])
      .filter(([, count]) => count !== 0);
    expect(cost).to.deep.equal([
      ['compute GET servers', 1],
      ['compute GET limits', 1],
    ]);
  });
  it('asks for the flavors anew after ten minutes', async () => {
    const { backend, clock } = observe();
    await backend.observe();
    await clock.advance(9 * 60_000);
    await backend.observe();
    expect(backend.calls().get('compute GET flavors')).to.equal(1);
    await clock.advance(2 * 60_000);
    await backend.observe();
    expect(backend.calls().get('compute GET flavors')).to.equal(2);
  });
  for (const path of ['servers/detail', 'limits', 'flavors/detail']) {
    it(`fails as a whole when ${path} fails`, async () => {
      const { backend } = made({ [`GET ${NOVA}/${path}`]: captured('nova-os-services-403') });
      expect(await errorOf(backend.observe())).to.include({ errorClass: 'Auth' });
    });
  }

  const specs: [Record<string, string>, number][] = [
    [{}, 0],
    [{ 'resources:VGPU': '1' }, 1],
    [{ 'resources:PGPU': '2' }, 2],
    [{ 'resources1:VGPU': '1', 'resources2:VGPU': '1' }, 2],
    [{ 'pci_passthrough:alias': 'a100:2' }, 2],
    [{ 'pci_passthrough:alias': 'a100:2,t4:1' }, 3],
    [{ 'pci_passthrough:alias': 'a100' }, 1],
    [{ 'resources:VGPU': 'many' }, 0],
    [{ 'resources:VCPU': '4', 'hw:cpu_policy': 'dedicated' }, 0],
  ];
  for (const [extra_specs, gpus] of specs) {
    it(`counts ${gpus} GPUs in ${JSON.stringify(extra_specs)}`, async () => {
      const flavor = { id: 'f', name: 'f', vcpus: 2, ram: 4, disk: 1, 'OS-FLV-EXT-DATA:ephemeral': 2, extra_specs };
      const off = { ...flavor, id: 'g', name: 'g', 'OS-FLV-DISABLED:disabled': true };
      const { backend } = made({ [`GET ${NOVA}/flavors/detail`]: { body: { flavors: [flavor, off] } } });
      const { flavors } = await backend.observe();
      expect([...flavors.values()]).to.deep.equal([
        { id: 'f', name: 'f', cores: 2, memory: 4, disk: 3 * 1024 * 1024, gpus },
      ]);
    });
  }
});
