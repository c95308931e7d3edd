import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

const NOWHERE = '00000000-0000-0000-0000-000000000000';

describe('sandbox OpenStack: POST /servers', () => {
  let test: TestSandbox;

  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  /** Beyond the captured ones, which the replay covers; all texts measured. */
  const refusals: [title: string, server: Record<string, unknown>, status: number, message: string][] = [
    [
      'no name',
      { name: undefined, flavorRef: undefined, imageRef: undefined, networks: undefined },
      400,
      "Invalid input for field/attribute server. Value: {}. 'name' is a required property",
    ],
    [
      'an image reference that is no UUID',
      { imageRef: 'zzz' },
      400,
      "Invalid input for field/attribute imageRef. Value: zzz. 'zzz' is not valid under any of the given schemas",
    ],
    [
      'a word for networks that is none',
      { networks: 'bogus' },
      400,
      "Invalid input for field/attribute networks. Value: bogus. 'bogus' is not valid under any of the given schemas",
    ],
    [
      'a network that is no UUID',
      { networks: [{ uuid: 'nope' }] },
      400,
      "Invalid input for field/attribute networks. Value: [{'uuid': 'nope'}]. [{'uuid': 'nope'}] is not valid under any of the given schemas",
    ],
    [
      'a host name with a blank',
      { hostname: 'a b' },
      400,
      "Invalid input for field/attribute hostname. Value: a b. 'a b' does not match '^[a-zA-Z0-9-._]*$'",
    ],
    ['neither image nor volume', { imageRef: undefined }, 400, 'Missing imageRef attribute'],
    [
      'a name that begins with a blank',
      { name: ' x' },
      400,
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    ],
    ['an empty tag', { tags: [''] }, 400, "Invalid input for field/attribute 0. Value: . '' is too short"],
    [
      'metadata that is no text',
      { metadata: { a: 1 } },
      400,
      "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'",
    ],
    [
      'user data that is no text',
      { user_data: 5 },
      400,
      "Invalid input for field/attribute user_data. Value: 5. 5 is not of type 'string'",
    ],
    ['more at least than at most', { min_count: 3, max_count: 2 }, 400, 'min_count must be <= max_count'],
    ['an unknown port', { networks: [{ port: NOWHERE }] }, 400, `Port id ${NOWHERE} could not be found.`],
    ['two unknown keys', { b: 1, a: 2 }, 400, ''],
  ];
  for (const [title, server, status, message] of refusals) {
    it(`refuses ${title}`, async () => {
      const answer = await test.create(server);
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-type']).to.equal('application/json; charset=UTF-8');
      const text = answer.body.badRequest!.message!;
      if (message === '') expect(text).to.match(/Additional properties are not allowed \('a', 'b' were unexpected\)$/);
      else expect(text).to.equal(message);
      expect(test.sandbox.servers()).to.deep.equal([]);
    });
  }

  it('refuses a body without a server', async () => {
    const answer = await test.client.nova('POST', '/servers', {});
    expect([answer.status, answer.body.badRequest!.message]).to.deep.equal([400, "'server' is a required property"]);
  });

  const accepted: [
    title: string,
    server: Record<string, unknown>,
    check: (server: Awaited<ReturnType<TestSandbox['show']>>) => void,
  ][] = [
    ['a flavor by number', { flavorRef: 2 }, (server) => expect(server.flavor!.original_name).to.equal('m1.small')],
    [
      'a flavor by URL',
      { flavorRef: 'http://x/flavors/c8' },
      (server) => expect(server.flavor!.original_name).to.equal('c8.large'),
    ],
    ['tags once each, in order', { tags: ['b', 'a', 'b'] }, (server) => expect(server.tags).to.deep.equal(['a', 'b'])],
    [
      '50 tags',
      { tags: Array.from({ length: 50 }, (_, i) => `t${i}`) },
      (server) => expect(server.tags).to.have.length(50),
    ],
    ['a tag of 60 characters', { tags: ['t'.repeat(60)] }, (server) => expect(server.tags![0]).to.have.length(60)],
    [
      '128 items of metadata',
      { metadata: Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`k${i}`, ''])) },
      (server) => expect(Object.keys(server.metadata!)).to.have.length(128),
    ],
    ['a config drive', { config_drive: true }, (server) => expect(server.config_drive).to.equal('True')],
    ['a config drive as text', { config_drive: 'true' }, (server) => expect(server.config_drive).to.equal('True')],
    ['an empty list of networks', { networks: [] }, (server) => expect(server.status).to.equal('BUILD')],
    ['a description', { description: 'why' }, (server) => expect(server.description).to.equal('why')],
    ['no description', {}, (server) => expect(server.description).to.equal(null)],
    [
      'a zone',
      { availability_zone: 'nova' },
      (server) => expect(server['OS-EXT-AZ:availability_zone']).to.equal('nova'),
    ],
    [
      'a host name of its own',
      { hostname: 'Other' },
      (server) => expect(server['OS-EXT-SRV-ATTR:hostname']).to.equal('Other'),
    ],
    [
      'a host name made of the name',
      { name: 'My Node_1!' },
      (server) => expect(server['OS-EXT-SRV-ATTR:hostname']).to.equal('my-node-1'),
    ],
  ];
  for (const [title, server, check] of accepted) {
    it(`accepts ${title}`, async () => {
      check(await test.show(await test.createId(server)));
    });
  }

  it('takes the name for the description before 2.19', async () => {
    const made = await test.create({}, { mv: '2.1' });
    expect((await test.show(made.body.server!.id!)).description).to.equal('node-1');
  });

  it('numbers several servers and tells the first', async () => {
    const made = await test.create({ name: 'm', min_count: 2, max_count: 3, hostname: 'h' });
    expect(test.sandbox.servers().map((server) => server.name)).to.deep.equal(['m-1', 'm-2', 'm-3']);
    expect(made.body.server!.id).to.equal(test.sandbox.servers()[0]!.id);
    expect((await test.show(test.sandbox.servers()[2]!.id))['OS-EXT-SRV-ATTR:hostname']).to.equal('h-3');
  });

  it('makes fewer, but not less than min_count, where the quota does not allow max_count', async () => {
    test.sandbox.setQuota('ehos', { instances: 3 });
    await test.create({ min_count: 2, max_count: 5 });
    expect(test.sandbox.servers()).to.have.length(3);
    await test.clock.advance(5000);
    const refused = await test.create({ min_count: 2, max_count: 5 });
    expect(refused.body.forbidden!.message).to.equal(
      'Quota exceeded for instances: Requested 2, but already used 3 of 3 instances',
    );
  });

  it('is never idempotent: the same request twice makes two', async () => {
    const [a, b] = [await test.createId(), await test.createId()];
    expect(a).to.not.equal(b);
    expect(test.sandbox.servers()).to.have.length(2);
  });

  it('names every quota that is exceeded', async () => {
    test.sandbox.setQuota('ehos', { instances: 0, cores: 1, ram: -1 });
    const refused = await test.create({ flavorRef: '4' });
    expect(refused.body.forbidden!.message).to.equal(
      'Quota exceeded for cores, instances: Requested 4, 1, but already used 0, 0 of 1, 0 cores, instances',
    );
  });

  it('accepts over quota while the others are build requests, and fails the one too many when it is scheduled', async () => {
    test.sandbox.setQuota('ehos', { instances: 1 });
    await test.createId({ name: 'a' });
    await test.createId({ name: 'b' });
    await test.clock.advance(6000);
    const servers = test.sandbox.servers();
    expect(servers.map((server) => server.status)).to.deep.equal(['ACTIVE', 'ERROR']);
    expect(servers[1]!.fault).to.equal('Quota exceeded for instances: Requested 0, but already used 2 of 1 instances');
  });

  it('counts ERROR servers against the quota', async () => {
    await test.createId({ flavorRef: 'huge' });
    await test.clock.advance(1000);
    const { absolute } = (await test.client.nova('GET', '/limits')).body.limits!;
    expect(absolute).to.include({ totalInstancesUsed: 1, totalCoresUsed: 32, totalRAMUsed: 65536 });
  });

  it('refuses one more member than a group may have', async () => {
    test.sandbox.setQuota('ehos', { serverGroupMembers: 1 });
    const made = await test.client.nova('POST', '/os-server-groups', {
      server_group: { name: 'g', policy: 'affinity' },
    });
    const hints = { group: made.body.server_group!.id };
    expect((await test.create({}, { hints })).status).to.equal(202);
    const refused = await test.create({}, { hints });
    expect([refused.status, refused.body.forbidden!.message]).to.deep.equal([
      403,
      'Quota exceeded, too many servers in group',
    ]);
  });

  it('refuses automatic networks where there are two', async () => {
    await test.sandbox.close();
    test = await startTestSandbox((clouds) =>
      clouds.map((cloud) => ({ ...cloud, networks: [...cloud.networks, { name: 'second', cidr: '10.99.0.0/24' }] })),
    );
    const refused = await test.create({ networks: 'auto' });
    expect(refused.status).to.equal(409);
    expect(refused.body.conflictingRequest!.message).to.match(/^Multiple possible networks found/);
  });

  it('accepts an ambiguous security group by id, and the server then finds no host', async () => {
    const twin = { security_group: { name: 'ehos-worker' } };
    const made = await test.client.neutron('POST', '/security-groups', twin);
    const id = await test.createId({ security_groups: [{ name: made.body.security_group!.id }] });
    await test.clock.advance(6000);
    expect((await test.show(id)).fault!.message).to.match(/^Exceeded maximum number of retries\./);
  });

  it('binds the ports of the server to the groups asked for', async () => {
    const id = await test.createId({ security_groups: [{ name: 'ehos-worker' }, { name: 'default' }] });
    await test.clock.advance(5000);
    expect((await test.show(id)).security_groups).to.deep.equal([{ name: 'ehos-worker' }, { name: 'default' }]);
  });

  const images: [status: 'queued' | 'deactivated'][] = [['queued'], ['deactivated']];
  for (const [status] of images) {
    it(`refuses an image that is ${status}`, async () => {
      await test.sandbox.close();
      test = await startTestSandbox((clouds) =>
        clouds.map((cloud) => ({ ...cloud, images: [...cloud.images, { name: 'odd', status }] })),
      );
      const odd = (await test.client.glance('GET', '/images?name=odd')).body.images![0]!.id!;
      const refused = await test.create({ imageRef: odd });
      expect(refused.body.badRequest!.message).to.equal(`Image ${odd} is not active.`);
    });
  }
});
