import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { clusterAccess, findConfigSource, type ClusterAccess } from '../../../src/kube/config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig with one context. */
function kubeconfig(user: object, cluster: object = {}, context: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });
}

function refusal(act: () => unknown): EhosError {
  try {
    act();
  } catch (error) {
    if (error instanceof EhosError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
}

describe('Kubernetes configuration', () => {
  let folder: string;
  let clock: ManualClock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-kube-'));
    clock = new ManualClock();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const access = (text: string): ClusterAccess => clusterAccess({ text }, clock);

  describe('findConfigSource', () => {
    it('takes the file that was named first', () => {
      const env = { KUBECONFIG: '/b', KUBERNETES_SERVICE_HOST: '10.0.0.1', HOME: folder };
      expect(findConfigSource('/a', env)).to.deep.equal({ files: ['/a'] });
    });

    it('takes those of KUBECONFIG before the service account of the pod', () => {
      const env = { KUBECONFIG: ['/a', '', '/b'].join(delimiter), KUBERNETES_SERVICE_HOST: '10.0.0.1' };
      expect(findConfigSource(undefined, env)).to.deep.equal({ files: ['/a', '/b'] });
    });

    it('takes the service account of the pod before the file of the user', () => {
      expect(findConfigSource('', { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOME: folder })).to.deep.equal({
        inCluster: true,
      });
    });

    it('takes the file of the user at last', () => {
      mkdirSync(join(folder, '.kube'));
      const own = write('.kube/config', 'x');
      expect(findConfigSource(undefined, { HOME: folder })).to.deep.equal({ files: [own] });
    });

    it('says what there could be when there is nothing', () => {
      const error = refusal(() => findConfigSource(undefined, { HOME: folder, KUBECONFIG: '' }));
      expect(error.errorClass).to.equal('Invalid');
      expect(error.message)
        .to.include('KUBECONFIG')
        .and.include(join(folder, '.kube', 'config'));
    });
  });

  describe('a cluster', () => {
    it('is read with its address, namespace and trust', async () => {
      const found = access(kubeconfig({}, { 'certificate-authority-data': base64('CA') }, { namespace: 'ours' }));
      expect(found).to.include({ server: 'https://api.example:6443', namespace: 'ours', verify: true });
      expect(found).to.include({ proxyUrl: undefined, tlsServerName: undefined });
      expect((await found.credentials()).ca).to.equal('CA');
    });

    it('may have a proxy, another name, or no verification', () => {
      const cluster = { 'proxy-url': 'http://proxy:3128', 'tls-server-name': 'kube', 'insecure-skip-tls-verify': true };
      expect(access(kubeconfig({}, cluster))).to.include({
        proxyUrl: 'http://proxy:3128',
        tlsServerName: 'kube',
        verify: false,
      });
    });

    it('may be reached by plain http', async () => {
      const found = access(kubeconfig({ token: 't' }, { server: 'http://127.0.0.1:8080/' }));
      expect(found.server).to.equal('http://127.0.0.1:8080');
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer t' });
    });

    it('may be one of several files, the first of which names the context', async () => {
      const first = write(
        'first',
        stringify({ 'current-context': 'here', contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }] }),
      );
      const second = write('second', kubeconfig({ token: 'second' }).replaceAll('here', 'there'));
      const found = clusterAccess({ files: [first, second] }, clock);
      expect(found.server).to.equal('https://api.example:6443');
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer second' });
    });

    const refused: [string, string, RegExp][] = [
      ['a text that is no YAML', '{', /^kubeconfig: /],
      ['an empty text', '', /^kubeconfig: /],
      [
        'a context that is not there',
        kubeconfig({}).replace('current-context: here', 'current-context: gone'),
        /current-context: "gone"/,
      ],
      ['a cluster that is not there', kubeconfig({}, {}, { cluster: 'gone' }), /current-context: "here"/],
      ['a cluster without a server', kubeconfig({}, { server: '' }), /clusters\[0\].cluster.server is missing/],
    ];
    for (const [name, text, message] of refused) {
      it(`is refused for ${name}`, () => {
        const error = refusal(() => access(text));
        expect(error.errorClass).to.equal('Invalid');
        expect(error.message).to.match(message);
      });
    }

    it('is refused for a file that is not there', () => {
      const error = refusal(() => clusterAccess({ files: [join(folder, 'absent')] }, clock));
      expect(error).to.have.property('errorClass', 'Invalid');
      expect(error.message).to.include('ENOENT').and.include('absent');
    });
  });

  describe('credentials', () => {
    it('may be a token', async () => {
      expect(await access(kubeconfig({ token: 'abc' })).credentials()).to.deep.equal({
        headers: { authorization: 'Bearer abc' },
      });
    });

    it('may be a certificate', async () => {
      const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
      expect(await access(kubeconfig(user)).credentials()).to.deep.equal({ headers: {}, cert: 'CERT', key: 'KEY' });
    });

    it('may be files beside the kubeconfig', async () => {
      write('c.pem', 'CERT');
      write('k.pem', 'KEY');
      write('ca.pem', 'CA');
      const user = { 'client-certificate': 'c.pem', 'client-key': 'k.pem' };
      const file = write('config', kubeconfig(user, { 'certificate-authority': 'ca.pem' }));
      const found = await clusterAccess({ files: [file] }, clock).credentials();
      expect(found).to.deep.equal({ headers: {}, ca: 'CA', cert: 'CERT', key: 'KEY' });
    });

    it('may be a name and a password', async () => {
      const { headers } = await access(kubeconfig({ username: 'u', password: 'p' })).credentials();
      expect(headers).to.deep.equal({ authorization: `Basic ${base64('u:p')}` });
    });

    it('may be another one to act as', async () => {
      const { headers } = await access(kubeconfig({ token: 't', as: 'boss' })).credentials();
      expect(headers).to.deep.equal({ authorization: 'Bearer t', 'impersonate-user': 'boss' });
    });

    it('may be none', async () => {
      expect(await access(kubeconfig({})).credentials()).to.deep.equal({ headers: {} });
    });

    it('may be asked from a plugin', async () => {
      const plugin = write('plugin', '#!/bin/sh\necho \'{"status":{"token":"from-plugin"}}\'\n');
      chmodSync(plugin, 0o755);
      const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } };
      expect((await access(kubeconfig(user)).credentials()).headers).to.deep.equal({
        authorization: 'Bearer from-plugin',
      });
    });

    it('fail with the plugin, which then is asked again', async () => {
      const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: join(folder, 'plugin') } };
      const found = access(kubeconfig(user));
      const error = await found.credentials().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(EhosError).and.include({ errorClass: 'Auth' });
      const plugin = write('plugin', '#!/bin/sh\necho \'{"status":{"token":"now"}}\'\n');
      chmodSync(plugin, 0o755);
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer now' });
    });

    it('from a plugin are asked for once a minute', async () => {
      const count = join(folder, 'count');
      const plugin = write('plugin', `#!/bin/sh\necho x >>${count}\necho '{"status":{"token":"t"}}'\n`);
      chmodSync(plugin, 0o755);
      const found = access(kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } }));
      const calls = (): number => readFileSync(count, 'utf8').length / 2;
      await Promise.all([found.credentials(), found.credentials(), found.credentials()]);
      expect(calls()).to.equal(1);
      await clock.advance(60_000);
      await found.credentials();
      expect(calls()).to.equal(2);
    });

    it('in a token file are read anew when the server refused them', async () => {
      write('token', 'first\n');
      const found = clusterAccess({ files: [write('config', kubeconfig({ tokenFile: 'token' }))] }, clock);
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer first' });
      write('token', 'second\n');
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer first' });
      expect((await found.credentials(true)).headers).to.deep.equal({ authorization: 'Bearer second' });
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer second' });
    });

    it('in the kubeconfig are read anew, too', async () => {
      const file = write('config', kubeconfig({ token: 'first' }));
      const found = clusterAccess({ files: [file] }, clock);
      expect((await found.credentials()).headers).to.deep.equal({ authorization: 'Bearer first' });
      write('config', kubeconfig({ token: 'second' }));
      expect((await found.credentials(true)).headers).to.deep.equal({ authorization: 'Bearer second' });
    });

    it('that cannot be read are an error that names the file', async () => {
      const found = clusterAccess({ files: [write('config', kubeconfig({ tokenFile: 'absent' }))] }, clock);
      const error = await found.credentials().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(EhosError).and.include({ errorClass: 'Auth' });
      expect((error as EhosError).message).to.include(join(folder, 'absent'));
    });
  });

  describe('in a pod', () => {
    const host = process.env.KUBERNETES_SERVICE_HOST;
    const port = process.env.KUBERNETES_SERVICE_PORT;
    const restore = (name: string, value: string | undefined): void => {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    };
    afterEach(() => {
      restore('KUBERNETES_SERVICE_HOST', host);
      restore('KUBERNETES_SERVICE_PORT', port);
    });

    for (const [address, server] of [
      ['10.0.0.1', 'https://10.0.0.1:443'],
      ['fd00::1', 'https://[fd00::1]:443'],
    ] as const) {
      it(`the server is ${server}`, () => {
        process.env.KUBERNETES_SERVICE_HOST = address;
        process.env.KUBERNETES_SERVICE_PORT = '443';
        expect(clusterAccess({ inCluster: true }, clock)).to.include({ server, verify: true });
      });
    }
  });
});
