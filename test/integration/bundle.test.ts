/** The bundle leaves out what libraries load and we never call (scripts/build.ts): what we seldom call must still be there. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { ApiStub, json } from '../unit/kube/api-stub.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

describe('the bundle', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'ehos-bundle-'));
  const bundle = join(folder, 'dist/ehos.mjs');
  const api = new ApiStub();

  before(async () => {
    await run(process.execPath, ['--import', 'tsx', 'scripts/build.ts', '--out', join(folder, 'dist')], { cwd: ROOT });
    await api.listen();
    api.answers = [json(200, { kind: 'EhosNodeList', metadata: { resourceVersion: '1' }, items: [] })];
  });
  after(async () => {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `ehos nodes` with a kubeconfig of this user and cluster. */
  async function nodes(user: object, cluster: object): Promise<string> {
    const kubeconfig = join(folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${api.port}`, ...cluster } }],
      users: [{ name: 'u', user }],
    };
    writeFileSync(kubeconfig, stringify(config));
    const args = [bundle, 'nodes', '-A', '-o', 'json', '--kubeconfig', kubeconfig];
    const env = { PATH: process.env.PATH };
    try {
      return (await run(process.execPath, args, { env })).stdout;
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  it('logs in by a plugin', async () => {
    const plugin = join(folder, 'plugin');
    writeFileSync(plugin, '#!/bin/sh\necho \'{"status":{"token":"from-plugin"}}\'\n');
    chmodSync(plugin, 0o755);
    const said = await nodes({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } }, {});
    expect(said).to.equal('[]\n');
    expect(api.asked.at(-1)?.headers.authorization).to.equal('Bearer from-plugin');
  });

  it('logs in by a token that an OpenID provider gave and that is still good', async () => {
    const inAYear = Math.floor(Date.now() / 1000) + 365 * 86_400;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: inAYear })}.x`;
    const config = { 'client-id': 'ehos', 'id-token': token, 'idp-issuer-url': 'https://idp.invalid' };
    await nodes({ 'auth-provider': { name: 'oidc', config } }, {});
    expect(api.asked.at(-1)?.headers.authorization).to.equal(`Bearer ${token}`);
  });

  it('goes through a proxy, and names the one that does not let it', async () => {
    const said = await nodes(
      { token: 't' },
      { server: 'http://api.invalid:80', 'proxy-url': `http://127.0.0.1:${api.port}` },
    );
    expect(api.connects).to.include('api.invalid:80');
    expect(said).to.match(/proxy|502/i);
  });
});
