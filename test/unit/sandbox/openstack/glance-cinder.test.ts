import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { Answer, TestSandbox } from './harness.ts';

describe('sandbox OpenStack: Glance and Cinder', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const imageQueries: [query: string, names: string[]][] = [
    ['', ['ehos-worker-old', 'ehos-worker']],
    ['?sort=name:asc', ['ehos-worker', 'ehos-worker-old']],
    ['?sort_key=name&sort_dir=desc', ['ehos-worker-old', 'ehos-worker']],
    ['?tag=ehos', ['ehos-worker']],
    ['?tag=nope', []],
    ['?os_distro=debian', ['ehos-worker-old', 'ehos-worker']],
    ['?bogus=1', []],
    ['?name=in:ehos-worker,x', ['ehos-worker']],
    ['?visibility=public&limit=1', ['ehos-worker-old']],
  ];
  for (const [query, names] of imageQueries) {
    it(`lists images ${query || 'all'}`, async () => {
      const images = (await test.client.glance('GET', `/images${query}`)).body.images!;
      expect(images.map((image) => image.name)).to.deep.equal(names);
    });
  }

  it('pages through images by the relative link', async () => {
    const first = await test.client.glance('GET', '/images?limit=1');
    expect(first.body.next).to.match(/^\/v2\/images\?limit=1&marker=/);
    const second = await test.client.request('GET', `/image${first.body.next!}`);
    expect(second.body.images!.map((image) => image.name)).to.deep.equal(['ehos-worker']);
  });

  it('changes, refuses to change, and deletes an image', async () => {
    const path = `/images/${test.imageId}`;
    const patch = (operation: unknown): Promise<Answer> => test.client.glance('PATCH', path, [operation]);
    expect((await patch({ op: 'add', path: '/color', value: 'red' })).body.color).to.equal('red');
    expect((await patch({ op: 'remove', path: '/color' })).body).to.not.have.property('color');
    expect((await patch({ op: 'replace', path: '/name', value: 'other' })).body.name).to.equal('other');
    expect((await patch({ op: 'replace', path: '/tags', value: ['a'] })).body.tags).to.deep.equal(['a']);
    expect((await patch({ op: 'replace', path: '/min_disk', value: 5 })).status).to.equal(403);
    expect((await test.client.glance('PATCH', path, {})).status).to.equal(400);
    expect((await test.client.request('PUT', `/image/v2${path}/file`, { body: 'x' })).status).to.equal(409);
    expect((await test.client.glance('DELETE', path)).status).to.equal(204);
    expect((await test.client.glance('GET', path)).status).to.equal(404);
  });

  it('makes, lists, shows and deletes volumes', async () => {
    const path = `/volume/v3/${test.projectId}/volumes`;
    const wish = { volume: { size: 3, name: 'v', imageRef: test.imageId, metadata: { a: 'b' } } };
    const made = await test.client.request('POST', path, { body: wish });
    expect([made.status, made.body.volume!.status]).to.deep.equal([202, 'creating']);
    const id = made.body.volume!.id!;
    const shown = await test.client.request('GET', `${path}/${id}`);
    expect(shown.body.volume).to.include({
      status: 'available',
      bootable: 'true',
      'os-vol-tenant-attr:tenant_id': test.projectId,
    });
    const list = await test.client.request('GET', `${path}?name=v&status=available`);
    expect(Object.keys(list.body.volumes![0]!)).to.deep.equal(['id', 'name', 'links']);
    expect((await test.client.request('GET', `${path}?name=x`)).body.volumes).to.deep.equal([]);
    expect((await test.client.request('DELETE', `${path}/${id}`)).status).to.equal(202);
    expect((await test.client.request('GET', `${path}/${id}`)).status).to.equal(404);
  });

  it('keeps a volume that a server uses', async () => {
    const root = {
      uuid: test.imageId,
      source_type: 'image',
      destination_type: 'volume',
      boot_index: 0,
      volume_size: 2,
    };
    await test.createId({ imageRef: undefined, block_device_mapping_v2: [root] });
    await test.clock.advance(5000);
    const path = `/volume/v3/${test.projectId}/volumes`;
    const [volume] = (await test.client.request('GET', path)).body.volumes!;
    expect((await test.client.request('DELETE', `${path}/${volume!.id!}`)).status).to.equal(400);
  });

  for (const [usage, volumes] of [
    ['False', 1000],
    ['True', { limit: 1000, in_use: 0, reserved: 0 }],
  ] as const) {
    it(`shows the quota of volumes with usage=${usage}`, async () => {
      const path = `/volume/v3/${test.projectId}/os-quota-sets/${test.projectId}?usage=${usage}`;
      expect((await test.client.request('GET', path)).body.quota_set!.volumes).to.deep.equal(volumes);
    });
  }
});
