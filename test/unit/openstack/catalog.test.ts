import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { findEndpoint, versionedBase, type EndpointWish } from '../../../src/openstack/catalog.ts';
import type { ServiceName } from '../../../src/openstack/cloud-config.ts';
import { readToken } from '../../../src/openstack/identity.ts';
import { fixture } from './fixtures.ts';

const token = readToken('t', fixture('keystone-auth-password-project').response.body, 0)!;
const wish = (change: Partial<EndpointWish> = {}): EndpointWish => ({
  service: 'compute',
  interface: 'public',
  region: 'RegionOne',
  ...change,
});

describe('the catalog of a token', () => {
  it('gives the endpoint of service, interface and region', () => {
    expect(findEndpoint(token.endpoints, wish())).to.equal('http://127.0.0.1:8774/v2.1');
    expect(findEndpoint(token.endpoints, wish({ service: 'volume' }))).to.match(
      /^http:\/\/127\.0\.0\.1:8776\/v3\/[0-9a-f]{32}$/,
    );
  });
  it('prefers the official name of a service to its older ones', () => {
    const endpoint = { interface: 'public', region: 'R' };
    const both = [
      { ...endpoint, type: 'volumev3', url: 'old' },
      { ...endpoint, type: 'block-storage', url: 'new' },
    ];
    expect(findEndpoint(both, wish({ service: 'volume', region: 'R' }))).to.equal('new');
  });
  it('needs no region when there is one only', () => {
    const one = token.endpoints.filter((endpoint) => endpoint.region === 'RegionOne');
    expect(findEndpoint(one, wish({ region: undefined }))).to.equal('http://127.0.0.1:8774/v2.1');
  });

  const refusals: [string, EndpointWish, string, string][] = [
    [
      'another region',
      wish({ region: 'X' }),
      'clouds.yaml: region_name',
      'no region "X" for compute: there are "RegionOne", "RegionTwo"',
    ],
    [
      'no region where there are two',
      wish({ region: undefined }),
      'clouds.yaml: region_name',
      'missing: compute is in several regions, "RegionOne", "RegionTwo"',
    ],
  ];
  for (const [what, asked, field, says] of refusals) {
    it(`refuses ${what}`, () => {
      expect(() => findEndpoint(token.endpoints, asked))
        .to.throw(EhosError, says)
        .with.property('field', field);
    });
  }
  it('refuses an interface that is not there', () => {
    const publicOnly = token.endpoints.filter((endpoint) => endpoint.interface === 'public');
    expect(() => findEndpoint(publicOnly, wish({ interface: 'admin' }))).to.throw(
      EhosError,
      'no admin endpoint for compute: there are "public"',
    );
  });
  it('refuses a service that is not there', () => {
    const noVolume = token.endpoints.filter((endpoint) => endpoint.type !== 'volumev3');
    expect(() => findEndpoint(noVolume, wish({ service: 'volume' }))).to.throw(
      EhosError,
      /no block-storage or volumev3 or block-store service: there are "compute"/,
    );
    expect(() => findEndpoint([], wish())).to.throw(EhosError, 'there are none');
  });

  const bases: [ServiceName, string, string][] = [
    ['identity', 'http://k/v3', 'http://k/v3'],
    ['compute', 'http://n/v2.1', 'http://n/v2.1'],
    ['compute', 'http://n/v2.1/pid', 'http://n/v2.1/pid'],
    ['compute', 'http://n/v2/pid', 'http://n/v2.1'],
    ['compute', 'http://n/v2', 'http://n/v2.1'],
    ['compute', 'https://c/compute', 'https://c/compute/v2.1'],
    ['image', 'http://g', 'http://g/v2'],
    ['image', 'http://g/v1', 'http://g/v2'],
    ['image', 'http://g/v2', 'http://g/v2'],
    ['image', 'http://g/v2.9', 'http://g/v2'],
    ['network', 'http://q', 'http://q/v2.0'],
    ['network', 'http://q/v2.0', 'http://q/v2.0'],
    ['volume', 'http://c/v3/other', 'http://c/v3/other'],
    ['volume', 'http://c/v3', 'http://c/v3/pid'],
    ['volume', 'http://c', 'http://c/v3/pid'],
  ];
  for (const [service, url, base] of bases) {
    it(`${service} at ${url} is at ${base}`, () => expect(versionedBase(service, url, 'pid')).to.equal(base));
  }
});

describe('reading a token', () => {
  it('takes the lifetime from Keystone and the start from here', () => {
    expect(token).to.include({
      projectId: 'b32e097796964596810e36a5b1535f7c',
      userId: 'c71542149e504835bdbe4a746d98f5c1',
      lifetimeMs: 4 * 3_600_000,
      expiresAt: 4 * 3_600_000,
    });
  });
  it('knows the application credential', () => {
    const read = readToken('t', fixture('keystone-auth-appcred').response.body, 0);
    expect(read?.applicationCredentialId).to.equal('6ddf265ced37475ba2fffd5fb621b46e');
  });
  it('refuses a token without project, and one without value', () => {
    expect(readToken('t', fixture('keystone-auth-password-unscoped').response.body, 0)).to.equal(undefined);
    expect(readToken(undefined, fixture('keystone-auth-password-project').response.body, 0)).to.equal(undefined);
  });
});
