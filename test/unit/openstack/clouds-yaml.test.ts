import { expect } from 'chai';
import { stringify } from 'yaml';
import { EhosError } from '../../../src/base/errors.ts';
import { redactText } from '../../../src/base/redact.ts';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { readCloudsYaml } from '../../../src/openstack/clouds-yaml.ts';
import { CA_PEM } from './certificates.ts';

const AUTH = {
  auth_url: 'https://keystone.example.org:5000/v3',
  username: 'ehos',
  password: 'hunter2',
  project_name: 'pool',
  user_domain_name: 'Default',
  project_domain_name: 'Default',
};
type Values = Record<string, unknown>;

/** A file with one good entry `c`, changed by `cloud` and `auth`; undefined removes a key. */
function file(cloud: Values = {}, auth: Values = {}): string {
  const without = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return stringify({ clouds: { c: without({ auth: without({ ...AUTH, ...auth }), ...cloud }) } });
}
const read = (text: string, more: { cacert?: string; region?: string; cloudName?: string } = {}): CloudConfig =>
  readCloudsYaml({ text, cloudName: 'c', ...more });

function refusal(fn: () => unknown): EhosError {
  try {
    fn();
  } catch (error) {
    expect(error).to.be.instanceOf(EhosError);
    return error as EhosError;
  }
  throw new Error('was not refused');
}

describe('clouds.yaml', () => {
  it('reads a password entry with all defaults', () => {
    expect(read(file())).to.deep.equal({
      name: 'c',
      authUrl: 'https://keystone.example.org:5000/v3',
      credentials: {
        method: 'password',
        user: { name: 'ehos', domain: { name: 'Default' } },
        password: 'hunter2',
        project: { name: 'pool', domain: { name: 'Default' } },
      },
      region: undefined,
      interface: 'public',
      cacert: undefined,
      verify: true,
      endpointOverrides: {},
    });
  });

  const credentials: [string, Values, Values, unknown][] = [
    [
      'v3password, user and project by id',
      { auth_type: 'v3password' },
      { user_id: 'u', project_id: 'p', username: undefined, project_name: undefined },
      { method: 'password', user: { id: 'u' }, password: 'hunter2', project: { id: 'p' } },
    ],
    [
      'domains by id',
      {},
      { user_domain_id: 'd1', project_domain_id: 'd2' },
      {
        method: 'password',
        user: { name: 'ehos', domain: { id: 'd1' } },
        password: 'hunter2',
        project: { name: 'pool', domain: { id: 'd2' } },
      },
    ],
    [
      'one domain for both',
      {},
      { user_domain_name: undefined, project_domain_name: undefined, domain_name: 'X' },
      {
        method: 'password',
        user: { name: 'ehos', domain: { name: 'X' } },
        password: 'hunter2',
        project: { name: 'pool', domain: { name: 'X' } },
      },
    ],
    [
      'default_domain',
      {},
      { user_domain_name: undefined, project_domain_name: undefined, default_domain: 'default' },
      {
        method: 'password',
        user: { name: 'ehos', domain: { id: 'default' } },
        password: 'hunter2',
        project: { name: 'pool', domain: { id: 'default' } },
      },
    ],
    [
      'tenant_name of old files',
      {},
      { project_name: undefined, tenant_name: 't' },
      {
        method: 'password',
        user: { name: 'ehos', domain: { name: 'Default' } },
        password: 'hunter2',
        project: { name: 't', domain: { name: 'Default' } },
      },
    ],
    [
      'an application credential by id; a project beside it is not sent',
      { auth_type: 'v3applicationcredential' },
      { application_credential_id: 'i', application_credential_secret: 's' },
      { method: 'application_credential', credential: { id: 'i' }, secret: 's' },
    ],
    [
      'an application credential without auth_type',
      {},
      { application_credential_id: 'i', application_credential_secret: 's', password: undefined },
      { method: 'application_credential', credential: { id: 'i' }, secret: 's' },
    ],
    [
      'an application credential by name and user',
      { auth_type: 'v3applicationcredential' },
      { application_credential_name: 'n', application_credential_secret: 's' },
      {
        method: 'application_credential',
        credential: { name: 'n', user: { name: 'ehos', domain: { name: 'Default' } } },
        secret: 's',
      },
    ],
  ];
  for (const [what, cloud, auth, expected] of credentials) {
    it(`reads ${what}`, () => expect(read(file(cloud, auth)).credentials).to.deep.equal(expected));
  }

  it('keeps a password as it is written, though YAML would make a number or a boolean of it', () => {
    const written = (password: string): unknown =>
      read(file({}, { password: '@@' }).replace(/"@@"/, password)).credentials;
    expect(written('0123')).to.include({ password: '0123' });
    expect(written('yes')).to.include({ password: 'yes' });
    expect(written('"a: b"')).to.include({ password: 'a: b' });
  });

  const values: [string, Values, Values, Partial<CloudConfig>][] = [
    ['auth_url without /v3', {}, { auth_url: 'http://k:5000' }, { authUrl: 'http://k:5000/v3' }],
    ['auth_url with trailing slashes', {}, { auth_url: 'http://k:5000/v3//' }, { authUrl: 'http://k:5000/v3' }],
    ['auth_url with a path', {}, { auth_url: 'https://k/identity' }, { authUrl: 'https://k/identity/v3' }],
    ['region_name', { region_name: 'R1' }, {}, { region: 'R1' }],
    ['interface internal', { interface: 'internal' }, {}, { interface: 'internal' }],
    ['interface adminURL', { interface: 'adminURL' }, {}, { interface: 'admin' }],
    ['endpoint_type', { endpoint_type: 'internalURL' }, {}, { interface: 'internal' }],
    ['verify: false', { verify: false }, {}, { verify: false }],
    ['verify: no', { verify: 'no' }, {}, { verify: false }],
    ['verify: True', { verify: 'True' }, {}, { verify: true }],
    ['an empty region as none', { region_name: '' }, {}, { region: undefined }],
    ['null as none', { region_name: null }, {}, { region: undefined }],
    ['identity_api_version 3', { identity_api_version: 3 }, {}, { interface: 'public' }],
    [
      'compute_endpoint_override',
      { compute_endpoint_override: 'http://n:8774/v2.1/' },
      {},
      { endpointOverrides: { compute: 'http://n:8774/v2.1' } },
    ],
    [
      'overrides of image and network',
      { image_endpoint_override: 'http://g', network_endpoint_override: 'http://q' },
      {},
      { endpointOverrides: { image: 'http://g', network: 'http://q' } },
    ],
    [
      'volumev3_endpoint_override',
      { volumev3_endpoint_override: 'http://c/v3' },
      {},
      { endpointOverrides: { volume: 'http://c/v3' } },
    ],
    [
      'block_storage_endpoint_override',
      { block_storage_endpoint_override: 'http://c/v3' },
      {},
      { endpointOverrides: { volume: 'http://c/v3' } },
    ],
    [
      'volume_endpoint_override before the others',
      { volumev3_endpoint_override: 'http://a', volume_endpoint_override: 'http://b' },
      {},
      { endpointOverrides: { volume: 'http://b' } },
    ],
    ['a certificate written into the file', { cacert: CA_PEM }, {}, { cacert: CA_PEM.trim() }],
  ];
  for (const [what, cloud, auth, expected] of values) {
    it(`reads ${what}`, () => expect(read(file(cloud, auth))).to.deep.include(expected));
  }

  it('takes the certificate that is given instead of a path', () => {
    expect(read(file({ cacert: '/etc/ssl/ca.pem' }), { cacert: `\n${CA_PEM}${CA_PEM}` }).cacert).to.equal(
      `${CA_PEM.trim()}\n${CA_PEM.trim()}`,
    );
  });
  it('lets a region given from outside win', () =>
    expect(read(file({ region_name: 'R1' }), { region: 'R2' }).region).to.equal('R2'));
  it('follows anchors and merge keys', () => {
    const text = `x: &base {region_name: R7}\nclouds:\n  c:\n    <<: *base\n    auth: ${JSON.stringify(AUTH)}\n`;
    expect(read(text).region).to.equal('R7');
  });

  const APP = { auth_type: 'v3applicationcredential' };
  const refusals: [string, string, string, string | RegExp][] = [
    ['no auth_url', file({}, { auth_url: undefined }), 'clouds.c.auth.auth_url', 'missing'],
    [
      'an auth_url that is none',
      file({}, { auth_url: 'keystone' }),
      'clouds.c.auth.auth_url',
      '"keystone" is not a URL',
    ],
    [
      'an auth_url of another protocol',
      file({}, { auth_url: 'ftp://k' }),
      'clouds.c.auth.auth_url',
      '"ftp://k" is not a URL',
    ],
    [
      'an auth_url with a password',
      file({}, { auth_url: 'https://u:hunter2@k' }),
      'clouds.c.auth.auth_url',
      'must not hold credentials',
    ],
    [
      'an auth_url with a query',
      file({}, { auth_url: 'https://k/?token=hunter2' }),
      'clouds.c.auth.auth_url',
      '"https://k/" is not a URL',
    ],
    ['Keystone v2.0', file({}, { auth_url: 'https://k/v2.0' }), 'clouds.c.auth.auth_url', 'only v3 is supported'],
    [
      'identity_api_version 2.0',
      file({ identity_api_version: '2.0' }),
      'clouds.c.identity_api_version',
      '"2.0" is not supported',
    ],
    [
      'another auth_type',
      file({ auth_type: 'v3oidcpassword' }),
      'clouds.c.auth_type',
      /"v3oidcpassword" is not supported: use password, v3password, v3applicationcredential/,
    ],
    ['no user', file({}, { username: undefined }), 'clouds.c.auth.username', 'missing'],
    [
      'a user without domain',
      file({}, { user_domain_name: undefined }),
      'clouds.c.auth.user_domain_name',
      'user "ehos" needs',
    ],
    ['no password', file({}, { password: undefined }), 'clouds.c.auth.password', 'missing'],
    ['no project', file({}, { project_name: undefined }), 'clouds.c.auth.project_name', 'missing'],
    [
      'a project without domain',
      file({}, { project_domain_name: undefined }),
      'clouds.c.auth.project_domain_name',
      'project "pool" needs',
    ],
    [
      'an application credential without secret',
      file(APP, { application_credential_id: 'i' }),
      'clouds.c.auth.application_credential_secret',
      'missing',
    ],
    [
      'an application credential without id',
      file(APP, { application_credential_secret: 'hunter2' }),
      'clouds.c.auth.application_credential_id',
      'missing',
    ],
    [
      'another interface',
      file({ interface: 'private' }),
      'clouds.c.interface',
      /"private" is not an interface: write public, internal, admin/,
    ],
    ['another endpoint_type', file({ endpoint_type: 'x' }), 'clouds.c.endpoint_type', '"x" is not an interface'],
    ['verify that is no boolean', file({ verify: 'maybe' }), 'clouds.c.verify', '"maybe" is neither true nor false'],
    [
      'an override that is no URL',
      file({ compute_endpoint_override: 'nova' }),
      'clouds.c.compute_endpoint_override',
      '"nova" is not a URL',
    ],
    ['a client certificate', file({ cert: '/x.pem' }), 'clouds.c.cert', 'not supported'],
    ['a list where a text belongs', file({ region_name: ['a'] }), 'clouds.c.region_name', 'must be one value'],
    ['no auth', stringify({ clouds: { c: { region_name: 'x' } } }), 'clouds.c.auth', 'missing'],
    ['another cloud', stringify({ clouds: { a: {}, b: {} } }), 'clouds.c', 'no such cloud: there are "a", "b"'],
    ['a name of the prototype', stringify({ clouds: {} }), 'clouds.c', 'it is empty'],
    ['no clouds', 'cloud: {}', 'clouds', 'missing'],
    ['an empty file', '', 'clouds', 'missing'],
    ['a list', '- a', 'clouds', 'missing'],
  ];
  for (const [what, text, field, says] of refusals) {
    it(`refuses ${what}`, () => {
      const error = refusal(() => read(text));
      expect(error.errorClass).to.equal('Invalid');
      expect(error.field).to.equal(`clouds.yaml: ${field}`);
      expect(error.message).to.match(new RegExp(`^clouds\\.yaml: ${field.replaceAll('.', '\\.')}(?:: | is missing)`));
      expect(redactText(error.message)).to.equal(error.message);
      if (says instanceof RegExp) expect(error.message).to.match(says);
      else expect(error.message).to.contain(says);
      expect(error.message).to.not.contain('hunter2');
    });
  }

  it('says where the YAML is broken without quoting it', () => {
    const error = refusal(() => read('clouds:\n  c: {auth: {password: hunter2\n  x: ]\n'));
    expect(error.field).to.equal('clouds.yaml');
    expect(error.message).to.match(/^clouds\.yaml: not YAML: [A-Z_]+ in line \d+, column \d+$/);
  });
  it('refuses a bomb of aliases', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed'])
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(',')}]`);
    expect(refusal(() => read(bomb.join('\n'))).message).to.contain('aliases');
  });
  it('refuses a cacert that is no certificate', () => {
    const error = refusal(() => read(file(), { cacert: 'hunter2' }));
    expect(error.field).to.equal('cacert');
    expect(error.message).to.equal(
      'cacert: holds no certificate: it must be PEM, -----BEGIN CERTIFICATE----- and so on',
    );
  });
  it('refuses a damaged certificate and says which', () => {
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect(refusal(() => read(file(), { cacert: `${CA_PEM}\n${damaged}` })).message).to.equal(
      'cacert: certificate 2 of 2 is damaged',
    );
  });
  it('does not find what every object inherits', () => {
    expect(refusal(() => read(file(), { cloudName: 'constructor' })).field).to.equal('clouds.yaml: clouds.constructor');
  });
});
