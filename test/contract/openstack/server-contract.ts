import { expect } from 'chai';
import type { OpenStack, Server } from '../../../src/openstack/sdk.ts';
import { errorOf, eventually, sdkOf, type ContractTarget } from './target.ts';

/** Seconds that a server may take to become ACTIVE or to vanish. */
const PATIENCE = 120;

/** The life of servers: created, found, active, deleted, gone. */
export function serverContract(getTarget: () => Promise<ContractTarget>): void {
  describe('servers', function () {
    this.timeout((PATIENCE + 60) * 1000);
    const run = `ctr-${process.pid}-${Date.now().toString(36)}`;
    let os: OpenStack;
    let imageId: string;
    let flavorId: string;
    let networkId: string;
    let target: ContractTarget;

    before(async () => {
      target = await getTarget();
      os = sdkOf(target);
      imageId = (await os.image.newestImage({ name: target.imageName, status: 'active' }))?.id ?? '';
      flavorId = (await os.compute.listFlavors()).find((flavor) => flavor.name === target.flavorName)?.id ?? '';
      networkId = (await os.network.listNetworks({ name: target.networkName }))[0]?.id ?? '';
    });
    after(async () => {
      for (const server of await os.compute.listServers({ tags: [run] })) await os.compute.deleteServer(server.id);
      await os.close();
    });

    const create = (name: string, tags: string[]): Promise<{ id: string }> =>
      os.compute.createServer({
        name,
        imageId,
        flavorId,
        networks: [{ networkId }],
        securityGroups: [target.securityGroup],
        keyName: target.keyName,
        metadata: { 'ehos.contract': run },
        tags: [run, ...tags],
        hostname: name,
        userData: Buffer.from('#cloud-config\n{}\n'),
        configDrive: true,
      });
    const ids = (servers: Server[]): string[] => servers.map((server) => server.id);

    it('live from the answer of POST to 404', async () => {
      const { id } = await create(`${run}-a`, [`${run}-a`]);

      const found = await os.compute.listServers({ tags: [`${run}-a`] });
      expect(ids(found), 'found by its tag in the very next request').to.deep.equal([id]);
      expect(found[0]?.tags).to.have.members([run, `${run}-a`]);
      expect(found[0]?.status).to.be.oneOf(['BUILD', 'ACTIVE']);

      const active = await eventually(
        () => os.compute.getServer(id),
        (server) => server.status !== 'BUILD',
        PATIENCE,
      );
      expect(active.status, active.fault?.message).to.equal('ACTIVE');
      expect(active).to.deep.include({ name: `${run}-a`, taskState: undefined, flavor: target.flavorName, imageId });
      expect(active).to.deep.include({
        metadata: { 'ehos.contract': run },
        hostname: `${run}-a`,
        keyName: target.keyName,
      });
      expect(active.addresses.map((address) => address.network)).to.deep.equal([target.networkName]);
      expect(await os.compute.serverTags(id)).to.have.members([run, `${run}-a`]);
      const [port] = await os.compute.serverInterfaces(id);
      expect(port?.addresses).to.deep.equal([active.addresses[0]?.address]);
      expect((await os.network.listPorts({ deviceId: id })).map((item) => item.id)).to.deep.equal([port?.portId]);
      expect(await os.compute.serverVolumes(id)).to.deep.equal([]);
      expect(await os.compute.consoleOutput(id, 10)).to.be.a('string');

      const before = active.updatedAt ?? active.createdAt;
      await os.compute.deleteServer(id);
      // again while it goes, or is gone: neither is another error than 404
      const again = await os.compute.deleteServer(id).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (again !== undefined) expect(again).to.include({ errorClass: 'NotFound' });
      const gone = await eventually(
        () => os.compute.listServers({ tags: [`${run}-a`] }),
        (list) => list.length === 0,
        PATIENCE,
      );
      expect(gone).to.deep.equal([]);
      expect(await errorOf(os.compute.getServer(id))).to.include({ errorClass: 'NotFound', status: 404 });
      expect(await errorOf(os.compute.deleteServer(id))).to.include({ errorClass: 'NotFound', status: 404 });

      const changed = await os.compute.listServers({ changesSince: before - 1000 });
      expect(changed.find((server) => server.id === id)?.status, 'changes-since shows what is gone').to.equal(
        'DELETED',
      );
      expect(await os.network.listPorts({ deviceId: id }), 'its port went with it').to.deep.equal([]);
    });

    it('are doubled by a second POST with the same name and tags, and lists filter and page', async () => {
      const tag = `${run}-twin`;
      const first = await create(tag, [tag]);
      const second = await create(tag, [tag]);
      expect(first.id).to.not.equal(second.id);
      const both = [first.id, second.id].sort();
      expect(ids(await os.compute.listServers({ tags: [tag] })).sort()).to.deep.equal(both);
      expect(ids(await os.compute.listServers({ name: `^${tag}$` })).sort()).to.deep.equal(both);
      expect(ids(await os.compute.listServers({ tags: [tag, 'ctr-nope'] }))).to.deep.equal([]);
      expect(ids(await os.compute.listServers({ tagsAny: [tag, 'ctr-nope'] })).sort()).to.deep.equal(both);
      expect(ids(await os.compute.listServers({ notTags: [run] }))).to.not.include.members(both);

      const query = { tags: tag, limit: 1, sort_key: 'created_at', sort_dir: 'asc' };
      const page = await list(os, query);
      expect(page.ids).to.have.length(1);
      expect(page.more, 'a full page has a link to the next').to.equal(true);
      const next = await list(os, { ...query, marker: page.ids[0] });
      expect([...page.ids, ...next.ids].sort()).to.deep.equal(both);
      expect((await list(os, { ...query, limit: 0 })).ids).to.deep.equal([]);

      const metadata = JSON.stringify({ 'ehos.contract': 'ctr-nope' });
      expect((await list(os, { metadata })).ids, "a member's metadata filter is ignored").to.include.members(both);

      for (const id of both) await os.compute.deleteServer(id);
      const gone = await eventually(
        () => os.compute.listServers({ tags: [tag] }),
        (servers) => servers.length === 0,
        PATIENCE,
      );
      expect(gone).to.deep.equal([]);
    });

    it('refuse a marker that is not there', async () => {
      const error = await errorOf(list(os, { marker: '00000000-0000-0000-0000-000000000000' }));
      expect(error).to.include({ errorClass: 'NotFound', field: 'marker', status: 400 });
    });

    it('refuse a filter that Nova does not know', async () => {
      expect(await errorOf(list(os, { bogus: '1' }))).to.include({ errorClass: 'Invalid', status: 400 });
    });
  });
}

async function list(
  os: OpenStack,
  query: Record<string, string | number | undefined>,
): Promise<{ ids: string[]; more: boolean }> {
  const version = { 'openstack-api-version': `compute ${await os.compute.microversion()}` };
  const call = { service: 'compute', method: 'GET', path: '/servers', query, headers: version } as const;
  const body = (await os.session.request(call)).body as {
    servers: { id: string }[];
    servers_links?: { rel: string }[];
  };
  return {
    ids: body.servers.map((server) => server.id),
    more: body.servers_links?.some((link) => link.rel === 'next') ?? false,
  };
}
