import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { EhosError } from '../../../../src/base/errors.ts';
import { readAncestor } from '../../../../src/cli/migrate/ancestor.ts';
import { cloudsOf, pollIntervalOf, poolOf } from '../../../../src/cli/migrate/convert.ts';
import { fatesOf, type Fate } from '../../../../src/cli/migrate/fates.ts';
import { readCloudsYaml } from '../../../../src/openstack/clouds-yaml.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/ehos-python/${name}`, import.meta.url), 'utf8');

describe('ehos migrate', () => {
  const ancestor = readAncestor(fixture('ehos.yaml'));

  it('takes the credentials of each cloud over, flat or below auth, as they are written', () => {
    const [north, south] = cloudsOf(ancestor);
    const read = (cloud: typeof north): unknown =>
      readCloudsYaml({ text: cloud!.cloudsYaml, cloudName: cloud!.cloudName });
    const user = { name: 'ehos@example.org', domain: { name: 'science' } };
    expect(read(north)).to.deep.include({
      authUrl: 'https://keystone.north.example.org:5000/v3',
      region: 'bgo',
      credentials: {
        method: 'password',
        user,
        password: '0123456789',
        project: { name: 'pool-north', domain: { name: 'science' } },
      },
    });
    expect(read(south)).to.deep.include({
      credentials: {
        method: 'password',
        user,
        password: 'very-secret-words',
        project: { name: 'pool-south', domain: { name: 'science' } },
      },
    });
  });

  it('gives each cloud its own image, and all of them what is common', () => {
    const [north, south] = cloudsOf(ancestor).map(({ defaults }) => defaults);
    const common = { networks: [{ name: 'dualStack' }], securityGroups: ['ehos', 'slurm'], keyName: 'admin-key' };
    expect(north).to.deep.equal({ image: { id: '3f2a1c9e-0b4d-4c6e-9a51-1f2e3d4c5b6a' }, ...common });
    expect(south).to.deep.equal({ image: { name: 'ehos-worker-9' }, ...common });
  });

  it('makes one pool of the daemon, with the flavor of a cloud that has its own', () =>
    expect(poolOf(ancestor, 'general')).to.deep.equal({
      name: 'general',
      spec: {
        jobs: { default: true },
        minNodes: 1,
        maxNodes: 12,
        spareNodes: 3,
        allocation: 'FillFirst',
        clouds: [{ name: 'north' }, { name: 'south', flavors: ['m1.xlarge'] }],
        template: { flavors: ['m1.large'], scratchVolume: { size: 50 } },
      },
    }));

  it('reads the queue as often', () => expect(pollIntervalOf(ancestor)).to.equal('30s'));

  it('says of each setting of the file what becomes of it, and shows no secret', () => {
    const fates = new Map(fatesOf(ancestor).map(({ key, fate }): [string, Fate] => [key, fate]));
    expect(fates.size).to.equal(ancestor.settings.length);
    expect(Object.fromEntries(fates)).to.include({
      'clouds.north.password': 'kept',
      'clouds.south.auth.username': 'kept',
      'clouds.north.no_cache': 'gone',
      'clouds.south.ehos.flavor': 'kept',
      'ehos.project_prefix': 'gone',
      'daemon.nodes_max': 'kept',
      'daemon.min_cores': 'changed',
      'daemon.sleep': 'changed',
      'daemon.database': 'gone',
      'daemon.favourite_colour': 'unknown',
      'condor.host_ip': 'kept',
      'condor.password': 'gone',
      'influxdb.url': 'gone',
    });
    const text = JSON.stringify(fatesOf(ancestor));
    for (const secret of ['0123456789', 'very-secret-words', 'db-password', 'pool-password', 'influx-password'])
      expect(text).to.not.include(secret);
  });

  it('reads the form of the first releases, and what they had not filled in', () => {
    const old = readAncestor(fixture('ehos-old.yaml'));
    expect(cloudsOf(old)).to.have.length(1);
    expect(cloudsOf(old)[0]).to.deep.include({ name: 'default', cloudName: 'default' });
    expect(cloudsOf(old)[0]?.defaults).to.not.have.property('image');
    expect(poolOf(old, 'general').spec).to.deep.include({ minNodes: 0, maxNodes: 6, spareNodes: 2 });
    expect(pollIntervalOf(old)).to.equal('10s');
    const fates = new Map(fatesOf(old).map(({ key, fate }) => [key, fate]));
    expect(fates.get('ehos.base_image_id')).to.equal('unset');
    expect(fates.get('ehos.redundantnodes')).to.equal('kept');
    expect([...fates.values()]).to.not.include('unknown');
  });

  it('takes what ehos-python took where nothing is set', () => {
    const bare = readAncestor('clouds: {a: {auth_url: http://k/v3}}\n');
    expect(poolOf(bare, 'p').spec).to.deep.include({
      minNodes: 2,
      maxNodes: 4,
      spareNodes: 2,
      allocation: 'RoundRobin',
    });
    expect(pollIntervalOf(bare)).to.equal(undefined);
  });

  for (const [what, text, words] of [
    ['what is no YAML, without quoting it', 'a: [secret\n', /^ehos\.yaml: not YAML: \w+ at character \d+$/],
    ['what holds no settings', '- 1\n', /holds no settings/],
    ['what is another file', 'condor: {password: x}\n', /neither "clouds" nor "cloud"/],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => readAncestor(text)).to.throw(EhosError, words);
    });

  it('refuses a number that is none', () => {
    const wrong = readAncestor('clouds: {a: {}}\ndaemon: {nodes_max: many}\n');
    expect(() => poolOf(wrong, 'p')).to.throw(EhosError, 'nodes_max: "many" is not a whole number');
  });
});
