import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { EhosError } from '../../../../src/base/errors.ts';
import { cacertPath, entryName, onlyEntry } from '../../../../src/cli/init/clouds-file.ts';
import { knownHostsLine } from '../../../../src/cli/init/host-key.ts';
import { asksForPassword, cloudsYamlOf, readOpenRc } from '../../../../src/cli/init/openrc.ts';
import { objectNameOf, setupFiles, type Setup } from '../../../../src/cli/init/setup.ts';
import { hostAndPort } from '../../../../src/cli/setup-options.ts';
import { readCloudsYaml } from '../../../../src/openstack/clouds-yaml.ts';

/** As the dashboard of OpenStack writes it, shortened. */
const OPENRC = `#!/usr/bin/env bash
export OS_AUTH_URL=https://keystone.example.org:5000
export OS_PROJECT_ID=5f3c1b
export OS_PROJECT_NAME="my project"
export OS_USER_DOMAIN_NAME="Default"
if [ -z "$OS_USER_DOMAIN_NAME" ]; then unset OS_USER_DOMAIN_NAME; fi
export OS_PROJECT_DOMAIN_ID="default"
unset OS_TENANT_ID
unset OS_TENANT_NAME
export OS_USERNAME='ehos'
echo "Please enter your OpenStack Password for project $OS_PROJECT_NAME as user $OS_USERNAME: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
export OS_REGION_NAME="RegionOne" # the only one
export OS_INTERFACE=public
export OS_IDENTITY_API_VERSION=3
export OS_CACERT=/etc/ssl/own.pem
`;

describe('ehos init', () => {
  describe('an OpenRC file', () => {
    it('becomes a clouds.yaml that the operator reads, with the password that was asked for', () => {
      const variables = readOpenRc(OPENRC);
      expect(asksForPassword(variables)).to.equal(true);
      const { cloudsYaml, cacertFile } = cloudsYamlOf(variables, 'east', 'pass: word');
      expect(cacertFile).to.equal('/etc/ssl/own.pem');
      expect(readCloudsYaml({ text: cloudsYaml, cloudName: 'east' })).to.deep.include({
        authUrl: 'https://keystone.example.org:5000/v3',
        region: 'RegionOne',
        interface: 'public',
        credentials: {
          method: 'password',
          user: { name: 'ehos', domain: { name: 'Default' } },
          password: 'pass: word',
          project: { id: '5f3c1b' },
        },
      });
    });

    it('with an application credential asks for nothing', () => {
      const variables = readOpenRc(
        'export OS_AUTH_TYPE=v3applicationcredential\nexport OS_AUTH_URL=https://k/v3\nexport OS_APPLICATION_CREDENTIAL_ID=i\nexport OS_APPLICATION_CREDENTIAL_SECRET="se\\$cret"\n',
      );
      expect(asksForPassword(variables)).to.equal(false);
      const { cloudsYaml } = cloudsYamlOf(variables, 'c', undefined);
      expect(readCloudsYaml({ text: cloudsYaml, cloudName: 'c' }).credentials).to.deep.equal({
        method: 'application_credential',
        credential: { id: 'i' },
        secret: 'se$cret',
      });
    });

    it('is not evaluated: what the shell would fill in is not set', () =>
      expect([
        ...readOpenRc('export OS_USERNAME=$(id -un)\nOS_PROJECT_NAME=`x`\nexport OS_PASSWORD="a$B"\n'),
      ]).to.deep.equal([
        ['OS_USERNAME', undefined],
        ['OS_PROJECT_NAME', undefined],
        ['OS_PASSWORD', undefined],
      ]));

    it('that is none is refused', () =>
      expect(() => cloudsYamlOf(readOpenRc('hello'), 'c', 'p')).to.throw(EhosError, /OS_AUTH_URL/));
  });

  describe('a clouds.yaml', () => {
    const TWO = 'clouds:\n  a:\n    auth: {password: 0123}\n    cacert: ca.pem\n  b:\n    auth: {password: other}\n';

    it('gives one entry, as it is written, and not the others', () => {
      const text = onlyEntry(TWO, 'a');
      expect(text).to.include('password: 0123').and.not.include('other');
      expect(cacertPath(text, 'a')).to.equal('ca.pem');
      expect(cacertPath(text, 'b')).to.equal(undefined);
    });

    it('stays whole where its entries share parts', () => {
      const shared = 'x: &x {region_name: R}\nclouds:\n  a: {<<: *x}\n  b: {<<: *x}\n';
      expect(onlyEntry(shared, 'a')).to.equal(shared);
    });

    it('with one entry needs no name; with several one is asked for', () => {
      expect(entryName('clouds: {only: {}}', undefined)).to.equal('only');
      expect(() => entryName(TWO, undefined)).to.throw(
        EhosError,
        '--cloud: say which entry of the clouds.yaml: there are a, b',
      );
      expect(() => entryName(TWO, 'c')).to.throw(EhosError, 'no entry "c"');
    });
  });

  it('writes files whose objects fit together, the pool in mode Observe', () => {
    const setup: Setup = {
      namespace: 'science',
      clouds: [
        {
          name: 'east',
          cloudName: 'EAST',
          cloudsYaml: 'clouds: {}\n',
          cacert: 'PEM',
          defaults: { image: { name: 'i' } },
        },
      ],
      master: {
        name: 'main',
        host: 'm',
        port: 2222,
        user: 'ehos',
        privateKey: 'KEY',
        knownHosts: 'LINE\n',
        condorHost: '10.0.0.1',
      },
      pool: { name: 'general', spec: { maxNodes: 3, clouds: [{ name: 'east' }], template: { flavors: ['f'] } } },
    };
    const files = setupFiles(setup);
    expect(files.map(({ name, secret }) => [name, secret])).to.deep.equal([
      ['secrets.yaml', true],
      ['clouds.yaml', false],
      ['master.yaml', false],
      ['pool.yaml', false],
    ]);
    const [secrets, clouds, master, pool] = files.map(({ text }) =>
      parseAllDocuments(text).map((one) => one.toJS() as Record<string, unknown>),
    );
    expect(secrets).to.deep.equal([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'east-clouds', namespace: 'science' },
        type: 'Opaque',
        stringData: { 'clouds.yaml': 'clouds: {}\n', cacert: 'PEM' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'main-ssh', namespace: 'science' },
        type: 'kubernetes.io/ssh-auth',
        stringData: { 'ssh-privatekey': 'KEY', known_hosts: 'LINE\n' },
      },
    ]);
    expect(clouds?.[0]?.spec).to.deep.equal({
      openstack: { identityRef: { name: 'east-clouds', cloudName: 'EAST' } },
      defaults: { image: { name: 'i' } },
    });
    const ref = { name: 'main-ssh' };
    expect(master?.[0]?.spec).to.deep.equal({
      ssh: { host: 'm', port: 2222, user: 'ehos', privateKeyRef: ref, knownHostsRef: ref },
      condor: { host: '10.0.0.1' },
    });
    expect(pool?.[0]?.spec).to.deep.include({ masterRef: { name: 'main' }, mode: 'Observe' });
    for (const { text, secret } of files) if (!secret) expect(text).to.not.match(/KEY|PEM/);
    expect(parse(files[3]!.text)).to.have.property('kind', 'EhosNodePool');
  });

  for (const [text, name] of [
    ['North_1', 'north-1'],
    ['-a.b-', 'a-b'],
    ['!!', 'cloud'],
    ['x'.repeat(80), 'x'.repeat(57)],
  ] as const)
    it(`calls the object of "${text.slice(0, 20)}" ${name.slice(0, 20)}`, () =>
      expect(objectNameOf(text, 'cloud')).to.equal(name));

  for (const [text, expected] of [
    ['condor', { host: 'condor', port: 22 }],
    ['condor.example.org:2222', { host: 'condor.example.org', port: 2222 }],
    ['[2001:db8::1]:22', { host: '2001:db8::1', port: 22 }],
    ['10.0.0.1', { host: '10.0.0.1', port: 22 }],
  ] as const)
    it(`reads ${text}`, () => expect(hostAndPort(text)).to.deep.equal(expected));

  for (const text of ['', 'a b', 'host:0', 'host:99999', 'user@host', 'host:22:22'])
    it(`refuses "${text}" as an address`, () => expect(() => hostAndPort(text)).to.throw(/must be a host/));

  it('names a port of its own in known_hosts as ssh does', () => {
    const key = { line: 'ssh-ed25519 AAAA', fingerprint: 'SHA256:x' };
    expect(knownHostsLine('m', 22, key)).to.equal('m ssh-ed25519 AAAA\n');
    expect(knownHostsLine('m', 2222, key)).to.equal('[m]:2222 ssh-ed25519 AAAA\n');
  });
});
