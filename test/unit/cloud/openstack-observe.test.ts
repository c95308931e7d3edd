import { expect } from 'chai';
import type { Flavor } from '../../../src/domain/snapshots.ts';
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
    ['SHELVED_OFFLOADED', null, 'Stopping', false],
    ['VERIFY_RESIZE', null, 'Restarting', false],
    ['RESCUE', null, 'Unknown', false],
    ['MIGRATING', null, 'Active', false],
    ['constructor', null, 'Unknown', false],
  ];
  for (const [status, task, state, deleting] of states) {
    it(`${status}${task === null ? '' : ` while ${task}`} is ${state}${deleting ? ', deleting' : ''}`, async () => {
      const snapshot = await observe(server('a', { status, 'OS-EXT-STS:task_state': task })).backend.observe();
      expect(snapshot.vms[0]).to.include({ state, deleting });
    });
  }

  for (const [zone, expected] of [
    ['nova', 'nova'],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    it(`a server in ${JSON.stringify(zone)} is in the zone ${expected ?? 'that nobody knows yet'}`, async () => {
      const { backend } = observe(server('a', { 'OS-EXT-AZ:availability_zone': zone }));
      expect((await backend.observe()).vms[0]).to.include({ zone: expected });
    });
  }

  const limits: [string, number, { limit: number; used: number }][] = [
    ['nova-limits-server-groups', 1000, { limit: 2, used: 2 }],
    ['nova-limits-server-groups-unlimited', -1, { limit: -1, used: 2 }],
  ];
  for (const [name, members, groups] of limits) {
    it(`reads the limits of server groups: ${name}`, async () => {
      const snapshot = await made({ [`GET ${NOVA}/limits`]: captured(name) }).backend.observe();
      expect(snapshot.serverGroupMembers).to.equal(members);
      expect(snapshot.serverGroups).to.deep.equal(groups);
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
  // a full page has a link to the next one, and only the next one says that it is empty
  for (const [servers, lists] of [
    [0, 1],
    [999, 1],
    [1000, 2],
    [1001, 2],
    [2500, 3],
  ] as const) {
    it(`costs ${lists} list${lists === 1 ? '' : 's'} at ${servers} servers`, async () => {
      const all = Array.from({ length: servers }, (_, i) => server(`s${i}`));
      const { backend } = made({
        [`GET ${NOVA}/servers/detail`]: ({ query }) => {
          const marker = query.get('marker');
          const from = marker === null ? 0 : Number(marker.slice(1)) + 1;
          const page = all.slice(from, from + Number(query.get('limit')));
          return { body: { servers: page, servers_links: page.length === 1000 ? [{ rel: 'next', href: '' }] : [] } };
        },
      });
      expect((await backend.observe()).vms).to.have.length(servers);
      expect(backend.calls().get('compute GET servers')).to.equal(lists);
    });
  }
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
    [{ 'resources_GPU-0:VGPU': '1', 'resources_GPU-1:PGPU': ' 2 ' }, 3],
    [{ 'resources:CUSTOM_GPU_A100': '4' }, 4],
    [{ 'resources:CUSTOM_BAREMETAL_GPU': '1', 'resources:VCPU': '0' }, 1],
    [{ 'resources:CUSTOM_PCI_10DE_20B0': '2', 'resources:CUSTOM_PCI_15B3_1018': '1' }, 2],
    [{ 'resources:CUSTOM_NVIDIA_474': '1', 'trait:CUSTOM_GRID_A100X_8C': 'required' }, 1],
    [{ 'trait:HW_GPU_API_CUDA': 'required', gpu_model: 'A100' }, 0],
    [{ 'accel:device_profile': 'gpu-t4' }, 1],
    [{ 'accel:device_profile': 'fpga-dp1' }, 0],
    [{ 'pci_passthrough:alias': 'intel-qat:1, nvme0:2, mlx5-vf:1, GPU:1' }, 1],
    [{ 'pci_passthrough:alias': '' }, 0],
    [{ 'pci_passthrough:alias': ':,a100:,:3' }, 0],
    [{ 'pci_passthrough:alias': 'a100:-1,t4:1e3,v100:100' }, 0],
    [{ 'resources:VGPU': 'many' }, 0],
    [{ 'resources:VGPU': '-1' }, 0],
    [{ 'resources:VCPU': '4', 'hw:cpu_policy': 'dedicated' }, 0],
  ];
  const flavor = { id: 'f', name: 'f', vcpus: 2, ram: 4, disk: 1, 'OS-FLV-EXT-DATA:ephemeral': 2 };
  const flavors = async (...list: Record<string, unknown>[]): Promise<Flavor[]> => {
    const { backend } = made({ [`GET ${NOVA}/flavors/detail`]: { body: { flavors: list } } });
    return [...(await backend.observe()).flavors.values()];
  };
  for (const [extra_specs, gpus] of specs) {
    it(`counts ${gpus} GPUs in ${JSON.stringify(extra_specs)}`, async () => {
      expect(await flavors({ ...flavor, extra_specs })).to.deep.equal([
        { id: 'f', name: 'f', cores: 2, memory: 4, disk: 3 * 1024 * 1024, gpus },
      ]);
    });
  }
  for (const extra_specs of [undefined, null, [], 'odd', { 'resources:VGPU': 1 }, { 'resources:VGPU': null }]) {
    it(`sees no GPU where the extra specs are ${JSON.stringify(extra_specs)}: hidden from members, or odd`, async () => {
      expect((await flavors({ ...flavor, extra_specs }))[0]?.gpus).to.equal(0);
    });
  }
  it('sees no GPU, and all flavors, where the project may not read extra specs', async () => {
    const { backend } = made({ [`GET ${NOVA}/flavors/detail`]: captured('nova-flavors-detail-specs-hidden') });
    const found = [...(await backend.observe()).flavors.values()];
    expect(found.map(({ name }) => name)).to.include.members(['m1.tiny', 'm1.small']);
    expect(found.every(({ gpus }) => gpus === 0)).to.equal(true);
  });
  const useless: [string, Record<string, unknown>][] = [
    ['is switched off', { 'OS-FLV-DISABLED:disabled': true }],
    ['has no cores', { vcpus: 0 }],
    ['has no memory', { ram: 0 }],
    ['has negative memory', { ram: -1 }],
    ['does not say its memory', { ram: undefined }],
    ['does not say its cores as a number', { vcpus: 'four' }],
  ];
  for (const [what, change] of useless) {
    it(`leaves out a flavor that ${what}`, async () => {
      expect(
        (await flavors({ ...flavor, id: 'g', name: 'g', ...change }, flavor)).map(({ name }) => name),
      ).to.deep.equal(['f']);
    });
  }
});
