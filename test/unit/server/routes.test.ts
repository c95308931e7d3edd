import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog, type AdjustableLog } from '../../../src/base/log.ts';
import type { Readiness } from '../../../src/controllers/readiness.ts';
import type { Answer, Routes } from '../../../src/server/http.ts';
import { startServers, type RunningServers, type Shown } from '../../../src/server/servers.ts';
import { adminRoutes } from '../../../src/server/admin-routes.ts';
import { History } from '../../../src/server/history.ts';
import { publicRoutes } from '../../../src/server/public-routes.ts';
import type { SnapshotSource } from '../../../src/server/snapshot-route.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';
import { VERSION } from '../../../src/version.ts';
import { everything } from './figures-fixture.ts';

const READY: Readiness = { ready: true, role: 'leader', missing: [] };

function ofNamespaces(...namespaces: string[]): ReturnType<SnapshotSource['snapshot']> {
  return namespaces.map((namespace) => ({ namespace, sight: { now: 0, clouds: [], masters: [], pools: [] } }));
}

async function ask(routes: Routes, path: string, asked: { accept?: string; put?: string } = {}): Promise<Answer> {
  const url = new URL(path, 'http://localhost');
  const route = routes.get(url.pathname);
  if (!route) throw new Error(`no route ${path}`);
  const { accept, put } = asked;
  return await route.answer({ method: put === undefined ? 'GET' : 'PUT', url, accept, body: put ?? '' });
}

describe('the routes for everybody', () => {
  let readiness = READY;
  const routes = publicRoutes(() => readiness, {
    contentType: 'text/x',
    text: () => Promise.resolve('ehos_nodes 1\n'),
  });

  it('are these', () => expect([...routes.keys()]).to.deep.equal(['/healthz', '/readyz', '/metrics']));

  it('say that it is alive', async () =>
    expect(await ask(routes, '/healthz')).to.include({ status: 200, body: 'ok\n' }));

  it('say that it is ready, and what it does', async () => {
    readiness = READY;
    expect(await ask(routes, '/readyz')).to.include({ status: 200, body: 'ok\nrole: leader\n' });
  });

  it('say what is missing, one line each', async () => {
    readiness = { ready: false, role: 'standby', missing: ['a: not listed yet', 'b: no permission'] };
    expect(await ask(routes, '/readyz')).to.include({
      status: 503,
      body: 'not ready\nrole: standby\nmissing: a: not listed yet\nmissing: b: no permission\n',
    });
  });

  it('give the metrics in their own content type', async () =>
    expect(await ask(routes, '/metrics')).to.deep.equal({ status: 200, type: 'text/x', body: 'ehos_nodes 1\n' }));
});

describe('the routes for admins', () => {
  let readiness = READY;
  let snapshots: SnapshotSource['snapshot'];
  let log: AdjustableLog;
  let logged: string[];
  let routes: Routes;

  beforeEach(() => {
    readiness = READY;
    snapshots = (namespace) => ofNamespaces('science').filter((one) => (namespace ?? 'science') === one.namespace);
    logged = [];
    log = { ...silentLog, level: 'info', error: (message) => logged.push(message) };
    routes = adminRoutes({
      readiness: () => readiness,
      snapshots: { snapshot: (namespace) => snapshots(namespace) },
      history: new History(new ManualClock(), () => []),
      log,
    });
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
    it(`give a snapshot of ${path} for "${accept}" as ${type}`, async () => {
      const answer = await ask(routes, path, { accept });
      expect(answer).to.include({ status: 200, type });
      const read = readSnapshot(answer.body, 0);
      expect('snapshot' in read && read.snapshot).to.deep.include({ namespace: 'science', version: VERSION });
    });

  it('give none of a namespace that has no pools, and say so', async () => {
    expect(await ask(routes, '/snapshot?namespace=other')).to.include({
      status: 404,
      body: 'there is no EhosNodePool in namespace "other"\n',
    });
    snapshots = () => [];
    expect(await ask(routes, '/snapshot')).to.include({
      status: 404,
      body: 'there is no EhosNodePool in any namespace that this operator serves, or none was planned yet\n',
    });
  });

  it('give one namespace only: with several they ask for which', async () => {
    snapshots = () => ofNamespaces('a', 'b');
    expect(await ask(routes, '/snapshot')).to.include({
      status: 400,
      body: 'there are pools in several namespaces: name one of a, b (?namespace=NAME, --namespace NAME)\n',
    });
  });

  it('give no snapshot before the resources were listed', async () => {
    readiness = { ...READY, ready: false, missing: ['ehosclouds.ehos.io: not listed yet'] };
    expect(await ask(routes, '/snapshot')).to.include({ status: 503, body: 'ehosclouds.ehos.io: not listed yet\n' });
    readiness = { ...READY, role: 'standby' };
    expect((await ask(routes, '/snapshot')).body).to.equal(
      'a standby plans nothing: ask the leader, whose /readyz says so\n',
    );
  });

  it('give the history', async () =>
    expect(JSON.parse((await ask(routes, '/history')).body)).to.deep.equal({ interval: 60, points: [] }));

  it('change the level of the log, and tell so whatever it is', async () => {
    expect(await ask(routes, '/loglevel')).to.include({ status: 200, body: 'info\n' });
    expect(await ask(routes, '/loglevel', { put: 'error\n' })).to.include({ status: 200, body: 'error\n' });
    expect(log.level).to.equal('error');
    expect(logged).to.deep.equal(['log level changed']);
  });

  it('know no other level, and name those there are', async () => {
    expect(await ask(routes, '/loglevel', { put: 'trace' })).to.include({
      status: 400,
      body: '"trace" is none of debug, info, warn, error\n',
    });
    expect(log.level).to.equal('info');
  });
});

describe('the servers of the operator', () => {
  const operator: Shown = { figures: everything, snapshot: () => ofNamespaces('ns') };
  const here = { host: '127.0.0.1', port: 0 };
  const log: AdjustableLog = { ...silentLog, level: 'info' };
  const served = { operator, readiness: () => READY, log, clock: new ManualClock() };
  let servers: RunningServers;

  before(async () => {
    servers = await startServers({ metrics: here, admin: here }, served);
  });
  after(async () => await servers.close());

  const status = async (port: number, path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).status;

  for (const path of ['/snapshot', '/snapshot.json', '/history', '/loglevel'])
    it(`give ${path} to admins and nobody else`, async () => {
      expect(await status(servers.port, path)).to.equal(404);
      expect(await status(servers.adminPort, path)).to.equal(200);
    });

  it('give metrics and health to everybody', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) expect(await status(servers.port, path)).to.equal(200);
  });

  it('have a point of each pool in the history', async () => {
    const response = await fetch(`http://127.0.0.1:${servers.adminPort}/history`);
    expect(await response.json()).to.deep.equal({
      interval: 60,
      points: [{ time: '2026-01-01T00:00:00.000Z', pools: { 'ns/p': { idle: 12, running: 0, nodes: 3, desired: 4 } } }],
    });
  });

  it('leave nothing open when the second one cannot listen', async () => {
    const admin = { host: '127.0.0.1', port: servers.adminPort };
    const failed = await startServers({ metrics: here, admin }, served).catch(String);
    expect(failed).to.include('--admin-port: cannot listen');
  });
});
