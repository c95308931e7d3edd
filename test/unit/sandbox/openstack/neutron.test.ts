import { expect } from 'chai';
import { messageOf, startTestSandbox } from './harness.ts';
import type { Answer, TestSandbox } from './harness.ts';

describe('sandbox OpenStack: Neutron', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  it('pages through networks by links', async () => {
    const first = await test.client.neutron('GET', '/networks?limit=1&fields=name');
    expect(first.body.networks).to.deep.equal([{ name: 'ehos-net' }]);
    const next = new URL(first.body.networks_links![0]!.href!);
    const second = await test.client.request('GET', next.pathname + next.search);
    expect(second.body.networks).to.deep.equal([{ name: 'public' }]);
    expect(second.body.networks_links!.map((link) => link.rel)).to.include('previous');
  });

  it('filters ports by tags in all four ways, and by address', async () => {
    const make = async (name: string, tags: string[]): Promise<void> => {
      const port = (await test.client.neutron('POST', '/ports', { port: { network_id: test.networkId, name } })).body
        .port!;
      await test.client.neutron('PUT', `/ports/${port.id!}/tags`, { tags });
    };
    await make('both', ['a', 'b']);
    await make('one', ['a']);
    const names = async (query: string): Promise<unknown> =>
      (await test.client.neutron('GET', `/ports?${query}`)).body.ports!.map((port) => port.name);
    expect(await names('tags=a,b')).to.deep.equal(['both']);
    expect(await names('tags-any=b,c')).to.deep.equal(['both']);
    expect(await names('device_owner=&not-tags=a,b')).to.deep.equal(['one']);
    expect(await names('device_owner=&not-tags-any=b')).to.deep.equal(['one']);
    expect(await names('fixed_ips=ip_address=10.20.0.3')).to.deep.equal(['one']);
    expect(await names('name=one&name=both')).to.deep.equal(['both', 'one']);
  });

  it('changes and deletes ports; a server loses the port that is deleted', async () => {
    const id = await test.createId();
    await test.clock.advance(5000);
    const [port] = (await test.client.neutron('GET', '/ports')).body.ports!;
    const changed = await test.client.neutron('PUT', `/ports/${port!.id!}`, { port: { name: 'n', description: 'd' } });
    expect(changed.body.port).to.include({ name: 'n', description: 'd' });
    expect((await test.client.neutron('PUT', `/ports/${port!.id!}/tags`, {})).status).to.equal(400);
    expect((await test.client.neutron('DELETE', `/ports/${port!.id!}`)).status).to.equal(204);
    expect((await test.show(id)).addresses).to.deep.equal({});
  });

  it('moves, frees and deletes floating IPs, within their quota', async () => {
    const external = (await test.client.neutron('GET', '/networks?router:external=true')).body.networks![0]!.id!;
    const port = (await test.client.neutron('POST', '/ports', { port: { network_id: test.networkId } })).body.port!.id!;
    test.sandbox.setQuota('ehos', { floatingIps: 1 });
    const wish = { floatingip: { floating_network_id: external } };
    const id = (await test.client.neutron('POST', '/floatingips', wish)).body.floatingip!.id!;
    expect(messageOf(await test.client.neutron('POST', '/floatingips', wish))).to.equal(
      "Quota exceeded for resources: ['floatingip'].",
    );
    const put = (floatingip: unknown): Promise<Answer> =>
      test.client.neutron('PUT', `/floatingips/${id}`, { floatingip });
    expect((await put({ port_id: port })).body.floatingip).to.include({ port_id: port, fixed_ip_address: '10.20.0.2' });
    expect((await put({ port_id: null })).body.floatingip).to.include({ port_id: null });
    expect((await put({ port_id: port, description: 'd' })).body.floatingip).to.include({ description: 'd' });
    expect((await test.client.neutron('DELETE', `/floatingips/${id}`)).status).to.equal(204);
    expect((await test.client.neutron('GET', '/floatingips')).body.floatingips).to.deep.equal([]);
  });

  it('gives no floating IP from a network that is not external', async () => {
    const wish = { floatingip: { floating_network_id: test.networkId } };
    expect((await test.client.neutron('POST', '/floatingips', wish)).status).to.equal(400);
  });

  it('deletes groups and rules, but neither the default group nor one in use', async () => {
    const list = (await test.client.neutron('GET', '/security-groups')).body.security_groups!;
    const [standard, workers] = [list[0]!.id!, list[1]!.id!];
    expect((await test.client.neutron('DELETE', `/security-groups/${standard}`)).status).to.equal(409);
    const rules = (await test.client.neutron('GET', `/security-group-rules?security_group_id=${workers}`)).body
      .security_group_rules!;
    expect((await test.client.neutron('DELETE', `/security-group-rules/${rules[0]!.id!}`)).status).to.equal(204);
    const shown = await test.client.neutron('GET', `/security-groups/${workers}`);
    expect(shown.body.security_group!.security_group_rules).to.have.length(1);
    expect((await test.client.neutron('DELETE', `/security-groups/${workers}`)).status).to.equal(204);
    const port = { port: { network_id: test.networkId, security_groups: [workers] } };
    expect((await test.client.neutron('POST', '/ports', port)).status).to.equal(404);
  });

  it('shows networks, subnets, routers, extensions', async () => {
    expect((await test.client.neutron('GET', `/networks/${test.networkId}`)).body.network!.name).to.equal('ehos-net');
    const [subnet] = (await test.client.neutron('GET', `/subnets?network_id=${test.networkId}`)).body.subnets!;
    expect(subnet!.allocation_pools).to.deep.equal([{ start: '10.20.0.2', end: '10.20.255.254' }]);
    expect((await test.client.neutron('GET', `/subnets/${subnet!.id!}`)).body.subnet).to.deep.equal(subnet);
    expect((await test.client.neutron('GET', '/routers')).body.routers![0]!.name).to.equal('ehos-router');
    expect((await test.client.neutron('GET', '/extensions')).body.extensions).to.deep.equal([]);
    expect((await test.client.neutron('GET', '')).body.resources).to.have.length(4);
    expect((await test.client.neutron('DELETE', `/networks/${test.networkId}`)).status).to.equal(204);
  });

  it('runs out of addresses in a small network: the server ends in ERROR', async () => {
    await test.sandbox.close();
    test = await startTestSandbox((clouds) =>
      clouds.map((cloud) => ({ ...cloud, networks: [{ name: 'ehos-net', cidr: '10.9.0.0/30' }] })),
    );
    await test.createId();
    await test.createId();
    await test.clock.advance(6000);
    expect(test.sandbox.servers().map((server) => server.status)).to.deep.equal(['ACTIVE', 'ERROR']);
    const refused = await test.client.neutron('POST', '/ports', { port: { network_id: test.networkId } });
    expect([refused.status, refused.body.NeutronError!.type]).to.deep.equal([409, 'IpAddressGenerationFailure']);
  });
});
