import { expect } from 'chai';
import type { ResolvedTemplate, VmTemplate } from '../../../src/cloud/backend.ts';
import type { OpenStackBackend } from '../../../src/cloud/openstack.ts';
import { backendOf, errorOf, eventually, templateOf, withAuth, type ContractTarget } from './target.ts';

/** Seconds that a server may take to become ACTIVE or to vanish. */
const PATIENCE = 120;

/** The backend's promises, in the domain's words. */
export function backendContract(getTarget: () => Promise<ContractTarget>): void {
  describe('backend', function () {
    this.timeout((PATIENCE + 60) * 1000);
    const clusterUid = `ctr-${process.pid}-${Date.now().toString(36)}`;
    let target: ContractTarget;
    let backend: OpenStackBackend;
    let template: VmTemplate;
    before(async () => {
      target = await getTarget();
      backend = backendOf(target, clusterUid);
      template = templateOf(target);
    });
    after(async () => {
      for (const vm of (await backend.observe()).vms) await backend.delete(vm.id);
      await backend.close();
    });

    it('connects', async () => {
      const { projectId } = await backend.connect();
      expect(projectId).to.match(/^[0-9a-f]{32}$/);
    });

    it('says Auth for a wrong password', async () => {
      const other = backendOf(target, clusterUid, withAuth(target, { password: 'ctr-wrong' }));
      try {
        expect(await errorOf(other.connect())).to.include({ errorClass: 'Auth' });
      } finally {
        await other.close();
      }
    });

    it('resolves a template, by names and by ids alike', async () => {
      const byName = await backend.resolve(template);
      const { imageId, networkIds } = byName;
      const byId = await backend.resolve({ ...template, image: { id: imageId }, networks: [{ id: networkIds[0]! }] });
      expect(byId).to.deep.equal(byName);
      expect(byName).to.include({ imageName: target.imageName, keyName: target.keyName });
    });

    const wrong: [string, Partial<VmTemplate>][] = [
      ['image', { image: undefined }],
      ['image.name', { image: { name: 'ctr-nope' } }],
      ['image.id', { image: { id: '00000000-0000-0000-0000-000000000000' } }],
      ['image.tag', { image: { tag: 'ctr-nope' } }],
      ['networks[0].name', { networks: [{ name: 'ctr-nope' }] }],
      ['networks[0].id', { networks: [{ id: 'ctr-nope' }] }],
      ['keyName', { keyName: 'ctr-nope' }],
      ['securityGroups[1]', { securityGroups: ['default', 'ctr-nope'] }],
      ['availabilityZones[0]', { availabilityZones: ['ctr-nope'] }],
    ];
    for (const [field, change] of wrong) {
      it(`refuses a wrong ${field} and says what there is`, async () => {
        const error = await errorOf(backend.resolve({ ...template, ...change }));
        expect(error).to.include({ errorClass: 'Invalid', field });
        expect(error.message).to.match(/there (is|are) "/);
      });
    }

    const create = async (nodeUid: string, resolved: ResolvedTemplate): Promise<string> => {
      const { flavors } = await backend.observe();
      const { id } = await backend.create({
        name: nodeUid,
        nodeUid,
        flavorId: flavors.get(target.flavorName)?.id ?? '',
        template: resolved,
        availabilityZone: undefined,
        serverGroupId: undefined,
        userData: Buffer.from('#cloud-config\n{}\n'),
      });
      return id;
    };
    const gone = async (id: string): Promise<void> => {
      await backend.delete(id);
      expect(
        await eventually(
          () => backend.get(id),
          (vm) => vm === undefined,
          PATIENCE,
        ),
      ).to.equal(undefined);
      await backend.delete(id);
      expect(await backend.console(id, 5)).to.equal('');
    };

    it('makes one VM, sees it at once, and sees it go', async () => {
      const before = await backend.observe();
      const uid = `${clusterUid}-n1`;
      const id = await create(uid, await backend.resolve(template));

      const found = await backend.findByNode(uid);
      expect(found.map((vm) => [vm.id, vm.nodeUid, vm.name])).to.deep.equal([[id, uid, uid]]);
      const seen = await backend.observe();
      expect(seen.vms.map((vm) => vm.id)).to.deep.equal([...before.vms.map((vm) => vm.id), id]);
      expect(seen.quota.cores.limit).to.be.at.least(-1);
      expect(await backend.console(id, 5)).to.be.a('string');

      const vm = await eventually(
        () => backend.get(id),
        (now) => now?.state !== 'Booting',
        PATIENCE,
      );
      expect(vm).to.deep.include({
        state: 'Active',
        nodeUid: uid,
        deleting: false,
        fault: undefined,
        flavor: target.flavorName,
      });
      expect(vm?.addresses).to.have.length(1);
      const other = backendOf(target, 'ctr-other-cluster');
      try {
        expect((await other.observe()).vms, 'another cluster takes it for foreign').to.deep.equal([]);
      } finally {
        await other.close();
      }
      await gone(id);
      expect((await backend.observe()).vms).to.deep.equal(before.vms);
    });

    it('boots from a volume, which goes with the VM', async () => {
      const uid = `${clusterUid}-n2`;
      const id = await create(uid, await backend.resolve({ ...template, rootVolume: { size: 2 } }));
      const vm = await eventually(
        () => backend.get(id),
        (now) => now?.state !== 'Booting',
        PATIENCE,
      );
      expect(vm?.state, vm?.fault).to.equal('Active');
      await gone(id);
    });

    it('says where the user data is wrong', async () => {
      const resolved = await backend.resolve(template);
      const request = {
        name: 'ctr-x',
        nodeUid: 'x',
        flavorId: '1',
        template: resolved,
        availabilityZone: undefined,
        serverGroupId: undefined,
      };
      const error = await errorOf(backend.create({ ...request, userData: Buffer.alloc(60_000) }));
      expect(error).to.include({ errorClass: 'Invalid', field: 'userData', maybeDone: false });
      expect(error.message).to.contain('60000').and.to.contain('49149');
    });

    it('says which flavor is wrong in a create', async () => {
      const resolved = await backend.resolve(template);
      const request = {
        name: 'ctr-x',
        nodeUid: 'x',
        flavorId: 'ctr-nope',
        template: resolved,
        availabilityZone: undefined,
        serverGroupId: undefined,
      };
      expect(await errorOf(backend.create({ ...request, userData: Buffer.from('') }))).to.include({
        errorClass: 'Invalid',
        field: 'flavor',
      });
    });
  });
}
