import { expect } from 'chai';
import type { AddressRequest, NodeTraces, ResolvedTemplate, VmTemplate } from '../../../src/cloud/backend.ts';
import { blankVolumeName } from '../../../src/cloud/openstack-closure.ts';
import type { OpenStackBackend } from '../../../src/cloud/openstack.ts';
import type { Vm, VmOrigin } from '../../../src/domain/snapshots.ts';
import type { OpenStack } from '../../../src/openstack/sdk.ts';
import { backendOf, errorOf, eventually, sdkOf, templateOf, type ContractTarget } from './target.ts';

/** Seconds that a server may take to become ACTIVE or to vanish. */
const PATIENCE = 120;

/** What belongs to a node beside its server: it comes with it, is found by what the cloud says of it, and goes with it. */
export function closureContract(getTarget: () => Promise<ContractTarget>): void {
  describe('closure', function () {
    this.timeout((2 * PATIENCE + 60) * 1000);
    const run = `ctr-${process.pid}-${Date.now().toString(36)}-c`;
    let target: ContractTarget;
    let os: OpenStack;
    let backend: OpenStackBackend;
    let template: VmTemplate;
    before(async () => {
      target = await getTarget();
      os = sdkOf(target);
      backend = backendOf(target, run);
      template = templateOf(target);
    });
    after(async () => {
      for (const vm of (await backend.observe()).vms) await backend.delete(vm.id);
      for (const { id, description } of await os.network.listFloatingIps())
        if (description.includes(run)) await os.network.deleteFloatingIp(id);
      await backend.close();
      await os.close();
    });

    const originOf = (name: string): VmOrigin => ({
      namespace: 'ctr-ns',
      pool: 'ctr-pool',
      cloud: name,
      master: 'ctr-master',
      image: 'ctr-image',
      templateHash: '0123456789abcdef',
    });
    /** A running server. */
    const create = async (nodeUid: string, resolved: ResolvedTemplate): Promise<Vm> => {
      const { flavors } = await backend.observe();
      const { id } = await backend.create({
        name: nodeUid,
        nodeUid,
        origin: originOf(nodeUid),
        flavorId: flavors.get(target.flavorName)?.id ?? '',
        template: resolved,
        availabilityZone: undefined,
        serverGroupId: undefined,
        userData: Buffer.from(''),
      });
      const vm = await eventually(
        () => backend.get(id),
        (now) => now?.state !== 'Booting',
        PATIENCE,
      );
      expect(vm?.state, vm?.fault).to.equal('Active');
      return vm!;
    };
    const gone = async (id: string): Promise<void> => {
      await backend.delete(id);
      const left = await eventually(
        () => backend.get(id),
        (vm) => vm === undefined,
        PATIENCE,
      );
      expect(left).to.equal(undefined);
    };
    const tracesOf = (vm: Vm): NodeTraces => ({
      namespace: 'ctr-ns',
      nodeUid: vm.nodeUid ?? '',
      serverId: vm.id,
      volumeIds: vm.volumes ?? [],
      hasVolumes: true,
      hasAddress: true,
    });
    const requestFor = (vm: Vm, { floatingIP }: ResolvedTemplate): AddressRequest => ({
      serverId: vm.id,
      namespace: 'ctr-ns',
      nodeUid: vm.nodeUid ?? '',
      mode: floatingIP!.mode,
      networkId: floatingIP!.networkId,
      portNetworkId: floatingIP!.portNetworkId,
    });

    it('says from which record a server was made', async () => {
      const vm = await create(`${run}-o`, await backend.resolve(template));
      const listed = (await backend.observe()).vms.find(({ id }) => id === vm.id);
      expect(listed?.origin).to.deep.equal(originOf(`${run}-o`));
      expect(listed).to.not.have.property('volumes');
      await gone(vm.id);
      expect(await backend.remains(tracesOf(vm))).to.deep.equal([]);
    });

    for (const rootVolume of [undefined, { size: 2 }]) {
      const what = rootVolume ? 'a root and an empty volume' : 'an empty volume';
      it(`makes ${what} with the server, which go with it`, async () => {
        const resolved = await backend.resolve({ ...template, rootVolume, scratchVolume: { size: 1 } });
        const vm = await create(`${run}-v${rootVolume ? 2 : 1}`, resolved);
        expect(vm.volumes).to.have.length(rootVolume ? 2 : 1);
        expect((await os.volume.volumesOfServer(vm.id)).sort()).to.deep.equal(vm.volumes);
        const [blank, ...others] = await os.volume.listVolumes({ name: blankVolumeName(vm.id) });
        expect(others).to.deep.equal([]);
        expect(blank).to.include({ status: 'in-use', size: 1, bootable: false });
        expect(blank?.serverIds).to.deep.equal([vm.id]);
        const attachment = blank?.attachments[0]?.id ?? '';
        const inUse = { errorClass: 'Conflict', maybeDone: false };
        expect(await errorOf(os.volume.deleteVolume(blank!.id))).to.include({ ...inUse, status: 400 });
        expect(await errorOf(os.volume.detachVolume(blank!.id, attachment))).to.include({ ...inUse, status: 409 });
        await gone(vm.id);
        const left = await eventually(
          () => backend.remains(tracesOf(vm)),
          (remnants) => remnants.length === 0,
          PATIENCE,
        );
        expect(left).to.deep.equal([]);
      });
    }

    it('leaves nothing of a server that found no host', async () => {
      const resolved = await backend.resolve({ ...template, scratchVolume: { size: 1 } });
      const flavor = (await backend.observe()).flavors.get('x.huge');
      if (!flavor) return;
      const nodeUid = `${run}-h`;
      const request = { name: nodeUid, nodeUid, flavorId: flavor.id, template: resolved, userData: Buffer.from('') };
      const { id } = await backend.create({ ...request, availabilityZone: undefined, serverGroupId: undefined });
      const failed = await eventually(
        () => backend.get(id),
        (vm) => vm?.state === 'Error',
        PATIENCE,
      );
      expect(failed).to.include({ state: 'Error', faultClass: 'NoCapacity' });
      await gone(id);
      expect(await backend.remains(tracesOf(failed!))).to.deep.equal([]);
    });

    it('refuses a volume type that is not there', async () => {
      const error = await errorOf(backend.resolve({ ...template, scratchVolume: { size: 1, type: 'ctr-nope' } }));
      expect(error).to.include({ errorClass: 'Invalid', field: 'scratchVolume.type' });
    });

    it('finds the external network that the first network leads to, and takes it by name or id', async () => {
      const found = (await backend.resolve({ ...template, floatingIP: 'Purge' })).floatingIP;
      const [external] = await os.network.listNetworks({ external: true });
      expect(found?.networkId).to.equal(external?.id);
      for (const floatingNetwork of [{ name: external!.name }, { id: external!.id }])
        expect((await backend.resolve({ ...template, floatingIP: 'Purge', floatingNetwork })).floatingIP).to.deep.equal(
          found,
        );
      const wrong = backend.resolve({ ...template, floatingIP: 'Assign', floatingNetwork: { name: 'ctr-nope' } });
      const error = await errorOf(wrong);
      expect(error).to.include({ errorClass: 'Invalid', field: 'floatingNetwork.name' });
      expect(error.message).to.contain(`"${external!.name}"`);
    });

    it('Purge: one is allocated for the node, once, and released when the node is gone', async () => {
      const resolved = await backend.resolve({ ...template, floatingIP: 'Purge' });
      const vm = await create(`${run}-p`, resolved);
      const address = await backend.giveAddress(requestFor(vm, resolved));
      expect(await backend.giveAddress(requestFor(vm, resolved)), 'again').to.equal(address);
      const mine = { address, namespace: 'ctr-ns', nodeUid: vm.nodeUid };
      const [listed, ...more] = await backend.addresses();
      expect(listed).to.deep.include({ ...mine, inUse: true });
      expect(more).to.deep.equal([]);
      const shown = await eventually(
        () => backend.get(vm.id),
        (now) => (now?.addresses.length ?? 0) > 1,
        30,
      );
      expect(shown?.addresses.at(-1)).to.equal(address);
      await gone(vm.id);
      expect((await backend.addresses()).map(({ inUse }) => inUse)).to.deep.equal([false]);
      const [left, ...others] = await backend.remains(tracesOf(vm));
      expect(others).to.deep.equal([]);
      expect(left).to.include({ kind: 'floating IP', state: address });
      for (let i = 0; i < 2; i++) await backend.clear(left!, tracesOf(vm));
      expect(await backend.remains(tracesOf(vm))).to.deep.equal([]);
      await backend.releaseAddress(left!.id);
    });

    it('Purge: one whose allocation was not answered is taken up again', async () => {
      const resolved = await backend.resolve({ ...template, floatingIP: 'Purge' });
      const vm = await create(`${run}-l`, resolved);
      const description = `ehos-cluster-${run} ehos-node-${vm.nodeUid ?? ''} ctr-ns`;
      const early = await os.network.createFloatingIp({ networkId: resolved.floatingIP!.networkId, description });
      expect(await backend.giveAddress(requestFor(vm, resolved))).to.equal(early.address);
      await gone(vm.id);
      await backend.releaseAddress(early.id);
      expect(await backend.addresses()).to.deep.equal([]);
    });

    it('Assign: one that is free is taken, and is free and unchanged when the node is gone', async () => {
      const resolved = await backend.resolve({ ...template, floatingIP: 'Assign' });
      const vm = await create(`${run}-a`, resolved);
      const free = (await os.network.listFloatingIps()).filter(({ portId }) => portId === undefined);
      if (free.length === 0) {
        const error = await errorOf(backend.giveAddress(requestFor(vm, resolved)));
        expect(error).to.include({ errorClass: 'NoCapacity' });
      }
      const description = `${run}: of the admin`;
      const { networkId } = resolved.floatingIP!;
      const made = await os.network.createFloatingIp({ networkId, description });
      const address = await backend.giveAddress(requestFor(vm, resolved));
      if (free.length === 0) expect(address).to.equal(made.address);
      const taken = (await os.network.listFloatingIps()).find((one) => one.address === address)!;
      expect(taken.portId).to.be.a('string');
      const stale = os.network.updateFloatingIp(taken.id, { portId: null }, { revision: taken.revision - 1 });
      expect(await errorOf(stale)).to.include({ errorClass: 'Conflict', status: 412 });
      expect(await backend.addresses(), 'it is not ours').to.deep.equal([]);
      await gone(vm.id);
      expect(await backend.remains(tracesOf(vm))).to.deep.equal([]);
      const after = await os.network.getFloatingIp(taken.id);
      expect(after).to.include({ portId: undefined, description: taken.description });
      await os.network.deleteFloatingIp(made.id);
      expect(await errorOf(os.network.deleteFloatingIp(made.id))).to.include({ errorClass: 'NotFound' });
    });
  });
}
