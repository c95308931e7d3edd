import { expect } from 'chai';
import type { ResolvedTemplate } from '../../../src/cloud/backend.ts';
import type { OpenStackBackend } from '../../../src/cloud/openstack.ts';
import type { OpenStack, ServerGroup } from '../../../src/openstack/sdk.ts';
import { backendOf, errorOf, eventually, sdkOf, templateOf, type ContractTarget } from './target.ts';

/** Seconds that a server may take to become ACTIVE or to vanish. */
const PATIENCE = 120;
const POLICY = 'soft-anti-affinity';

/** Server groups: found by name, counted, filled, deleted. */
export function groupContract(getTarget: () => Promise<ContractTarget>): void {
  describe('server groups', function () {
    this.timeout((PATIENCE + 60) * 1000);
    const run = `ctr-${process.pid}-${Date.now().toString(36)}-g`;
    let target: ContractTarget;
    let os: OpenStack;
    let backend: OpenStackBackend;
    let template: ResolvedTemplate;
    before(async () => {
      target = await getTarget();
      os = sdkOf(target);
      backend = backendOf(target, run);
      template = await backend.resolve({ ...templateOf(target), serverGroupPolicy: POLICY });
    });
    afterEach(async () => {
      for (const vm of (await backend.observe()).vms) await backend.delete(vm.id);
      for (const group of await named()) await os.compute.deleteServerGroup(group.id);
    });
    after(async () => {
      await backend.close();
      await os.close();
    });

    const named = async (): Promise<ServerGroup[]> =>
      (await os.compute.listServerGroups()).filter((group) => group.name.startsWith(run));
    const create = async (name: string, serverGroupId: string): Promise<string> => {
      const { flavors } = await backend.observe();
      const request = { name, nodeUid: name, flavorId: flavors.get(target.flavorName)?.id ?? '', template };
      const more = { availabilityZone: undefined, serverGroupId, userData: Buffer.from('') };
      return (await backend.create({ ...request, ...more })).id;
    };

    it('are kept by the template', () => {
      expect(template.serverGroupPolicy).to.equal(POLICY);
    });

    for (const policy of ['affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity']) {
      it(`are made once with the policy ${policy}`, async () => {
        const made = await backend.ensureServerGroup(run, policy);
        expect(made.members).to.equal(0);
        expect(await backend.ensureServerGroup(run, policy)).to.deep.equal(made);
        expect(await named()).to.deep.equal([{ id: made.id, name: run, policy, members: [] }]);
      });
    }

    it('count in the limits', async () => {
      const before = await backend.observe();
      expect(before.serverGroupMembers).to.satisfy((members: number) => members === -1 || members > 0);
      await backend.ensureServerGroup(run, POLICY);
      const after = await backend.observe();
      expect(after.serverGroups?.used).to.equal((before.serverGroups?.used ?? NaN) + 1);
    });

    it('of one name are reduced to one, always the same', async () => {
      const twins = [];
      for (let i = 0; i < 3; i++) twins.push((await os.compute.createServerGroup(run, POLICY)).id);
      const other = await os.compute.createServerGroup(`${run}-other`, POLICY);
      const [first = ''] = twins.sort();
      expect(await backend.ensureServerGroup(run, POLICY)).to.deep.equal({ id: first, members: 0 });
      expect((await named()).map((group) => group.id).sort()).to.deep.equal([first, other.id].sort());
    });

    it('of another policy give way when they are empty', async () => {
      const old = await backend.ensureServerGroup(run, 'affinity');
      const now = await backend.ensureServerGroup(run, POLICY);
      expect(now.id).to.not.equal(old.id);
      expect((await named()).map((group) => group.policy)).to.deep.equal([POLICY]);
    });

    it('refuse an unknown policy', async () => {
      const error = await errorOf(backend.ensureServerGroup(run, 'bogus'));
      expect(error).to.include({ errorClass: 'Invalid', field: 'serverGroupPolicy', status: 400, maybeDone: false });
      expect(error.message).to.contain("'bogus'").and.to.contain("'soft-anti-affinity'");
    });

    it('are deleted by name, all of them, and again', async () => {
      for (let i = 0; i < 2; i++) await os.compute.createServerGroup(run, POLICY);
      await backend.ensureServerGroup(`${run}-other`, POLICY);
      await backend.deleteServerGroups(run);
      expect((await named()).map((group) => group.name)).to.deep.equal([`${run}-other`]);
      await backend.deleteServerGroups(run);
    });

    it('are listed from an offset on', async () => {
      const made = new Set<string>();
      for (let i = 0; i < 3; i++) made.add((await os.compute.createServerGroup(run, POLICY)).id);
      const headers = { 'openstack-api-version': `compute ${await os.compute.microversion()}` };
      const page = async (query: Record<string, number>): Promise<string[]> => {
        const call = { service: 'compute', method: 'GET', path: '/os-server-groups', query, headers } as const;
        const body = (await os.session.request(call)).body as { server_groups: { id: string }[] };
        expect(Object.keys(body), 'no link to a next page').to.deep.equal(['server_groups']);
        return body.server_groups.map((group) => group.id);
      };
      const all = await page({ limit: 1000 });
      expect([...made].every((id) => all.includes(id))).to.equal(true);
      expect(await page({ limit: 1, offset: 1 })).to.deep.equal(all.slice(1, 2));
      expect(await page({ limit: 1, offset: all.length })).to.deep.equal([]);
    });

    it('have their members from the answer of POST on, and are refused to new ones when they are gone', async () => {
      const { id } = await backend.ensureServerGroup(run, POLICY);
      const server = await create(`${run}-n1`, id);
      expect(await backend.ensureServerGroup(run, POLICY)).to.deep.equal({ id, members: 1 });
      const vm = await eventually(
        () => backend.get(server),
        (now) => now?.state !== 'Booting',
        PATIENCE,
      );
      expect(vm?.state, vm?.fault).to.equal('Active');
      expect(vm?.zone, 'the zone of its host').to.be.a('string').and.to.not.equal('');
      await backend.deleteServerGroups(run);
      expect((await backend.get(server))?.state, 'members stay').to.equal('Active');
      const refused = await errorOf(create(`${run}-n2`, id));
      expect(refused).to.include({ errorClass: 'Invalid', field: 'serverGroupPolicy', maybeDone: false });
    });
  });
}
