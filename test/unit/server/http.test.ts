import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';
import type { Readiness } from '../../../src/controllers/readiness.ts';
import type { SnapshotSource } from '../../../src/server/snapshot-route.ts';
import { VERSION } from '../../../src/version.ts';
import { startHttpServer, type HttpServerOptions, type RunningServer } from '../../../src/server/http.ts';

function ofNamespaces(...namespaces: string[]): ReturnType<SnapshotSource['snapshot']> {
  return namespaces.map((namespace) => ({ namespace, sight: { now: 0, clouds: [], masters: [], pools: [] } }));
}

const NOT_YET: Readiness = { ready: false, role: 'alone', missing: ['ehosclouds not listed yet'] };
const READY: Readiness = { ready: true, role: 'alone', missing: [] };

describe('the HTTP server', () => {
  let readiness: Readiness = NOT_YET;
  let metricsText: () => Promise<string> = () => Promise.resolve('ehos_nodes 1\n');
  let snapshots: SnapshotSource['snapshot'] = () => [];
  let server: RunningServer;

  const options = (change: Partial<HttpServerOptions> = {}): HttpServerOptions => ({
    host: '127.0.0.1',
    port: 0,
    readiness: () => readiness,
    metrics: { contentType: 'text/plain; version=0.0.4', text: () => metricsText() },
    snapshots: { snapshot: (namespace) => snapshots(namespace) },
    log: silentLog,
    ...change,
  });
  const get = async (path: string, headers = {}): Promise<{ status: number; type: string | null; body: string }> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  const refusalOf = async (change: Partial<HttpServerOptions>): Promise<EhosError> => {
    try {
      await (await startHttpServer(options(change))).close();
    } catch (error) {
      if (error instanceof EhosError) return error;
      throw error;
    }
    throw new Error('it listened all the same');
  };

  beforeEach(async () => {
    readiness = NOT_YET;
    metricsText = () => Promise.resolve('ehos_nodes 1\n');
    snapshots = (namespace) => ofNamespaces('science').filter((one) => (namespace ?? 'science') === one.namespace);
    server = await startHttpServer(options());
  });
  afterEach(async () => await server.close());

  it('is alive at once', async () => expect(await get('/healthz')).to.include({ status: 200, body: 'ok\n' }));

  it('is not ready before the resources were listed, and says why', async () =>
    expect(await get('/readyz')).to.include({ status: 503, body: 'ehosclouds not listed yet\n' }));

  for (const role of ['leader', 'standby'] as const)
    it(`is ready as ${role}, and says so`, async () => {
      readiness = { ready: true, role, missing: [] };
      expect(await get('/readyz')).to.include({ status: 200, body: `${role}\n` });
    });

  it('is ready once they were', async () => {
    expect((await get('/readyz')).status).to.equal(503);
    readiness = READY;
    expect(await get('/readyz')).to.include({ status: 200, body: 'ok\n' });
  });

  it('gives the metrics in their own content type', async () =>
    expect(await get('/metrics')).to.deep.equal({
      status: 200,
      type: 'text/plain; version=0.0.4',
      body: 'ehos_nodes 1\n',
    }));

  for (const path of ['/healthz?verbose=1', '/healthz?']) {
    it(`answers ${path}: probes may have a query`, async () => expect((await get(path)).status).to.equal(200));
  }

  for (const path of ['/', '/healthz/', '/metrics/..%2f', '/favicon.ico', '/snapshot.xml', '/snapshots']) {
    it(`knows no ${path}, and names what there is`, async () =>
      expect(await get(path)).to.include({
        status: 404,
        body: 'there are /healthz, /readyz, /metrics and /snapshot\n',
      }));
  }

  it('says nothing of what went wrong inside to the one who asks', async () => {
    metricsText = () => Promise.reject(new Error('private matter'));
    expect(await get('/metrics')).to.include({ status: 500, body: 'internal error\n' });
  });

  describe('gives a snapshot', () => {
    beforeEach(() => {
      readiness = READY;
    });

    const YAML = 'application/yaml; charset=utf-8';
    for (const [path, accept, type] of [
      ['/snapshot', '*/*', YAML],
      ['/snapshot', 'application/json', 'application/json'],
      ['/snapshot', 'application/yaml, application/json', YAML],
      ['/snapshot.json', '*/*', 'application/json'],
      ['/snapshot.yaml', 'application/json', YAML],
      ['/snapshot?namespace=science', '*/*', YAML],
    ] as const)
      it(`of ${path} for "${accept}" as ${type}`, async () => {
        const answer = await get(path, { accept });
        expect(answer).to.include({ status: 200, type });
        const read = readSnapshot(answer.body, 0);
        expect('snapshot' in read && read.snapshot).to.deep.include({ namespace: 'science', version: VERSION });
      });

    it('of no namespace that has no pools, and says so', async () => {
      expect(await get('/snapshot?namespace=other')).to.include({
        status: 404,
        body: 'there is no EhosNodePool in namespace "other"\n',
      });
      snapshots = () => [];
      expect(await get('/snapshot')).to.include({
        status: 404,
        body: 'there is no EhosNodePool in any namespace that this operator serves, or none was planned yet\n',
      });
    });

    it('of one namespace only: with several it asks for which', async () => {
      snapshots = () => ofNamespaces('a', 'b');
      expect(await get('/snapshot')).to.include({
        status: 400,
        body: 'there are pools in several namespaces: name one of a, b (?namespace=NAME, --namespace NAME)\n',
      });
    });

    it('not before the resources were listed', async () => {
      readiness = NOT_YET;
      expect(await get('/snapshot')).to.include({ status: 503, body: 'ehosclouds not listed yet\n' });
    });
  });

  it('answers what is no path of a server at all', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
    socket.write('GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answer).to.match(/^HTTP\/1.1 404 /);
    socket.destroy();
  });

  it('closes although a client holds its connection open', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await server.close();
    await ended;
    server = await startHttpServer(options());
  });

  describe('that cannot listen', () => {
    let other: Server;
    before(async () => {
      other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    });
    after(() => other.close());

    it('names the flag and the value when the port is taken', async () => {
      const { port } = other.address() as AddressInfo;
      const refusal = await refusalOf({ port });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-port' });
      expect(refusal.message).to.match(
        new RegExp(
          `^--metrics-port: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*; give a free port, or 0$`,
        ),
      );
    });

    // TEST-NET-1 (RFC 5737) belongs to no machine
    it('names the host when the address is not of this machine', async () => {
      const refusal = await refusalOf({ host: '192.0.2.1' });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-host' });
      expect(refusal.message).to.match(/^--metrics-host: cannot listen on 192\.0\.2\.1:0: .*; give an address of this/);
    });

    it('names the host when it is a name that leads nowhere', async () => {
      const refusal = await refusalOf({ host: 'no-such-host.invalid' });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-host' });
    });
  });
});
