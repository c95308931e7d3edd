import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { EhosCloud, EhosNodePool } from '../../../src/api/resources.ts';
import type { CloudBackend, ResolvedTemplate } from '../../../src/cloud/backend.ts';
import { CloudSession } from '../../../src/controllers/cloud-session.ts';
import { lookUp, type Lookup } from '../../../src/controllers/template-lookup.ts';
import { backend, cloudSnapshot, ehosCloud, ehosPool, Fixture } from './fixture.ts';

const template: ResolvedTemplate = {
  imageId: 'image-1',
  imageName: 'worker',
  minRam: 0,
  minDisk: 0,
  networkIds: ['net-1'],
  securityGroups: [],
  keyName: undefined,
  availabilityZones: [],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: {},
};

describe('lookUp', () => {
  let fixture: Fixture;
  beforeEach(() => {
    fixture = new Fixture();
  });
  const look = async (
    resolve: CloudBackend['resolve'],
    pool: EhosNodePool = ehosPool(),
    cloud: EhosCloud = ehosCloud(),
  ): Promise<Lookup> => {
    const session = new CloudSession(seededRandom(1), fixture.clock, 8);
    session.backend = backend({ resolve });
    session.observe(cloudSnapshot());
    return await lookUp(fixture.context, pool, pool.spec.clouds[0]!, cloud, session);
  };
  const refusing =
    (field: string, errorClass: 'Invalid' | 'Transient' = 'Invalid') =>
    (): Promise<never> =>
      Promise.reject(new EhosError(errorClass, `${field}: no such thing`, { field }));

  it('gives what was found', async () =>
    expect(await look(() => Promise.resolve(template))).to.deep.equal({
      template,
      invalid: undefined,
      unknown: undefined,
    }));

  it('gives the template to the cloud as pool, entry and defaults say it together', async () => {
    const seen: unknown[] = [];
    const pool = ehosPool({
      clouds: [{ name: 'cloud-a', networks: [{ name: 'of-entry' }] }],
      template: { flavors: ['m1.small'], image: { name: 'of-template' } },
    });
    const cloud = ehosCloud({ defaults: { keyName: 'of-defaults', image: { name: 'hidden' } } });
    await look(
      (merged) => {
        seen.push(merged.networks, merged.image, merged.keyName);
        return Promise.resolve(template);
      },
      pool,
      cloud,
    );
    expect(seen).to.deep.equal([[{ name: 'of-entry' }], { name: 'of-template' }, 'of-defaults']);
  });

  describe('says where the wrong field was written', () => {
    const second = { name: 'cloud-a', image: { name: 'x' } };
    for (const [what, field, pool, cloud, place] of [
      ['the entry', 'image.name', ehosPool({ clouds: [second] }), ehosCloud(), 'spec.clouds[0].'],
      [
        'the template',
        'image.name',
        ehosPool({ template: { flavors: [], image: { name: 'x' } } }),
        ehosCloud(),
        'spec.template.',
      ],
      [
        'a list in the template',
        'networks[0].name',
        ehosPool({ template: { flavors: [], networks: [{ name: 'x' }] } }),
        ehosCloud(),
        'spec.template.',
      ],
      [
        'the defaults of the cloud',
        'keyName',
        ehosPool(),
        ehosCloud({ defaults: { keyName: 'x' } }),
        'EhosCloud "cloud-a": spec.defaults.',
      ],
      ['nowhere: the template is where it belongs', 'networks', ehosPool(), ehosCloud(), 'spec.template.'],
    ] as const)
      it(what, async () => {
        const found = await look(refusing(field), pool, cloud);
        expect(found).to.deep.equal({
          template: undefined,
          invalid: `${place}${field}: no such thing`,
          unknown: undefined,
        });
      });
  });

  it('a cloud that fails is no mistake of the admin', async () => {
    const found = await look(() => Promise.reject(new EhosError('Transient', '503 from Glance')));
    expect(found).to.deep.equal({ template: undefined, invalid: undefined, unknown: '503 from Glance' });
  });

  it('an image that is still being uploaded is waited for', async () => {
    const found = await look(refusing('image.name', 'Transient'));
    expect(found).to.include({ invalid: undefined, unknown: 'spec.template.image.name: no such thing' });
  });

  it('a right that is missing is for an admin to give', async () => {
    const found = await look(() => Promise.reject(new EhosError('Auth', '403 from Neutron')));
    expect(found).to.include({ invalid: '403 from Neutron', unknown: undefined });
  });

  it('names flavors that do not exist, and those that do, beside the template', async () => {
    const pool = ehosPool({ template: { flavors: ['m1.small', 'm9.huge', 'm9.giant'] } });
    expect(await look(() => Promise.resolve(template), pool)).to.deep.equal({
      template,
      invalid: 'spec.template.flavors: the cloud has no flavor "m9.huge", "m9.giant": there is "m1.small"',
      unknown: undefined,
    });
  });

  it('a cloud that does not answer holds the pool up for 10 s and no longer', async () => {
    let found: Lookup | undefined;
    const looking = look(() => new Promise(() => undefined)).then((answer) => (found = answer));
    await fixture.clock.advance(9_999);
    expect(found).to.equal(undefined);
    await fixture.clock.advance(1);
    await looking;
    expect(found).to.deep.equal({
      template: undefined,
      invalid: undefined,
      unknown: 'the cloud is slow to say what the template names',
    });
  });

  it('a failure that comes too late disturbs nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const looking = look(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    );
    await fixture.clock.advance(10_000);
    await looking;
    fail(new Error('late'));
    // an unhandled rejection would end the process here
    await fixture.clock.advance(1);
  });
});
