import { expect } from 'chai';
import type { OpenStack, ServerCreate } from '../../../src/openstack/sdk.ts';
import { errorOf, sdkOf, type ContractTarget } from './target.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Creates that Nova refuses at once: nothing is made by any of these. */
export function refusalContract(getTarget: () => Promise<ContractTarget>): void {
  describe('refusals of a create', function () {
    this.timeout(60_000);
    const run = `ctr-refused-${process.pid}-${Date.now().toString(36)}`;
    let os: OpenStack;
    let good: ServerCreate;
    before(async () => {
      const target = await getTarget();
      os = sdkOf(target);
      const image = await os.image.newestImage({ name: target.imageName, status: 'active' });
      const flavor = (await os.compute.listFlavors()).find((candidate) => candidate.name === target.flavorName);
      const [network] = await os.network.listNetworks({ name: target.networkName });
      good = {
        name: run,
        imageId: image?.id ?? '',
        flavorId: flavor?.id ?? '',
        networks: [{ networkId: network?.id ?? '' }],
        tags: [run],
      };
    });
    after(async () => {
      const left = await os.compute.listServers({ tags: [run] });
      for (const server of left) await os.compute.deleteServer(server.id);
      await os.close();
      expect(left, 'a refused create made a server').to.deep.equal([]);
    });

    const rows: [string, Partial<ServerCreate>, Record<string, unknown>][] = [
      ['an unknown image', { imageId: NOBODY }, { errorClass: 'Invalid', field: 'imageRef', status: 400 }],
      ['an unknown flavor', { flavorId: 'ctr-nope' }, { errorClass: 'Invalid', field: 'flavorRef', status: 400 }],
      [
        'an unknown network',
        { networks: [{ networkId: NOBODY }] },
        { errorClass: 'Invalid', field: 'networks', status: 400 },
      ],
      ['an unknown key pair', { keyName: 'ctr-nope' }, { errorClass: 'Invalid', field: 'key_name', status: 400 }],
      [
        'an unknown security group',
        { securityGroups: ['ctr-nope'] },
        { errorClass: 'Invalid', field: 'security_groups', status: 400 },
      ],
      [
        'an unknown zone',
        { availabilityZone: 'ctr-nope' },
        { errorClass: 'NoCapacity', field: 'availability_zone', status: 400 },
      ],
      ['a tag with a slash', { tags: ['a/b'] }, { errorClass: 'Invalid', status: 400 }],
      ['a tag of 61 characters', { tags: ['t'.repeat(61)] }, { errorClass: 'Invalid', status: 400 }],
      ['51 tags', { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, { errorClass: 'Invalid', status: 400 }],
      [
        'a metadata key with a slash',
        { metadata: { 'a/b': '1' } },
        { errorClass: 'Invalid', field: 'metadata', status: 400 },
      ],
      [
        'a metadata value of 256 characters',
        { metadata: { k: 'v'.repeat(256) } },
        { errorClass: 'Invalid', status: 400 },
      ],
      ['an empty name', { name: '' }, { errorClass: 'Invalid', status: 400 }],
      ['a name of 256 characters', { name: 'n'.repeat(256) }, { errorClass: 'Invalid', status: 400 }],
      [
        'user data of 49,150 bytes, before it is sent',
        { userData: Buffer.alloc(49_150) },
        { errorClass: 'Invalid', field: 'user_data', status: undefined },
      ],
    ];
    for (const [what, change, expected] of rows) {
      it(`refuses ${what}`, async () => {
        const error = await errorOf(os.compute.createServer({ ...good, ...change }));
        expect(error).to.include({ ...expected, maybeDone: false });
      });
    }

    it('refuses user data of 65,536 characters and the message does not repeat them', async () => {
      const userData = Buffer.alloc(49_152, 'secret').toString('base64');
      const server = {
        name: run,
        flavorRef: good.flavorId,
        imageRef: good.imageId,
        networks: 'none',
        user_data: userData,
      };
      const headers = { 'openstack-api-version': `compute ${await os.compute.microversion()}` };
      const call = { service: 'compute', method: 'POST', path: '/servers', body: { server }, headers } as const;
      const error = await errorOf(os.session.request(call));
      expect(error).to.include({ errorClass: 'Invalid', field: 'user_data', status: 400 });
      expect(error.message).to.have.length.lessThan(150);
    });

    it('refuses a security group name that two groups have', async function () {
      const name = `${run}-twin`;
      const groups = [await os.network.createSecurityGroup(name, 'contract')];
      try {
        groups.push(await os.network.createSecurityGroup(name, 'contract'));
        const error = await errorOf(os.compute.createServer({ ...good, securityGroups: [name] }));
        expect(error).to.include({ errorClass: 'Invalid', field: 'security_groups', status: 409 });
      } finally {
        for (const group of groups) await os.network.deleteSecurityGroup(group.id);
      }
    });

    it('refuses what the microversion does not have', async () => {
      const headers = { 'openstack-api-version': 'compute 2.999' };
      const error = await errorOf(os.session.request({ service: 'compute', method: 'GET', path: '/limits', headers }));
      expect(error).to.include({ status: 406, errorClass: 'Transient' });
    });
  });
}
