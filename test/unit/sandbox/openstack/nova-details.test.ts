import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { Answer, TestSandbox } from './harness.ts';

describe('sandbox OpenStack: tags and metadata of a server', () => {
  let test: TestSandbox;
  let id: string;
  beforeEach(async () => {
    test = await startTestSandbox();
    id = await test.createId({ tags: ['a'], metadata: { k: 'v' } });
    await test.clock.advance(5000);
  });
  afterEach(() => test.sandbox.close());

  const at = (method: string, path: string, body?: unknown): Promise<Answer> =>
    test.client.nova(method, `/servers/${id}${path}`, body);

  it('adds, checks, repeats and removes one tag', async () => {
    const added = await at('PUT', '/tags/b');
    expect([added.status, added.headers.location]).to.deep.equal([
      201,
      `${test.sandbox.url}/compute/v2.1/servers/${id}/tags/b`,
    ]);
    expect((await at('PUT', '/tags/b')).status).to.equal(204);
    expect((await at('GET', '/tags/b')).status).to.equal(204);
    expect((await at('DELETE', '/tags/b')).status).to.equal(204);
    expect((await at('GET', '/tags')).body.tags).to.deep.equal(['a']);
  });

  const refusals: [title: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
    ['a tag that is not there', 'GET', '/tags/y', undefined, 404, /^Server .* has no tag 'y'$/],
    [
      'a tag that is too long',
      'PUT',
      `/tags/${'t'.repeat(61)}`,
      undefined,
      400,
      /^Tag 't{61}' is invalid\. It must be .* Validation error message: 't{61}' is too long$/,
    ],
    ['a tag with a comma', 'PUT', '/tags/a,b', undefined, 400, /does not match '\^\[\^,\/\]\*\$'$/],
    ['tags without tags', 'PUT', '/tags', {}, 400, /^'tags' is a required property$/],
    ['tags that are no list', 'PUT', '/tags', { tags: 'x' }, 400, /'x' is not of type 'array'$/],
    ['metadata without metadata', 'POST', '/metadata', {}, 400, /^'metadata' is a required property$/],
    ['metadata that is no object', 'POST', '/metadata', { metadata: [] }, 400, /\[\] is not of type 'object'$/],
    [
      'a key with a slash',
      'PUT',
      '/metadata',
      { metadata: { 'a/b': 'c' } },
      400,
      /'a\/b' does not match any of the regexes/,
    ],
    ['a key that is not there', 'DELETE', '/metadata/nope', undefined, 404, /^Metadata item was not found$/],
    ['an action that was not', 'GET', '/os-instance-actions/req-x', undefined, 404, /^Action req-x not found$/],
    ['an empty name', 'PUT', '', { server: { name: '' } }, 400, /'' is too short$/],
  ];
  for (const [title, method, path, body, status, message] of refusals) {
    it(`refuses ${title}`, async () => {
      const answer = await at(method, path, body);
      expect(answer.status).to.equal(status);
      expect(Object.values(answer.body)[0]!.message).to.match(message);
    });
  }

  it('refuses the 51st tag', async () => {
    await at('PUT', '/tags', { tags: Array.from({ length: 50 }, (_, i) => `t${i}`) });
    expect((await at('PUT', '/tags/one-more')).status).to.equal(400);
  });

  it('adds to, replaces and removes metadata, up to 128 items', async () => {
    expect((await at('POST', '/metadata', { metadata: { l: 'w' } })).body.metadata).to.deep.equal({ k: 'v', l: 'w' });
    expect((await at('PUT', '/metadata', { metadata: { m: 'x' } })).body.metadata).to.deep.equal({ m: 'x' });
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`k${i}`, 'v']));
    expect((await at('POST', '/metadata', { metadata: many })).status).to.equal(403);
    expect((await at('DELETE', '/metadata/m')).status).to.equal(204);
    expect((await at('GET', '/metadata')).body.metadata).to.deep.equal({});
  });

  it('shows addresses by network, and the record of an action', async () => {
    expect((await at('GET', '/ips')).body.addresses).to.deep.equal({ 'ehos-net': [{ version: 4, addr: '10.20.0.2' }] });
    const [create] = (await at('GET', '/os-instance-actions')).body.instanceActions!;
    const shown = await at('GET', `/os-instance-actions/${create!.request_id!}`);
    expect(shown.body.instanceAction).to.include({ action: 'create', instance_uuid: id });
  });

  it('changes the description alone', async () => {
    const changed = await at('PUT', '', { server: { description: 'new' } });
    expect(changed.body.server).to.include({ name: 'node-1', description: 'new' });
  });
});

describe('sandbox OpenStack: what Nova shows in each microversion', () => {
  let test: TestSandbox;
  let id: string;
  before(async () => {
    test = await startTestSandbox();
    id = await test.createId({ tags: ['a'] });
    await test.clock.advance(5000);
  });
  after(() => test.sandbox.close());

  const keys: [key: string, from: number][] = [
    ['locked', 9],
    ['description', 19],
    ['tags', 26],
    ['trusted_image_certificates', 63],
    ['server_groups', 71],
    ['locked_reason', 73],
    ['OS-EXT-SRV-ATTR:hostname', 90],
    ['pinned_availability_zone', 96],
    ['scheduler_hints', 100],
  ];
  for (const [key, from] of keys) {
    it(`${key} from 2.${from} on`, async () => {
      expect(await test.show(id, `2.${from - 1}`)).to.not.have.property(key);
      expect(await test.show(id, `2.${from}`)).to.have.property(key);
    });
  }

  it('the flavor embedded from 2.47, linked before', async () => {
    expect((await test.show(id, '2.46')).flavor).to.have.keys('id', 'links');
    expect((await test.show(id, '2.47')).flavor).to.include({ vcpus: 1, original_name: 'm1.small' });
  });

  const headers: [headers: Record<string, string>, version: string | undefined, status: number][] = [
    [{}, '2.1', 200],
    [{ 'openstack-api-version': 'compute 2.52' }, '2.52', 200],
    [{ 'openstack-api-version': 'volume 3.50, compute 2.60' }, '2.60', 200],
    [{ 'openstack-api-version': 'volume 3.50' }, '2.1', 200],
    [{ 'x-openstack-nova-api-version': '2.30' }, '2.30', 200],
    [{ 'openstack-api-version': 'compute latest' }, '2.100', 200],
    [{ 'openstack-api-version': 'compute 2.101' }, '2.101', 406],
    [{ 'openstack-api-version': 'compute 3.1' }, '3.1', 406],
    [{ 'openstack-api-version': 'compute 2.0' }, '2.0', 406],
    [{ 'openstack-api-version': 'compute 2.01' }, undefined, 400],
  ];
  for (const [given, version, status] of headers) {
    it(`${JSON.stringify(given)} -> ${version ?? 'none'}, ${status}`, async () => {
      const answer = await test.client.request('GET', '/compute/v2.1/limits', { headers: given });
      expect([answer.status, answer.headers['x-openstack-nova-api-version']]).to.deep.equal([status, version]);
    });
  }

  const limits: [mv: string, present: string[], absent: string[]][] = [
    ['2.35', ['maxTotalFloatingIps', 'maxPersonality'], []],
    ['2.36', ['maxPersonality', 'maxImageMeta'], ['maxTotalFloatingIps']],
    ['2.57', ['maxServerMeta'], ['maxPersonality', 'maxImageMeta', 'maxTotalFloatingIps']],
  ];
  for (const [mv, present, absent] of limits) {
    it(`limits at ${mv}`, async () => {
      const { absolute } = (await test.client.nova('GET', '/limits', undefined, mv)).body.limits!;
      expect(absolute).to.include.keys(present);
      for (const key of absent) expect(absolute).to.not.have.property(key);
    });
  }
});

describe('sandbox OpenStack: flavors, keys, groups, quotas', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  it('shows flavors briefly, one alone, its extra specs', async () => {
    const brief = (await test.client.nova('GET', '/flavors?minRam=16384&minDisk=80')).body.flavors!;
    expect(brief.map((flavor) => flavor.name)).to.deep.equal(['m1.xlarge', 'c16.large', 'g1.large']);
    expect(Object.keys(brief[0]!)).to.deep.equal(['id', 'name', 'links', 'description']);
    expect((await test.client.nova('GET', '/flavors/g1')).body.flavor!.extra_specs).to.have.property(
      'resources:VGPU',
      '1',
    );
    expect((await test.client.nova('GET', '/flavors/1/os-extra_specs')).body.extra_specs).to.deep.equal({});
    expect((await test.client.nova('GET', '/flavors?limit=1')).body.flavors_links).to.have.length(1);
    expect((await test.client.nova('GET', '/flavors?marker=nope')).status).to.equal(400);
  });

  it('imports, shows and deletes a key, within the quota', async () => {
    const keypair = {
      name: 'k',
      public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP6Y3GJ5Zc2g0cL1Yc0S0nqk3m2X1d5Q9rJ6c8F0u7hA x',
    };
    expect((await test.client.nova('POST', '/os-keypairs', { keypair })).status).to.equal(201);
    expect((await test.client.nova('GET', '/os-keypairs/k')).body.keypair).to.include({
      name: 'k',
      type: 'ssh',
      deleted: false,
    });
    expect((await test.client.nova('DELETE', '/os-keypairs/k')).status).to.equal(204);
    expect((await test.client.nova('POST', '/os-keypairs', { keypair: { name: 'k' } })).status).to.equal(400);
    test.sandbox.setQuota('ehos', { keyPairs: 1 });
    const refused = await test.client.nova('POST', '/os-keypairs', { keypair });
    expect([refused.status, refused.body.forbidden!.message]).to.deep.equal([
      403,
      'Quota exceeded, too many key pairs.',
    ]);
  });

  it('shares the keys of a user among projects', async () => {
    await test.client.logIn('ehos-b');
    expect((await test.client.nova('GET', '/os-keypairs')).body.keypairs).to.have.length(1);
  });

  it('refuses an unknown policy, and one group too many', async () => {
    const make = (policy: string): Promise<Answer> =>
      test.client.nova('POST', '/os-server-groups', { server_group: { name: 'g', policy } });
    expect((await make('bogus')).body.badRequest!.message).to.match(
      /'bogus' is not one of \['anti-affinity', 'affinity', /,
    );
    test.sandbox.setQuota('ehos', { serverGroups: 1 });
    const id = (await make('affinity')).body.server_group!.id!;
    expect((await make('affinity')).body.forbidden!.message).to.equal('Quota exceeded, too many server groups.');
    expect((await test.client.nova('GET', `/os-server-groups/${id}`)).body.server_group!.policy).to.equal('affinity');
  });

  it('shows quotas as numbers, and follows a change', async () => {
    test.sandbox.setQuota('ehos', { cores: 7 });
    const quota = (await test.client.nova('GET', `/os-quota-sets/${test.projectId}`)).body.quota_set!;
    expect(quota).to.deep.include({ id: test.projectId, cores: 7, instances: 50 });
  });
});
