import { expect } from 'chai';
import type { ResolvedTemplate, VmTemplate } from '../../../src/cloud/backend.ts';
import { captured, GLANCE, NEUTRON, NOVA } from '../openstack/fake-transport.ts';
import { errorOf, made, named, RESOLVED, TEMPLATE } from './backend-fixture.ts';

describe('OpenStack backend: resolving a template', () => {
  const same: [string, Partial<VmTemplate>, Partial<ResolvedTemplate>][] = [
    ['names', {}, {}],
    ['ids', { image: { id: 'id-worker' }, networks: [{ id: 'id-net' }], securityGroups: ['id-worker'] }, {}],
    ['a group named twice', { securityGroups: ['worker', 'id-worker'] }, {}],
    ['the only network when none is named', { networks: [] }, {}],
    [
      'a root volume',
      { rootVolume: { size: 5, type: '__DEFAULT__' } },
      { rootVolume: { size: 5, type: '__DEFAULT__' } },
    ],
    [
      'nothing that is optional',
      { securityGroups: [], keyName: undefined, availabilityZones: [] },
      { securityGroups: [], keyName: undefined, availabilityZones: [] },
    ],
  ];
  for (const [what, change, expected] of same) {
    it(`takes ${what}`, async () => {
      expect(await made().backend.resolve({ ...TEMPLATE, ...change })).to.deep.equal({ ...RESOLVED, ...expected });
    });
  }

  const needs: [string, Record<string, number>, { minRam: number; minDisk: number }][] = [
    ['nothing', {}, { minRam: 0, minDisk: 0 }],
    ['what it says', { min_ram: 4096, min_disk: 30 }, { minRam: 4096, minDisk: 30 }],
    ['room for its file', { size: 1024 ** 3 + 1 }, { minRam: 0, minDisk: 2 }],
    ['the larger of both', { size: 1024 ** 3, min_disk: 5 }, { minRam: 0, minDisk: 5 }],
  ];
  for (const [what, image, expected] of needs) {
    it(`says that an image needs ${what}: ${JSON.stringify(image)}`, async () => {
      const { backend } = made({
        [`GET ${GLANCE}/images/i`]: { body: { id: 'i', name: 'worker', status: 'active', ...image } },
      });
      expect(await backend.resolve({ ...TEMPLATE, image: { id: 'i' } })).to.include(expected);
    });
  }
  it('keeps the policy of the server group', async () => {
    const resolved = await made().backend.resolve({ ...TEMPLATE, serverGroupPolicy: 'affinity' });
    expect(resolved).to.deep.equal({ ...RESOLVED, serverGroupPolicy: 'affinity' });
  });
  it('refuses a root volume with no room for the image', async () => {
    const { backend } = made({
      [`GET ${GLANCE}/images/i`]: { body: { id: 'i', name: 'worker', status: 'active', size: 3 * 1024 ** 3 } },
    });
    const error = await errorOf(backend.resolve({ ...TEMPLATE, image: { id: 'i' }, rootVolume: { size: 2 } }));
    expect(error).to.include({ errorClass: 'Invalid', field: 'rootVolume.size' });
    expect(error.message).to.equal('rootVolume.size: 2 GiB are too small: image "worker" needs 3 GiB');
  });

  const wrong: [string, Partial<VmTemplate>, string][] = [
    ['image', { image: undefined }, 'image: missing: give id, name or tag; there is "worker"'],
    ['image.name', { image: { name: 'x' } }, 'image.name: no image has the name "x": there is "worker"'],
    ['image.tag', { image: { tag: 'x' } }, 'image.tag: no image has the tag "x": there is "worker"'],
    ['image.id', { image: { id: 'none' } }, 'image.id: no image has the id "none": there is "worker"'],
    [
      'networks[1].name',
      { networks: [{ name: 'net' }, { name: 'x' }] },
      'networks[1].name: no network has the name "x": there are "net", "public"',
    ],
    [
      'networks[0].id',
      { networks: [{ id: 'x' }] },
      'networks[0].id: no network has the id "x": there are "net", "public"',
    ],
    ['keyName', { keyName: 'x' }, 'keyName: no key pair of this user "x": there is "ehos-key"'],
    [
      'securityGroups[1]',
      { securityGroups: ['worker', 'x'] },
      'securityGroups[1]: no security group "x": there are "default", "worker"',
    ],
    [
      'availabilityZones[0]',
      { availabilityZones: ['x'] },
      'availabilityZones[0]: no availability zone "x": there is "nova"',
    ],
    [
      'rootVolume.type',
      { rootVolume: { size: 9, type: 'x' } },
      'rootVolume.type: no volume type "x": there is "__DEFAULT__"',
    ],
    [
      'rootVolume.size',
      { rootVolume: { size: 4 } },
      'rootVolume.size: 4 GiB are too small: image "worker" needs 5 GiB',
    ],
    ['metadata', { metadata: { 'a/b': '' } }, 'metadata: key "a/b" is refused by Nova'],
    ['metadata', { metadata: { k: 'v'.repeat(256) } }, 'metadata: the value of "k" has 256 characters'],
  ];
  for (const [field, change, says] of wrong) {
    it(`refuses: ${says.slice(0, 60)}`, async () => {
      const error = await errorOf(made().backend.resolve({ ...TEMPLATE, ...change }));
      expect(error).to.include({ errorClass: 'Invalid', field });
      expect(error.message).to.contain(says);
    });
  }

  it('shows ten names at most', async () => {
    const networks = named(...Array.from({ length: 12 }, (_, i) => `n${String(i).padStart(2, '0')}`));
    const { backend } = made({ [`GET ${NEUTRON}/networks`]: { body: { networks } } });
    const error = await errorOf(backend.resolve({ ...TEMPLATE, networks: [{ name: 'x' }] }));
    expect(error.message).to.match(/"n09" and 2 more$/);
  });
  it('says when there is nothing to choose from', async () => {
    const { backend } = made({ [`GET ${NOVA}/os-keypairs`]: { body: { keypairs: [] } } });
    expect((await errorOf(backend.resolve(TEMPLATE))).message).to.contain('there is none');
  });
  it('refuses a network name that two have, and takes the id', async () => {
    const networks = [
      { id: 'n1', name: 'net' },
      { id: 'n2', name: 'net' },
    ];
    const { backend } = made({ [`GET ${NEUTRON}/networks`]: { body: { networks } } });
    const error = await errorOf(backend.resolve(TEMPLATE));
    expect(error).to.include({ errorClass: 'Invalid', field: 'networks[0].name' });
    expect(error.message).to.contain('2 networks are named "net": give the id of one, n1, n2');
    expect((await backend.resolve({ ...TEMPLATE, networks: [{ id: 'n2' }] })).networkIds).to.deep.equal(['n2']);
    expect(await errorOf(backend.resolve({ ...TEMPLATE, networks: [] }))).to.include({ field: 'networks' });
  });
  for (const wanted of ['worker', 'g2']) {
    it(`refuses security group ${wanted} whose name two groups have, by id too`, async () => {
      const groups = [
        { id: 'g1', name: 'worker' },
        { id: 'g2', name: 'worker' },
      ];
      const { backend } = made({ [`GET ${NEUTRON}/security-groups`]: { body: { security_groups: groups } } });
      const error = await errorOf(backend.resolve({ ...TEMPLATE, securityGroups: [wanted] }));
      expect(error).to.include({ errorClass: 'Invalid', field: 'securityGroups[0]' });
      expect(error.message).to.contain('(g1, g2)').and.to.contain('rename one');
    });
  }
  for (const [status, errorClass] of [
    ['saving', 'Transient'],
    ['queued', 'Transient'],
    ['deactivated', 'Invalid'],
  ] as const) {
    it(`an image that is ${status} is ${errorClass}, by name and by id`, async () => {
      const image = { id: 'i', name: 'worker', status };
      const { backend } = made({
        [`GET ${GLANCE}/images`]: ({ query }) => ({ body: { images: query.has('status') ? [] : [image] } }),
        [`GET ${GLANCE}/images/i`]: { body: image },
      });
      expect(await errorOf(backend.resolve(TEMPLATE))).to.include({
        errorClass,
        field: 'image.name',
        message: `image.name: image "worker" (i) is ${status}, not active`,
      });
      expect(await errorOf(backend.resolve({ ...TEMPLATE, image: { id: 'i' } }))).to.include({
        errorClass,
        field: 'image.id',
      });
    });
  }

  it('remembers for five minutes', async () => {
    const { backend, clock, transport } = made();
    await backend.resolve(TEMPLATE);
    const calls = transport.lines.length;
    await Promise.all([backend.resolve(TEMPLATE), backend.resolve(TEMPLATE)]);
    await clock.advance(4 * 60_000);
    await backend.resolve(TEMPLATE);
    expect(transport.lines).to.have.length(calls);
    await clock.advance(61_000);
    await backend.resolve(TEMPLATE);
    expect(transport.lines).to.have.length(2 * calls);
  });
  it('finds at once what was made after the list was read', async () => {
    const networks = named('net');
    const { backend } = made({ [`GET ${NEUTRON}/networks`]: () => ({ body: { networks } }) });
    await backend.resolve(TEMPLATE);
    networks.push(...named('new'));
    expect((await backend.resolve({ ...TEMPLATE, networks: [{ name: 'new' }] })).networkIds).to.deep.equal(['id-new']);
  });
  it('does not remember failures', async () => {
    let down = true;
    const { backend } = made({
      [`GET ${NEUTRON}/networks`]: () =>
        down ? captured('nova-os-services-403') : { body: { networks: named('net') } },
    });
    expect(await errorOf(backend.resolve(TEMPLATE))).to.include({ errorClass: 'Auth' });
    down = false;
    expect(await backend.resolve(TEMPLATE)).to.deep.equal(RESOLVED);
  });
  it('reports what the user can act on before an outage, and always the same of two', async () => {
    const { backend } = made({ [`GET ${GLANCE}/images`]: captured('nova-os-services-403') });
    for (let i = 0; i < 3; i++) {
      const error = await errorOf(backend.resolve({ ...TEMPLATE, keyName: 'x', availabilityZones: ['y'] }));
      expect(error.field).to.equal('keyName');
    }
  });
  it('ends for a caller that gave up', async () => {
    expect(await errorOf(made().backend.resolve(TEMPLATE, AbortSignal.abort()))).to.include({
      errorClass: 'Transient',
    });
  });
});
