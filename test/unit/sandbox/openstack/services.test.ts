import { expect } from 'chai';
import { passwordAuth, startTestSandbox } from './harness.ts';
import type { Answer, RequestOptions, TestSandbox } from './harness.ts';

const NOWHERE = '00000000-0000-0000-0000-000000000000';

/** The text of an error in whichever form its service writes it. */
function messageOf(answer: Answer): string | undefined {
  const first = Object.values(answer.body as unknown as Record<string, { message?: string } | undefined>)[0];
  return first?.message ?? / {2}([^<\n]+)<br \/>/.exec(answer.text)?.[1];
}

interface Row {
  title: string;
  method: string;
  path: string | ((test: TestSandbox) => string);
  body?: unknown;
  status: number;
  message?: RegExp;
}

/** One request each, on a fresh sandbox; `path` includes the service. */
function table(rows: Row[], options: RequestOptions = {}): void {
  let test: TestSandbox;
  before(async () => {
    test = await startTestSandbox();
  });
  after(() => test.sandbox.close());
  for (const { title, method, path, body, status, message } of rows) {
    it(title, async () => {
      const target = typeof path === 'string' ? path : path(test);
      const answer = await test.client.request(method, target, { ...options, ...(body === undefined ? {} : { body }) });
      expect(answer.status).to.equal(status);
      if (message) expect(messageOf(answer)).to.match(message);
    });
  }
}

describe('sandbox OpenStack: refusals of each service (texts measured)', () => {
  const user = '/identity/v3/users/nobody/application_credentials';
  const cinder = (path: string) => (test: TestSandbox) => `/volume/v3/${test.projectId}/${path}`;
  table([
    {
      title: 'identity: list of projects',
      method: 'GET',
      path: '/identity/v3/projects',
      status: 403,
      message: /identity:list_projects\.$/,
    },
    {
      title: 'identity: list of users',
      method: 'GET',
      path: '/identity/v3/users',
      status: 403,
      message: /identity:list_users\.$/,
    },
    {
      title: "identity: someone else's project",
      method: 'GET',
      path: '/identity/v3/projects/x',
      status: 403,
      message: /identity:get_project\.$/,
    },
    {
      title: "identity: someone else's user",
      method: 'GET',
      path: '/identity/v3/users/x',
      status: 403,
      message: /identity:get_user\.$/,
    },
    { title: 'identity: unknown path', method: 'GET', path: '/identity/v3/nonsense', status: 404 },
    {
      title: 'identity: unknown subject token',
      method: 'GET',
      path: '/identity/v3/auth/tokens',
      status: 404,
      message: /^Could not find token/,
    },
    {
      title: 'identity: credential without a name',
      method: 'POST',
      path: user,
      body: { application_credential: {} },
      status: 400,
      message: /^'name' is a required property$/,
    },
    {
      title: 'identity: unknown credential',
      method: 'GET',
      path: `${user}/x`,
      status: 404,
      message: /^Could not find Application Credential: x\.$/,
    },
    {
      title: 'compute: zones in detail',
      method: 'GET',
      path: '/compute/v2.1/os-availability-zone/detail',
      status: 403,
      message: /os-availability-zone:detail/,
    },
    {
      title: 'compute: hypervisors',
      method: 'GET',
      path: '/compute/v2.1/os-hypervisors',
      status: 403,
      message: /os-hypervisors:list to/,
    },
    {
      title: "compute: someone else's quota",
      method: 'GET',
      path: '/compute/v2.1/os-quota-sets/x',
      status: 403,
      message: /os-quota-sets:show/,
    },
    {
      title: 'compute: unknown method',
      method: 'PATCH',
      path: '/compute/v2.1/servers',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    { title: 'compute: malformed path', method: 'GET', path: '/compute/v2.1/servers/%E0%A4%A', status: 404 },
    {
      title: 'compute: unknown server group',
      method: 'GET',
      path: `/compute/v2.1/os-server-groups/${NOWHERE}`,
      status: 404,
      message: /^Instance group .* could not be found\.$/,
    },
    {
      title: 'image: limit that is no number',
      method: 'GET',
      path: '/image/v2/images?limit=x',
      status: 400,
      message: /^limit param must be an integer$/,
    },
    {
      title: 'image: unknown marker',
      method: 'GET',
      path: '/image/v2/images?marker=nope',
      status: 400,
      message: /^No image found with ID nope$/,
    },
    {
      title: 'image: name for an id',
      method: 'GET',
      path: '/image/v2/images/ehos-worker',
      status: 404,
      message: /^No image found with ID ehos-worker$/,
    },
    {
      title: 'image: create without JSON',
      method: 'POST',
      path: '/image/v2/images',
      body: 'x',
      status: 400,
      message: /^Malformed JSON/,
    },
    {
      title: 'image: unknown path',
      method: 'GET',
      path: '/image/v2/nonsense',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'network: unknown filter',
      method: 'GET',
      path: '/network/v2.0/networks?bogus=1',
      status: 400,
      message: /^\['bogus'\] is invalid attribute for filtering$/,
    },
    {
      title: 'network: unknown path',
      method: 'GET',
      path: '/network/v2.0/nonsense',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'network: unknown port',
      method: 'GET',
      path: `/network/v2.0/ports/${NOWHERE}`,
      status: 404,
      message: /^Port .* could not be found\.$/,
    },
    {
      title: 'network: unknown group',
      method: 'GET',
      path: `/network/v2.0/security-groups/${NOWHERE}`,
      status: 404,
      message: /^Security group .* does not exist$/,
    },
    {
      title: 'network: unknown rule',
      method: 'DELETE',
      path: `/network/v2.0/security-group-rules/${NOWHERE}`,
      status: 404,
      message: /^Security group rule .* does not exist$/,
    },
    {
      title: 'network: unknown floating IP',
      method: 'GET',
      path: `/network/v2.0/floatingips/${NOWHERE}`,
      status: 404,
      message: /^Floating IP .* could not be found$/,
    },
    {
      title: 'network: unknown subnet',
      method: 'GET',
      path: `/network/v2.0/subnets/${NOWHERE}`,
      status: 404,
      message: /^Subnet .* could not be found\.$/,
    },
    {
      title: 'network: port without a network',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: { port: {} },
      status: 400,
      message: /^Failed to parse request\. Required attribute 'network_id' not specified$/,
    },
    {
      title: 'network: port on an unknown network',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: { port: { network_id: NOWHERE } },
      status: 404,
      message: /^Network .* could not be found\.$/,
    },
    {
      title: 'network: body without a resource',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: {},
      status: 400,
      message: /^Resource 'port' not found in request body/,
    },
    {
      title: 'network: floating IP on an unknown network',
      method: 'POST',
      path: '/network/v2.0/floatingips',
      body: { floatingip: { floating_network_id: NOWHERE } },
      status: 404,
      message: /^Network .* could not be found\.$/,
    },
    {
      title: 'network: second default group',
      method: 'POST',
      path: '/network/v2.0/security-groups',
      body: { security_group: { name: 'default' } },
      status: 409,
      message: /^Default security group already exists/,
    },
    { title: "network: someone else's quota", method: 'GET', path: '/network/v2.0/quotas/x', status: 403 },
    { title: 'network: limit that is no number', method: 'GET', path: '/network/v2.0/networks?limit=x', status: 400 },
    {
      title: 'volume: unknown path',
      method: 'GET',
      path: cinder('nonsense'),
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'volume: no size',
      method: 'POST',
      path: cinder('volumes'),
      body: { volume: {} },
      status: 400,
      message: /^The server could not comply/,
    },
    {
      title: 'volume: more than the gigabytes',
      method: 'POST',
      path: cinder('volumes'),
      body: { volume: { size: 100_000 } },
      status: 413,
      message: /^VolumeSizeExceedsAvailableQuota: .* Requested 100000G, quota is 10000G and 0G/,
    },
    { title: 'no service of that name', method: 'GET', path: '/nowhere/v1', status: 404 },
  ]);
});

describe('sandbox OpenStack: Keystone', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    test.client.request('GET', `/identity/v3${path}`, { headers });
  const post = (body: unknown): Promise<Answer> =>
    test.client.request('POST', '/identity/v3/auth/tokens', { token: null, body });

  it('refuses a token from the second of its expiry on', async () => {
    const four = 4 * 3600_000;
    await test.clock.advance(four - 1000);
    expect((await test.client.nova('GET', '/limits')).status).to.equal(200);
    await test.clock.advance(1000);
    const expired = await test.client.nova('GET', '/limits');
    expect([expired.status, expired.headers['www-authenticate']]).to.deep.equal([
      401,
      `Keystone uri="${test.sandbox.url}/identity"`,
    ]);
  });

  it('gives a token for a token, in another project', async () => {
    const identity = { methods: ['token'], token: { id: test.client.token } };
    const answer = await post({
      auth: { identity, scope: { project: { name: 'ehos-b', domain: { id: 'default' } } } },
    });
    expect(answer.body.token!.project!.name).to.equal('ehos-b');
  });

  it('finds user and project by id', async () => {
    const { user, project } = (await test.client.logIn()).body.token!;
    const identity = { methods: ['password'], password: { user: { id: user!.id, password: 'ehos' } } };
    expect((await post({ auth: { identity, scope: { project: { id: project!.id } } } })).status).to.equal(201);
  });

  const wrong: [title: string, auth: unknown][] = [
    ['an unknown user', passwordAuth('ehos', 'ehos', 'nobody')],
    [
      'another domain',
      {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'ehos', domain: { name: 'Other' }, password: 'ehos' } },
          },
        },
      },
    ],
    ['an invalid token', { auth: { identity: { methods: ['token'], token: { id: 'x' } } } }],
    [
      'an application credential of an unknown name',
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { name: 'x', secret: 'y', user: { name: 'ehos', domain: { id: 'default' } } },
          },
        },
      },
    ],
  ];
  for (const [title, body] of wrong) {
    it(`says 401 for ${title}`, async () => {
      expect((await post(body)).status).to.equal(401);
    });
  }

  it('makes every token worthless when told', async () => {
    test.sandbox.revokeTokens();
    expect((await test.client.nova('GET', '/limits')).status).to.equal(401);
  });

  it('refuses an unscoped token in the other services', async () => {
    const token = (await post(passwordAuth())).headers['x-subject-token']!;
    expect((await test.client.request('GET', '/compute/v2.1/limits', { token })).status).to.equal(401);
    const catalog = await test.client.request('GET', '/identity/v3/auth/catalog', { token });
    expect(catalog.body.catalog).to.deep.equal([]);
  });

  it('shows the own project, user, and the projects one may enter', async () => {
    const { user, project } = (await test.client.logIn()).body.token!;
    expect((await get(`/projects/${project!.id!}`)).body.project!.name).to.equal('ehos');
    expect((await get(`/users/${user!.id!}`)).body.user!.name).to.equal('ehos');
    for (const path of ['/auth/projects', `/users/${user!.id!}/projects`]) {
      const answer = await get(path);
      expect(answer.body.projects!.map((known) => known.name)).to.deep.equal(['ehos', 'ehos-b']);
      expect(answer.body.links!.self).to.equal(`${test.sandbox.url}/identity/v3${path}`);
    }
  });

  it('lists and shows application credentials, never their secret', async () => {
    const user = (await test.client.logIn()).body.token!.user!.id!;
    const list = await get(`/users/${user}/application_credentials`);
    const [credential] = list.body.application_credentials!;
    expect(credential).to.include({ name: 'ehos-operator', expires_at: null });
    const shown = await get(`/users/${user}/application_credentials/${credential!.id!}`);
    expect(shown.body.application_credential).to.deep.equal(credential);
    expect(list.text + shown.text).to.not.include('secret');
    expect((await get(`/users/${user}/application_credentials?name=nope`)).body.application_credentials).to.deep.equal(
      [],
    );
  });

  it('refuses an application credential after its expiry', async () => {
    const user = (await test.client.logIn()).body.token!.user!.id!;
    const expires_at = new Date(test.clock.now() + 60_000).toISOString();
    const body = { application_credential: { name: 'short', secret: 's', expires_at } };
    const made = await test.client.request('POST', `/identity/v3/users/${user}/application_credentials`, { body });
    const credential = { id: made.body.application_credential!.id, secret: 's' };
    const auth = { auth: { identity: { methods: ['application_credential'], application_credential: credential } } };
    expect((await post(auth)).status).to.equal(201);
    await test.clock.advance(60_000);
    expect((await post(auth)).status).to.equal(401);
  });

  it('writes a clouds.yaml: application credential where there is one, else the password', () => {
    const all = test.sandbox.cloudsYaml();
    expect(all).to.match(/^clouds:\n {2}ehos:\n {4}auth_type: v3applicationcredential\n/);
    expect(all).to.match(/ {2}ehos-b:\n {4}auth:\n/);
    expect(test.sandbox.cloudsYaml('ehos-b')).to.not.match(/ {2}ehos:/);
  });
});

describe('sandbox OpenStack: Glance, Neutron and Cinder', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const imageQueries: [query: string, names: string[]][] = [
    ['', ['ehos-worker-old', 'ehos-worker']],
    ['?sort=name:asc', ['ehos-worker', 'ehos-worker-old']],
    ['?sort_key=name&sort_dir=desc', ['ehos-worker-old', 'ehos-worker']],
    ['?tag=ehos', ['ehos-worker']],
    ['?tag=nope', []],
    ['?os_distro=debian', ['ehos-worker-old', 'ehos-worker']],
    ['?bogus=1', []],
    ['?name=in:ehos-worker,x', ['ehos-worker']],
    ['?visibility=public&limit=1', ['ehos-worker-old']],
  ];
  for (const [query, names] of imageQueries) {
    it(`lists images ${query || 'all'}`, async () => {
      const images = (await test.client.glance('GET', `/images${query}`)).body.images!;
      expect(images.map((image) => image.name)).to.deep.equal(names);
    });
  }

  it('pages through images by the relative link', async () => {
    const first = await test.client.glance('GET', '/images?limit=1');
    expect(first.body.next).to.match(/^\/v2\/images\?limit=1&marker=/);
    const second = await test.client.request('GET', `/image${first.body.next!}`);
    expect(second.body.images!.map((image) => image.name)).to.deep.equal(['ehos-worker']);
  });

  it('changes, refuses to change, and deletes an image', async () => {
    const path = `/images/${test.imageId}`;
    const patch = (operation: unknown): Promise<Answer> => test.client.glance('PATCH', path, [operation]);
    expect((await patch({ op: 'add', path: '/color', value: 'red' })).body.color).to.equal('red');
    expect((await patch({ op: 'remove', path: '/color' })).body).to.not.have.property('color');
    expect((await patch({ op: 'replace', path: '/name', value: 'other' })).body.name).to.equal('other');
    expect((await patch({ op: 'replace', path: '/tags', value: ['a'] })).body.tags).to.deep.equal(['a']);
    expect((await patch({ op: 'replace', path: '/min_disk', value: 5 })).status).to.equal(403);
    expect((await test.client.glance('PATCH', path, {})).status).to.equal(400);
    expect((await test.client.request('PUT', `/image/v2${path}/file`, { body: 'x' })).status).to.equal(409);
    expect((await test.client.glance('DELETE', path)).status).to.equal(204);
    expect((await test.client.glance('GET', path)).status).to.equal(404);
  });

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
    expect(await names('not-tags=a,b')).to.deep.equal(['one']);
    expect(await names('not-tags-any=b')).to.deep.equal(['one']);
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

  it('makes, lists, shows and deletes volumes', async () => {
    const path = `/volume/v3/${test.projectId}/volumes`;
    const wish = { volume: { size: 3, name: 'v', imageRef: test.imageId, metadata: { a: 'b' } } };
    const made = await test.client.request('POST', path, { body: wish });
    expect([made.status, made.body.volume!.status]).to.deep.equal([202, 'creating']);
    const id = made.body.volume!.id!;
    const shown = await test.client.request('GET', `${path}/${id}`);
    expect(shown.body.volume).to.include({
      status: 'available',
      bootable: 'true',
      'os-vol-tenant-attr:tenant_id': test.projectId,
    });
    const list = await test.client.request('GET', `${path}?name=v&status=available`);
    expect(Object.keys(list.body.volumes![0]!)).to.deep.equal(['id', 'name', 'links']);
    expect((await test.client.request('GET', `${path}?name=x`)).body.volumes).to.deep.equal([]);
    expect((await test.client.request('DELETE', `${path}/${id}`)).status).to.equal(202);
    expect((await test.client.request('GET', `${path}/${id}`)).status).to.equal(404);
  });

  it('keeps a volume that a server uses', async () => {
    const root = {
      uuid: test.imageId,
      source_type: 'image',
      destination_type: 'volume',
      boot_index: 0,
      volume_size: 2,
    };
    await test.createId({ imageRef: undefined, block_device_mapping_v2: [root] });
    await test.clock.advance(5000);
    const path = `/volume/v3/${test.projectId}/volumes`;
    const [volume] = (await test.client.request('GET', path)).body.volumes!;
    expect((await test.client.request('DELETE', `${path}/${volume!.id!}`)).status).to.equal(400);
  });

  for (const [usage, volumes] of [
    ['False', 1000],
    ['True', { limit: 1000, in_use: 0, reserved: 0 }],
  ] as const) {
    it(`shows the quota of volumes with usage=${usage}`, async () => {
      const path = `/volume/v3/${test.projectId}/os-quota-sets/${test.projectId}?usage=${usage}`;
      expect((await test.client.request('GET', path)).body.quota_set!.volumes).to.deep.equal(volumes);
    });
  }
});
