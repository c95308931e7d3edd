/** A whole run, from clouds to the last node, of which every word is searched for secrets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import {
  CLOUDS,
  MASTERS,
  POOLS,
  SECRETS,
  type EhosMaster,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import { startOperator } from '../../src/main.ts';
import { SecretFinder } from '../secret-finder.ts';
import { UNPRINTABLE } from '../unit/base/hostile.ts';
import { Stage } from './bad-input-stage.ts';
import { Harness, NAMESPACE, pool } from './harness.ts';

const FOR_NODES = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'worker-setup', namespace: NAMESPACE, labels: { 'ehos.io/for-nodes': 'true' } },
  stringData: { userdata: '#!/bin/sh\necho user-data-of-an-admin-that-is-secret\n' },
} as KubeObject;
const TYPES = [SECRETS, CLOUDS, MASTERS, POOLS];
const typeOf = ({ kind }: KubeObject): ResourceType => TYPES.find((type) => type.kind === kind) ?? SECRETS;

/** Takes traces, and keeps them. */
async function collect(): Promise<{ url: string; bodies: string[]; close: () => void }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bodies, close: () => server.close() };
}

describe('secrets', function () {
  this.timeout(120_000);

  for (const format of ['json', 'text'] as const)
    for (const method of ['Approve', 'TokenRequest'] as const)
      it(`are in no log, event, object, metric and snapshot, and no trace, of a whole run (${method}, log as ${format})`, async () => {
        const harness = await Harness.start();
        await harness.stopOperator();
        const stage = new Stage(harness);
        let written = '';
        const stream = new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            written += chunk.toString();
            done();
          },
        });
        const log = createLogger({ level: 'debug', format, stream, clock: harness.clock });
        const here = { host: '127.0.0.1', port: 0 };
        const collector = await collect();
        const operator = await startOperator({
          config: { text: harness.sandbox.kube.kubeconfig() },
          namespaces: undefined,
          log,
          http: { metrics: here, admin: here, log },
          traces: { endpoint: collector.url, share: 1 },
          clock: harness.clock,
          random: seededRandom(3),
          settings: {
            cloudSyncInterval: 30_000,
            cloudBusyInterval: 3_000,
            joinPollInterval: 2_000,
            nodeUpdateInterval: 20,
          },
        });
        const finder = new SecretFinder()
          .add('the key of the master', stage.privateKey)
          .add('the secret of the application credential', 'ehos-app-secret')
          .add('user data', 'user-data-of-an-admin-that-is-secret');
        const read = async (path: string): Promise<string> => {
          const port = path === '/metrics' ? operator.http?.port : operator.http?.adminPort;
          return await (await fetch(`http://127.0.0.1:${port ?? 0}${path}`)).text();
        };
        const seen: string[] = [];
        const look = async (): Promise<void> => {
          const kinds = ['events', 'ehosclouds', 'ehosmasters', 'ehosnodepools', 'ehosnodes'];
          seen.push(...kinds.map((kind) => JSON.stringify(harness.sandbox.kube.objects(kind))));
          for (const path of ['/metrics', '/snapshot', '/snapshot.json', '/history']) seen.push(await read(path));
        };
        try {
          const objects = harness.sandbox.resources(NAMESPACE);
          for (const object of objects) {
            if (object.kind === MASTERS.kind) (object as EhosMaster).spec.nodeCredentials = { method };
            await operator.client.create(typeOf(object), object);
          }
          await operator.client.create(SECRETS, FOR_NODES);
          const userData = { secretRef: { name: 'worker-setup' } };
          await operator.client.create(POOLS, pool({ template: { flavors: ['m1.small'], userData } }));
          const jobs = [1, 2, 3].map(() =>
            harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 5 }),
          );
          await harness.until('the jobs are done', 400, () => harness.sandbox.pool.history().length >= jobs.length);
          await look();
          await harness.until('the nodes are gone', 600, () => harness.sandbox.kube.objects('ehosnodes').length === 0);
          await look();
        } finally {
          await operator.stop();
          await harness.sandbox.close();
          await stage.close();
          collector.close();
        }
        expect(written.length, 'the log').to.be.greaterThan(10_000);
        expect(seen.join('').length, 'all else').to.be.greaterThan(10_000);
        const traces = collector.bodies.join('\n');
        for (const name of ['reconcile cloud', 'compute GET servers', 'poll', 'kubernetes patchStatus ehosnodes'])
          expect(traces).to.include(JSON.stringify(name));
        for (const text of [written, traces, ...seen]) expect(finder.in(text)).to.deep.equal([]);
        for (const line of written.split('\n')) expect(line).not.to.match(UNPRINTABLE);
      });

  it('would be found by this search', () => {
    const finder = new SecretFinder().add('a password', 'hunter2hunter2').add('a key', `short\n${'k'.repeat(40)}\n`);
    expect(finder.in('x hunter2hunter2 y')).to.have.length(1);
    expect(finder.in(`x ${'k'.repeat(40)} y`)).to.have.length(1);
    expect(finder.in('a short one')).to.deep.equal([]);
    expect(finder.in('token eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln')).to.have.length(1);
    expect(finder.in(`gAAAAAB${'x'.repeat(40)}`)).to.have.length(1);
    expect(finder.in('-----BEGIN OPENSSH PRIVATE KEY-----')).to.have.length(1);
  });
});
