import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

describe('sandbox OpenStack: faults on demand', () => {
  let test: TestSandbox;

  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const failed = async (promise: Promise<unknown>): Promise<boolean> =>
    promise.then(
      () => false,
      () => true,
    );

  /** Requests are counted when they arrive. */
  const arrival = async (call: string): Promise<void> => {
    for (let turns = 0; !test.sandbox.calls().has(call); turns++) {
      if (turns > 100_000) throw new Error(`${call} does not arrive`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('answers with a status and a body, as often as told', async () => {
    test.sandbox.faults.add({ status: 503, body: { error: 'down' }, headers: { 'retry-after': '3' }, count: 2 });
    for (let i = 0; i < 2; i++) {
      const answer = await test.client.nova('GET', '/limits');
      expect([answer.status, answer.headers['retry-after'], answer.body.error]).to.deep.equal([503, '3', 'down']);
    }
    expect((await test.client.nova('GET', '/limits')).status).to.equal(200);
  });

  it('answers with an HTML page for a text', async () => {
    test.sandbox.faults.add({ status: 502, body: '<html>Bad Gateway</html>' });
    const answer = await test.client.nova('GET', '/limits');
    expect([answer.status, answer.headers['content-type'], answer.text]).to.deep.equal([
      502,
      'text/html; charset=UTF-8',
      '<html>Bad Gateway</html>',
    ]);
  });

  const rules: [title: string, rule: Parameters<TestSandbox['sandbox']['faults']['add']>[0], hit: boolean][] = [
    ['the service', { service: 'compute' }, true],
    ['another service', { service: 'network' }, false],
    ['the method', { method: 'GET' }, true],
    ['another method', { method: 'POST' }, false],
    ['the path', { path: /^\/v2\.1\/servers\/detail/ }, true],
    ['the query', { path: /\?limit=1$/ }, true],
    ['another path', { path: /flavors/ }, false],
  ];
  for (const [title, rule, hit] of rules) {
    it(`${hit ? 'hits' : 'misses'} a rule for ${title}`, async () => {
      test.sandbox.faults.add({ ...rule, status: 500 });
      expect((await test.client.nova('GET', '/servers/detail?limit=1')).status).to.equal(hit ? 500 : 200);
    });
  }

  it('hits one flavor by what was sent, and no other', async () => {
    test.sandbox.faults.add({ service: 'compute', method: 'POST', sent: /"flavorRef":"4"/, status: 503 });
    test.sandbox.faults.add({ service: 'compute', method: 'POST', sent: /"flavorRef":"5"/, drop: 'before' });
    expect((await test.create({ flavorRef: '4' })).status).to.equal(503);
    expect(await failed(test.create({ flavorRef: '5' }))).to.equal(true);
    expect((await test.create({ flavorRef: '3' })).status).to.equal(202);
  });

  it('takes back one rule, or all', async () => {
    const undo = test.sandbox.faults.add({ status: 500 });
    test.sandbox.faults.add({ status: 501 });
    expect((await test.client.nova('GET', '/limits')).status).to.equal(500);
    undo();
    expect((await test.client.nova('GET', '/limits')).status).to.equal(501);
    test.sandbox.faults.clear();
    expect((await test.client.nova('GET', '/limits')).status).to.equal(200);
  });

  it('drops the connection before the effect: nothing was made', async () => {
    test.sandbox.faults.add({ method: 'POST', drop: 'before', count: 1 });
    expect(await failed(test.create())).to.equal(true);
    expect(test.sandbox.servers()).to.deep.equal([]);
  });

  it('drops the connection after the effect: the server is there', async () => {
    test.sandbox.faults.add({ method: 'POST', drop: 'after', count: 1 });
    expect(await failed(test.create({ tags: ['once'] }))).to.equal(true);
    const found = await test.client.nova('GET', '/servers/detail?tags=once');
    expect(found.body.servers).to.have.length(1);
  });

  it('answers 504 after the effect: the server is there', async () => {
    test.sandbox.faults.add({ method: 'POST', status: 504, afterEffect: true, count: 1 });
    expect((await test.create()).status).to.equal(504);
    expect(test.sandbox.servers()).to.have.length(1);
  });

  it('answers 504 before the effect: nothing was made', async () => {
    test.sandbox.faults.add({ method: 'POST', status: 504, count: 1 });
    expect((await test.create()).status).to.equal(504);
    expect(test.sandbox.servers()).to.deep.equal([]);
  });

  it('holds an answer back by the clock', async () => {
    test.sandbox.faults.add({ delayMs: 30_000, count: 1 });
    let answered = false;
    const pending = test.client.nova('GET', '/limits').then((answer) => {
      answered = true;
      return answer;
    });
    await arrival('compute GET limits');
    await test.clock.advance(29_999);
    expect(answered).to.equal(false);
    await test.clock.advance(1);
    expect((await pending).status).to.equal(200);
  });

  it('lets go of held requests when it closes', async () => {
    test.sandbox.faults.add({ delayMs: 30_000 });
    const pending = failed(test.client.nova('GET', '/limits'));
    await arrival('compute GET limits');
    await test.sandbox.close();
    expect(await pending).to.equal(true);
    test = await startTestSandbox();
  });
});

describe('sandbox OpenStack: what tests can see and set', () => {
  let test: TestSandbox;
  const lines: string[] = [];

  beforeEach(async () => {
    lines.length = 0;
    test = await startTestSandbox(undefined, { log: (line) => lines.push(line) });
  });
  afterEach(() => test.sandbox.close());

  it('counts calls by service, method and resource', async () => {
    const id = await test.createId();
    await test.show(id);
    await test.show(id);
    await test.client.nova('GET', '/servers/detail?limit=1');
    await test.client.request('GET', `/volume/v3/${test.projectId}/volumes/detail`);
    await test.client.nova('GET', '/nonsense');
    await test.client.request('GET', '/compute/v2.1/');
    await test.client.request('GET', '/nowhere');
    const calls = Object.fromEntries(test.sandbox.calls());
    expect(calls).to.deep.equal({
      'identity POST auth/tokens': 1,
      'image GET images': 1,
      'network GET networks': 1,
      'compute POST servers': 1,
      'compute GET servers/{id}': 2,
      'compute GET servers/detail': 1,
      'volume GET volumes/detail': 1,
      'compute GET unknown': 1,
      'compute GET versions': 1,
    });
  });

  it('logs one line for each request, without token, secret or body', async () => {
    await test.create({ user_data: Buffer.from('very secret').toString('base64') });
    expect(lines.at(-1)).to.equal('compute POST /v2.1/servers -> 202');
    const all = lines.join('\n');
    expect(all).to.not.include(test.client.token);
    expect(all).to.not.match(/secret|adminPass|password/);
  });

  it('tells a server as it is', async () => {
    const id = await test.createId({ tags: ['t'], metadata: { k: 'v' } });
    await test.clock.advance(5000);
    expect(test.sandbox.servers('ehos')).to.deep.equal([
      {
        id,
        name: 'node-1',
        project: 'ehos',
        status: 'ACTIVE',
        taskState: null,
        flavor: 'm1.small',
        image: 'ehos-worker',
        zone: 'nova',
        tags: ['t'],
        metadata: { k: 'v' },
        addresses: ['10.20.0.2'],
        userData: undefined,
        created: test.clock.now() - 5000,
        fault: undefined,
      },
    ]);
    expect(test.sandbox.servers('ehos-b')).to.deep.equal([]);
  });

  it('adds a foreign server, which the API shows like any other', async () => {
    const id = test.sandbox.addForeignServer('ehos', "someone else's");
    expect(await test.show(id)).to.include({ name: "someone else's", status: 'ACTIVE' });
    expect(test.hypervisor.booted).to.deep.equal([]);
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
    expect(test.sandbox.servers()).to.deep.equal([]);
  });

  const mistakes: [title: string, act: () => unknown, message: RegExp][] = [
    [
      'quota of an unknown project',
      () => test.sandbox.setQuota('nope', {}),
      /no sandbox project is called nope; there are: ehos, ehos-b/,
    ],
    ['servers of an unknown project', () => test.sandbox.servers('nope'), /no sandbox project is called nope/],
    ['lock of an unknown server', () => test.sandbox.lockServer('nope', true), /no sandbox server has the id nope/],
  ];
  for (const [title, act, message] of mistakes) {
    it(`refuses ${title}`, () => {
      expect(act).to.throw(message);
    });
  }

  it('refuses two clouds of one name, and two passwords of one user', async () => {
    const error = async (start: Promise<TestSandbox>): Promise<string> =>
      start.then(
        () => 'started',
        (reason: unknown) => String(reason),
      );
    expect(await error(startTestSandbox(([first]) => [first!, first!]))).to.match(/two sandbox clouds are called ehos/);
    const two = startTestSandbox(([first, second]) => [first!, { ...second!, password: 'other' }]);
    expect(await error(two)).to.match(/two passwords for the sandbox user ehos/);
  });

  it('rejects when its port is taken', async () => {
    const port = Number(new URL(test.sandbox.url).port);
    const error = await startTestSandbox(undefined, { port }).then(
      () => 'started',
      (reason: unknown) => String(reason),
    );
    expect(error).to.match(/EADDRINUSE/);
  });
});
