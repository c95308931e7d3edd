import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { adminRoutes } from '../../../src/server/admin-routes.ts';
import { History } from '../../../src/server/history.ts';
import { startHttpServer, type RunningServer } from '../../../src/server/http.ts';
import type { SnapshotSource } from '../../../src/server/snapshot-route.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';
import { sights } from '../snapshot/sights.ts';
import { ehos } from './command.ts';

describe('ehos snapshot', function () {
  this.timeout(60_000);
  let folder: string;
  let server: RunningServer;
  let url: string;
  const [sight] = fc.sample(sights, { numRuns: 1, seed: 4 });
  const source: SnapshotSource = {
    snapshot: (namespace) =>
      ['science', 'teaching']
        .filter((one) => namespace === undefined || one === namespace)
        .map((one) => ({ namespace: one, sight: sight! })),
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-snapshot-test-'));
    server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      name: 'admin',
      routes: adminRoutes({
        readiness: () => ({ ready: true, role: 'leader', missing: [] }),
        snapshots: source,
        history: new History(systemClock, () => undefined),
        log: { ...silentLog, level: 'info' },
      }),
      log: silentLog,
    });
    url = `http://127.0.0.1:${server.port}`;
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('prints what the operator plans from, fit for ehos plan', async () => {
    const { code, stdout, stderr } = await ehos(['snapshot', '--url', `${url}/`, '--namespace', 'science']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/^apiVersion: ehos.io\/v1alpha1\nkind: EhosSnapshot\n/);
    expect(readSnapshot(stdout, 0)).to.have.nested.property('snapshot.namespace', 'science');
  });

  for (const [ending, first] of [
    ['yaml', 'a'],
    ['json', '{'],
  ] as const)
    it(`writes a file that ends in .${ending} in that form, and ehos plan takes it`, async () => {
      const file = join(folder, `taken.${ending}`);
      expect(await ehos(['snapshot', '--url', url, '-n', 'teaching', '-o', file])).to.deep.equal({
        code: 0,
        stdout: '',
        stderr: '',
      });
      expect(readFileSync(file, 'utf8').charAt(0)).to.equal(first);
      const { code, stdout } = await ehos(['plan', '-f', file]);
      expect(code).to.equal(0);
      expect(stdout).to.contain('for namespace teaching');
    });

  describe('says in one line why there is none, exit code 1:', () => {
    const refused = async (args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await ehos(['snapshot', ...args]);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^ehos: [^\n]+\n$/);
      return stderr;
    };

    it('nobody answers', async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      await new Promise((resolve) => other.close(resolve));
      expect(await refused(['--url', `http://127.0.0.1:${port}`])).to.match(
        new RegExp(`--url: no operator answers at http://127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`),
      );
    });

    it('no cluster is named, and no address', async () => {
      const { code, stderr } = await ehos(['snapshot'], { HOME: folder });
      expect(code).to.equal(1);
      expect(stderr).to.match(/^ehos: no Kubernetes cluster is named: [^\n]+\n$/);
    });

    it('there are several namespaces', async () =>
      expect(await refused(['--url', url])).to.contain(
        'answers 400: there are pools in several namespaces: name one of science, teaching',
      ));

    it('the namespace has no pools', async () =>
      expect(await refused(['--url', url, '-n', 'other'])).to.contain(
        'answers 404: there is no EhosNodePool in namespace "other"',
      ));

    it('the file cannot be written', async () => {
      const file = join(folder, 'none', 'taken.yaml');
      expect(await refused(['--url', url, '-n', 'science', '-o', file])).to.match(/^ehos: --output: ENOENT/);
    });

    it('it is no operator that answers', async () => {
      const other = createServer((_, response) => response.end('<html>welcome</html>'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      expect(await refused(['--url', `http://127.0.0.1:${port}`])).to.contain(
        `what answers at http://127.0.0.1:${port} is no operator`,
      );
      other.close();
    });
  });
});
