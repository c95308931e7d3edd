import { expect } from 'chai';
import { EhosError } from '../../../../src/base/errors.ts';
import { Findings } from '../../../../src/cli/check/line.ts';
import { lookUpAll, tellFlavors, tellTemplate } from '../../../../src/cli/check/template.ts';
import type { ResolvedTemplate, VmTemplate } from '../../../../src/cloud/backend.ts';

const TEMPLATE: VmTemplate = {
  image: { name: 'good' },
  networks: [{ name: 'net' }],
  securityGroups: [],
  keyName: undefined,
  availabilityZones: [],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: {},
};
const RESOLVED = { imageId: 'i', imageName: 'good', minRam: 0, minDisk: 0 } as ResolvedTemplate;
const GIB = 1024 * 1024;
const invalid = (field: string): EhosError => new EhosError('Invalid', `${field}: no such thing`, { field });

/** A cloud that knows `good` things only, and tells the first wrong one. */
const cloud = {
  resolve: (template: VmTemplate): Promise<ResolvedTemplate> => {
    const { image, networks, securityGroups, keyName, availabilityZones } = template;
    if (image?.name !== 'good' && image?.id !== 'stand-in') throw invalid('image.name');
    const network = networks.findIndex(({ name, id }) => name !== 'net' && id !== 'stand-in');
    if (network >= 0) throw invalid(`networks[${network}].name`);
    const group = securityGroups.findIndex((name) => name !== 'good');
    if (group >= 0) throw invalid(`securityGroups[${group}]`);
    if (keyName !== undefined && keyName !== 'good') throw invalid('keyName');
    const zone = availabilityZones.findIndex((name) => name !== 'good');
    if (zone >= 0) throw invalid(`availabilityZones[${zone}]`);
    return Promise.resolve(RESOLVED);
  },
};
const standIns = { image: () => Promise.resolve('stand-in'), network: () => Promise.resolve('stand-in') };

describe('the template of a pool in a cloud', () => {
  const fieldsOf = async (template: Partial<VmTemplate>): Promise<string[]> =>
    (await lookUpAll(cloud, { ...TEMPLATE, ...template }, standIns)).problems.map(({ field }) => field);

  it('is right, or everything that is wrong in it is told by its own place', async () => {
    expect(await fieldsOf({})).to.deep.equal([]);
    expect(
      await fieldsOf({
        image: { name: 'bad' },
        networks: [{ name: 'bad' }],
        securityGroups: ['bad', 'good', 'worse'],
        keyName: 'bad',
        availabilityZones: ['good', 'bad'],
      }),
    ).to.deep.equal([
      'image.name',
      'networks[0].name',
      'securityGroups[0]',
      'securityGroups[2]',
      'keyName',
      'availabilityZones[1]',
    ]);
  });

  it('is not called right where a stand-in is missing, and what the cloud does not say is no mistake', async () => {
    const none = { image: () => Promise.resolve(undefined), network: () => Promise.resolve(undefined) };
    const found = await lookUpAll(cloud, { ...TEMPLATE, image: { name: 'bad' }, keyName: 'bad' }, none);
    expect(found).to.deep.include({ resolved: undefined });
    const findings = new Findings('x');
    tellTemplate(TEMPLATE, found, findings);
    expect(findings.lines.map(({ what, result }) => `${what} ${result}`)).to.deep.equal(['image.name FAIL']);
    const hung = { resolve: () => Promise.reject(new EhosError('Timeout', 'no answer')) };
    const { problems } = await lookUpAll(hung, TEMPLATE, standIns);
    expect(problems).to.deep.equal([{ field: '', message: 'no answer', mustMend: false }]);
  });

  it('needs flavors that exist, and on which the image fits', () => {
    const findings = new Findings('x');
    const known = new Map([
      ['small', { cores: 1, memory: 512, disk: 10 * GIB }],
      ['large', { cores: 4, memory: 8192, disk: 80 * GIB }],
      ['flat', { cores: 4, memory: 8192, disk: 10 * GIB }],
      ['diskless', { cores: 1, memory: 4096, disk: 0 }],
    ]);
    tellFlavors(
      ['large', 'giant', 'small', 'flat', 'diskless'],
      known,
      { minRam: 2048, minDisk: 20, rootVolume: undefined },
      findings,
    );
    expect(findings.lines.map(({ what, result, found }) => [what, result, found.split(':')[0]])).to.deep.equal([
      ['flavor large', 'OK', '4 cores, 8192 MiB'],
      ['flavor giant', 'FAIL', 'the cloud has no such flavor'],
      ['flavor small', 'FAIL', '512 MiB, and the image needs 2048 MiB'],
      ['flavor flat', 'FAIL', 'a disk of 10 GiB, and the image needs 20 GiB'],
      ['flavor diskless', 'OK', '1 cores, 4096 MiB'],
    ]);
  });
});
