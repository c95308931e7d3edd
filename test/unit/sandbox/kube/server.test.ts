import { expect } from 'chai';
import { parse } from 'yaml';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { startKubeApi } from '../../../../src/sandbox/kube/api.ts';
import { fixtureCrd, Sandbox, steppedUntil } from './harness.ts';

const POOLS = '/apis/rig.example.com/v1alpha1/namespaces/default/pools';
const SECRETS = '/api/v1/namespaces/default/secrets';
const pool = (name: string, spec: object = {}): object => ({
  apiVersion: 'rig.example.com/v1alpha1',
  kind: 'Pool',
  metadata: { name },
  spec: { cloud: 'east', ...spec },
});

describe('the sandbox API as a server', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start([fixtureCrd()]);
  });
  afterEach(() => sandbox.api.close());

  it('says what it is', async () => {
    expect((await sandbox.ok('GET', '/version')).gitVersion).to.match(/^v1\.\d+\.\d+-ehos-sandbox$/);
  });

  for (const path of ['/healthz', '/livez', '/readyz']) {
    it(`${path} is ok`, async () => {
      expect((await sandbox.send('GET', path)).text).to.equal('ok');
    });
  }

  it('listens on 127.0.0.1 only, on a free port', () => {
    expect(sandbox.api.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('listens on the port that it is given, and says so when it is taken', async () => {
    const port = Number(new URL(sandbox.api.url).port);
    const options = { clock: new ManualClock(), random: seededRandom(1), crds: [], port };
    const failure = await startKubeApi(options).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).to.include('EADDRINUSE');
  });

  it('gives a kubeconfig that names it', () => {
    const config = parse(sandbox.api.kubeconfig()) as { clusters: { cluster: object }[]; 'current-context': string };
    expect(config.clusters[0]?.cluster).to.deep.equal({ server: sandbox.api.url, 'insecure-skip-tls-verify': true });
    expect(config['current-context']).to.equal('ehos-sandbox');
  });

  it('counts requests', async () => {
    await sandbox.ok('GET', '/version');
    await sandbox.ok('GET', '/version');
    expect(sandbox.api.requestCount()).to.equal(2);
  });

  it('gives tests its objects', async () => {
    await sandbox.ok('POST', POOLS, pool('b'));
    await sandbox.ok('POST', POOLS, pool('a'));
    expect(sandbox.api.objects('pools').map((object) => object.metadata.name)).to.deep.equal(['a', 'b']);
    expect(sandbox.api.objects('nothing')).to.deep.equal([]);
  });

  it('answers HEAD without a body', async () => {
    const reply = await sandbox.send('HEAD', SECRETS);
    expect([reply.status, reply.text]).to.deep.equal([200, '']);
  });

  describe('limits', () => {
    it('a request above 3 MiB', async () => {
      const reply = await sandbox.send('POST', POOLS, pool('big', { metadata: { a: 'x'.repeat(3.2 * 1024 * 1024) } }));
      expect(reply.body).to.include({
        code: 413,
        reason: 'RequestEntityTooLarge',
        message: 'Request entity too large: limit is 3145728',
      });
    });

    it('an object above what etcd takes', async () => {
      const reply = await sandbox.send('POST', POOLS, pool('big', { metadata: { a: 'x'.repeat(2 * 1024 * 1024) } }));
      expect(reply.status).to.equal(500);
      expect(reply.body.message).to.match(/trying to send message larger than max \(\d+ vs\. 2097152\)/);
      expect(reply.body).not.to.have.property('reason');
    });

    it('a Secret above 1 MiB', async () => {
      const reply = await sandbox.send('POST', SECRETS, {
        metadata: { name: 's' },
        stringData: { a: 'x'.repeat(1024 * 1024 + 1) },
      });
      expect(reply.body).to.include({
        code: 422,
        message: 'Secret "s" is invalid: data: Too long: may not be more than 1048576 bytes',
      });
    });
  });

  describe('faults', () => {
    it('answer in its place', async () => {
      sandbox.api.faults.add({ method: 'GET', path: /\/pools/, status: 503, count: 1 });
      expect((await sandbox.send('GET', POOLS)).status).to.equal(503);
      expect((await sandbox.send('GET', POOLS)).status).to.equal(200);
    });

    it('answer as flow control does', async () => {
      const body = 'Too many requests, please try again later.\n';
      sandbox.api.faults.add({ status: 429, body, headers: { 'retry-after': '1' } });
      const reply = await sandbox.send('GET', POOLS);
      expect([reply.status, reply.text, reply.headers['retry-after'], reply.headers['content-type']]).to.deep.equal([
        429,
        body,
        '1',
        'text/plain; charset=utf-8',
      ]);
    });

    it('are for their method and path only', async () => {
      sandbox.api.faults.add({ method: 'PATCH', path: /secrets/, status: 500 });
      expect((await sandbox.send('GET', SECRETS)).status).to.equal(200);
      expect((await sandbox.merge(`${POOLS}/a`, {})).status).to.equal(404);
      expect((await sandbox.merge(`${SECRETS}/a`, {})).status).to.equal(500);
    });

    it('see the query', async () => {
      sandbox.api.faults.add({ path: /watch=1/, status: 500 });
      expect((await sandbox.send('GET', `${POOLS}?watch=1`)).status).to.equal(500);
    });

    it('end when they are cleared', async () => {
      sandbox.api.faults.add({ status: 500 });
      sandbox.api.faults.clear();
      expect((await sandbox.send('GET', POOLS)).status).to.equal(200);
    });

    for (const [drop, isDone] of [
      ['before', false],
      [true, false],
      ['after', true],
    ] as const) {
      it(`drop ${drop}: no answer, and the write has ${isDone ? '' : 'not '}happened`, async () => {
        sandbox.api.faults.add({ method: 'POST', drop, count: 1 });
        const failure = await sandbox.send('POST', POOLS, pool('a')).then(
          () => undefined,
          (error: unknown) => (error as { code?: string }).code,
        );
        expect(failure).to.equal('ECONNRESET');
        expect(sandbox.api.objects('pools').length).to.equal(isDone ? 1 : 0);
      });
    }

    it('delay', async () => {
      sandbox.api.faults.add({ delayMs: 5000 });
      const from = sandbox.clock.now();
      const reply = await steppedUntil(sandbox.clock, sandbox.send('GET', POOLS));
      expect(reply.status).to.equal(200);
      expect(sandbox.clock.now() - from).to.be.at.least(5000);
    });
  });
});
