import { expect } from 'chai';
import type { ResolvedTemplate, VmRequest } from '../../../src/cloud/backend.ts';
import type { OpenStackBackend } from '../../../src/cloud/openstack.ts';
import { OpenStack } from '../../../src/openstack/sdk.ts';
import { backendOf, errorOf, eventually, templateOf, TokenSpy, type ContractTarget } from './target.ts';

/** Seconds that a server may take to become ACTIVE or to vanish. */
const PATIENCE = 120;

/** What images need, what volumes cost, which zones there are. */
export function sizeContract(getTarget: () => Promise<ContractTarget>): void {
  describe('sizes', function () {
    this.timeout((PATIENCE + 60) * 1000);
    const run = `ctr-${process.pid}-${Date.now().toString(36)}-s`;
    const images: string[] = [];
    let target: ContractTarget;
    let spy: TokenSpy;
    let os: OpenStack;
    let backend: OpenStackBackend;
    before(async () => {
      target = await getTarget();
      spy = new TokenSpy();
      os = OpenStack.fromCloudsYaml({ text: target.cloudsYaml, cloudName: target.cloudName }, { transport: spy });
      backend = backendOf(target, run);
    });
    after(async () => {
      for (const vm of (await backend.observe()).vms) await backend.delete(vm.id);
      for (const id of images) await os.session.request({ service: 'image', method: 'DELETE', path: `/images/${id}` });
      await backend.close();
      await os.close();
    });

    /** An active image of one byte. */
    const image = async (needs: { min_ram?: number; min_disk?: number }): Promise<string> => {
      const body = { name: run, disk_format: 'raw', container_format: 'bare', ...needs };
      const made = await os.session.request({ service: 'image', method: 'POST', path: '/images', body });
      const { id } = made.body as { id: string };
      images.push(id);
      const stored = await spy.send({
        method: 'PUT',
        url: `${await os.session.endpoint('image')}/images/${id}/file`,
        headers: { 'x-auth-token': spy.token, 'content-type': 'application/octet-stream' },
        body: '.',
        timeoutMs: 60_000,
      });
      expect(stored.status).to.equal(204);
      return id;
    };
    const request = async (name: string, template: ResolvedTemplate): Promise<VmRequest> => ({
      name,
      nodeUid: name,
      flavorId: (await backend.observe()).flavors.get(target.flavorName)?.id ?? '',
      template,
      availabilityZone: undefined,
      serverGroupId: undefined,
      userData: Buffer.from(''),
    });
    const refusedFor = async (id: string, template = {}): ReturnType<typeof errorOf> => {
      const resolved = await backend.resolve({ ...templateOf(target), ...template, image: { id } });
      return errorOf(backend.create(await request(run, resolved)));
    };

    it('of an image are known, and a flavor with less memory is refused', async () => {
      const id = await image({ min_ram: 9_000_000 });
      expect(await backend.resolve({ ...templateOf(target), image: { id } })).to.include({
        minRam: 9_000_000,
        minDisk: 1,
      });
      const error = await refusedFor(id);
      expect(error).to.include({ errorClass: 'Invalid', field: 'flavor', status: 400, maybeDone: false });
      expect(error.message).to.contain("Flavor's memory is too small for requested image.");
      const fromVolume = await refusedFor(id, { rootVolume: { size: 2 } });
      expect(fromVolume.message, 'from a volume, too').to.contain("Flavor's memory is too small");
    });
    it('of an image are known, and a flavor with less disk is refused', async () => {
      const id = await image({ min_disk: 900_000 });
      expect(await backend.resolve({ ...templateOf(target), image: { id } })).to.include({
        minRam: 0,
        minDisk: 900_000,
      });
      const error = await refusedFor(id);
      expect(error).to.include({ errorClass: 'Invalid', field: 'flavor', status: 400, maybeDone: false });
      expect(error.message).to.contain("Flavor's disk is smaller than the minimum size specified in image metadata.");
    });
    it('of an image are compared with a root volume before anything is made', async () => {
      const id = await image({ min_disk: 3 });
      const template = { ...templateOf(target), image: { id }, rootVolume: { size: 2 } };
      const error = await errorOf(backend.resolve(template));
      expect(error).to.include({ errorClass: 'Invalid', field: 'rootVolume.size', status: undefined });
      const resolved = { ...(await backend.resolve({ ...template, rootVolume: undefined })), rootVolume: { size: 2 } };
      const refused = await errorOf(backend.create(await request(run, resolved)));
      expect(refused).to.include({ errorClass: 'Invalid', field: 'rootVolume.size', status: 400 });
    });

    it('of volumes count against their quota while the server is there', async () => {
      const used = async (): Promise<{ volumes: number; gigabytes: number }> => {
        const snapshot = await backend.observe(undefined, { volumes: true });
        expect(snapshot.volumesProblem).to.equal(undefined);
        expect(snapshot.quota.volumes?.limit).to.be.at.least(-1);
        expect(snapshot.quota.gigabytes?.limit).to.be.at.least(-1);
        return { volumes: snapshot.quota.volumes?.used ?? NaN, gigabytes: snapshot.quota.gigabytes?.used ?? NaN };
      };
      const before = await used();
      const template = await backend.resolve({ ...templateOf(target), rootVolume: { size: 2 } });
      const { id } = await backend.create(await request(`${run}-v`, template));
      const during = { volumes: before.volumes + 1, gigabytes: before.gigabytes + 2 };
      expect(await eventually(used, ({ volumes }) => volumes !== before.volumes, PATIENCE)).to.deep.equal(during);
      await eventually(
        () => backend.get(id),
        (vm) => vm?.state !== 'Booting',
        PATIENCE,
      );
      await backend.delete(id);
      expect(await eventually(used, ({ volumes }) => volumes === before.volumes, PATIENCE)).to.deep.equal(before);
    });
    it('of volumes are not asked for otherwise', async () => {
      const calls = backend.calls().get('volume GET limits');
      expect((await backend.observe()).quota).to.have.all.keys('instances', 'cores', 'memory');
      expect(backend.calls().get('volume GET limits')).to.equal(calls);
    });

    it('of flavors are all positive, and extra specs are read', async () => {
      for (const flavor of (await backend.observe()).flavors.values()) {
        expect(flavor.cores, flavor.name).to.be.at.least(1);
        expect(flavor.memory, flavor.name).to.be.at.least(1);
        expect(flavor.gpus, flavor.name).to.be.at.least(0);
      }
      for (const flavor of await os.compute.listFlavors()) expect(flavor.extraSpecs).to.be.an('object');
    });

    it('a zone that is asked for is the one that is got', async () => {
      const [zone] = (await os.compute.listAvailabilityZones()).filter(({ available }) => available);
      const template = await backend.resolve({ ...templateOf(target), availabilityZones: [zone!.name] });
      const wish = await request(`${run}-z`, template);
      const { id } = await backend.create({ ...wish, availabilityZone: zone!.name });
      expect((await backend.findByNode(`${run}-z`)).map((vm) => vm.zone)).to.deep.equal([zone!.name]);
      await backend.delete(id);
    });
    it('a zone that is not there is refused by Nova in the words of one that is full', async () => {
      const template = await backend.resolve(templateOf(target));
      const error = await errorOf(backend.create({ ...(await request(run, template)), availabilityZone: 'ctr-nope' }));
      expect(error).to.include({ errorClass: 'NoCapacity', field: 'availabilityZones', status: 400, maybeDone: false });
    });
  });
}
