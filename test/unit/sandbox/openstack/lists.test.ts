import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { Answer, TestSandbox } from './harness.ts';

describe('sandbox OpenStack: lists of servers', () => {
  let test: TestSandbox;
  const made: string[] = [];

  before(async () => {
    test = await startTestSandbox();
    const servers = [
      { name: 'a-1', tags: ['x', 'y'] },
      { name: 'a-2', tags: ['x'] },
      { name: 'B-1', tags: ['y'], flavorRef: '1' },
      { name: 'b-2', key_name: 'ehos-key' },
      { name: 'gone' },
      { name: 'huge', flavorRef: 'huge' },
    ];
    for (const server of servers) {
      made.push(await test.createId(server));
      await test.clock.advance(5000);
    }
    await test.client.nova('DELETE', `/servers/${made[4]!}`);
    await test.clock.advance(5000);
  });
  after(() => test.sandbox.close());

  const names = (answer: Answer): unknown => answer.body.servers?.map((server) => server.name);
  const list = (query: string, mv?: string): Promise<Answer> =>
    test.client.nova('GET', `/servers?${query}`, undefined, mv);

  const queries: [query: string, names: string[], mv?: string][] = [
    ['', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
    ['sort_key=created_at&sort_dir=asc', ['a-1', 'a-2', 'B-1', 'b-2', 'huge']],
    ['sort_key=display_name&sort_dir=asc', ['B-1', 'a-1', 'a-2', 'b-2', 'huge']],
    ['sort_key=vm_state', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
    ['sort_key=key_name', ['b-2', 'huge', 'B-1', 'a-2', 'a-1']],
    ['sort_key=launched_at', ['b-2', 'B-1', 'a-2', 'a-1', 'huge']],
    ['sort_key=updated_at&sort_dir=asc', ['a-1', 'a-2', 'B-1', 'b-2', 'huge']],
    ['name=^a-', ['a-2', 'a-1']],
    ['name=^b', ['b-2', 'B-1']],
    ['name=1$', ['B-1', 'a-1']],
    ['tags=x', ['a-2', 'a-1']],
    ['tags=x,y', ['a-1']],
    ['tags-any=x,y', ['B-1', 'a-2', 'a-1']],
    ['not-tags=x,y', ['huge', 'b-2', 'B-1', 'a-2']],
    ['not-tags-any=x,y', ['huge', 'b-2']],
    ['tags=x', ['huge', 'b-2', 'B-1', 'a-2', 'a-1'], '2.25'],
    ['status=ACTIVE', ['b-2', 'B-1', 'a-2', 'a-1']],
    ['status=active&status=ERROR', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
    ['status=BUILD', []],
    ['flavor=1', ['B-1']],
    ['key_name=ehos-key', ['b-2']],
    ['key_name=ehos-key', ['huge', 'b-2', 'B-1', 'a-2', 'a-1'], '2.82'],
    ['vm_state=error', ['huge']],
    ['task_state=deleting', []],
    ['availability_zone=nope', []],
    ['host=compute-1', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
    ['limit=2', ['huge', 'b-2']],
    ['limit=0', []],
    ['all_tenants=0', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
    ['_private=1', ['huge', 'b-2', 'B-1', 'a-2', 'a-1']],
  ];
  for (const [query, expected, mv] of queries) {
    it(`?${query}${mv === undefined ? '' : ` at ${mv}`} -> ${expected.join(' ') || 'nothing'}`, async () => {
      expect(names(await list(query, mv))).to.deep.equal(expected);
    });
  }

  const refusals: [query: string, message: RegExp][] = [
    ['limit=-1', /^Invalid input for query parameters limit\. Value: -1\. '-1' does not match '\^\[0-9\]\*\$'$/],
    ['name=%5B', /^Invalid input for query parameters name\. Value: \[\. '\[' is not a 'regex'$/],
    ['changes-since=banana', /Value: banana\. 'banana' is not a 'date-time'$/],
    ['sort_key=bogus', /'bogus' is not one of \['key_name', 'display_name', /],
    ['sort_key=uuid&sort_dir=up', /^Invalid input received: Unknown sort direction, must be 'desc' or 'asc'$/],
    ['foo=1&bar=2', /^'bar', 'foo' do not match any of the regexes: '\^_'$/],
  ];
  for (const [query, message] of refusals) {
    it(`refuses ?${query}`, async () => {
      const answer = await list(query);
      expect(answer.status).to.equal(400);
      expect(answer.body.badRequest!.message).to.match(message);
    });
  }

  it('follows the links through all pages, each server once', async () => {
    let path: string | undefined = '/servers?limit=2&status=ACTIVE&status=ERROR';
    const seen: string[] = [];
    let pages = 0;
    while (path !== undefined) {
      const page: Answer = await test.client.nova('GET', path);
      seen.push(...page.body.servers!.map((server) => server.name!));
      const next: string | undefined = page.body.servers_links?.[0]!.href;
      path = next?.replace(`${test.sandbox.url}/compute/v2.1`, '');
      pages++;
    }
    expect(seen).to.deep.equal(['huge', 'b-2', 'B-1', 'a-2', 'a-1']);
    expect(pages).to.equal(3);
  });

  it('knows a deleted server as no marker', async () => {
    const answer = await list(`marker=${made[4]!}`);
    expect([answer.status, answer.body.badRequest!.message]).to.deep.equal([400, `marker [${made[4]!}] not found`]);
  });

  it('shows with changes-since what changed, the deleted among it', async () => {
    const at = (ms: number): string => encodeURIComponent(new Date(test.clock.now() - ms).toISOString());
    const recent = await test.client.nova('GET', `/servers/detail?changes-since=${at(5000)}`);
    expect(names(recent)).to.deep.equal(['gone']);
    expect(recent.body.servers![0]).to.include({ status: 'DELETED', 'OS-EXT-STS:vm_state': 'deleted' });
    expect(names(await list(`changes-since=${at(3600_000)}`))).to.have.members([
      'gone',
      'huge',
      'b-2',
      'B-1',
      'a-2',
      'a-1',
    ]);
    expect(names(await list(`changes-since=${at(0)}`))).to.deep.equal([]);
  });

  it('shows each project its own', async () => {
    const token = test.client.token;
    await test.client.logIn('ehos-b');
    expect(names(await list(''))).to.deep.equal([]);
    expect((await test.client.nova('GET', `/servers/${made[0]!}`)).status).to.equal(404);
    test.client.token = token;
  });
});

describe('sandbox OpenStack: a thousand servers', () => {
  let test: TestSandbox;

  before(async () => {
    test = await startTestSandbox((clouds) =>
      clouds.map((cloud) => ({ ...cloud, quota: { instances: -1, cores: -1, ram: -1 } })),
    );
    await test.create({ name: 'n', min_count: 1001, max_count: 1001, tags: ['one', 'two', 'three'] });
    await test.clock.advance(5000);
  });
  after(() => test.sandbox.close());

  it('are one page and a link, limit 5000 or none', async () => {
    for (const path of ['/servers/detail', '/servers/detail?limit=5000']) {
      const page = await test.client.nova('GET', path);
      expect(page.body.servers).to.have.length(1000);
      const next = new URL(page.body.servers_links![0]!.href!);
      const rest = await test.client.nova('GET', next.pathname.replace('/compute/v2.1', '') + next.search);
      expect(rest.body.servers!.map((server) => server.name)).to.deep.equal(['n-1']);
      expect(rest.body).to.not.have.property('servers_links');
    }
  });

  it('are listed in less than 50 ms of processor time, the client included', async () => {
    const times: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = process.cpuUsage();
      await test.client.nova('GET', '/servers/detail');
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1000);
    }
    // the best of eight: what the machine does besides is no property of the sandbox
    expect(Math.min(...times)).to.be.below(50);
  });
});
