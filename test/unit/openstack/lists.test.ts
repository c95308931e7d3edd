import { expect } from 'chai';
import { captured, GLANCE, NOVA, type Handler, type Reply } from './fake-transport.ts';
import { errorOf, made, type Made } from './sdk-fixture.ts';

describe('lists in pages', () => {
  const server = (id: string): Record<string, unknown> => ({
    id,
    name: id,
    status: 'ACTIVE',
    created: '2026-01-01T00:00:00Z',
    tags: [],
  });
  const page = (ids: string[], more: boolean): Reply => ({
    body: {
      servers: ids.map(server),
      ...(more ? { servers_links: [{ rel: 'next', href: 'http://inner/?marker=x' }] } : {}),
    },
  });
  const listing = (handler: Handler): Made => made({ [`GET ${NOVA}/servers/detail`]: handler });
  const ids = async ({ os }: Made): Promise<string[]> => (await os.compute.listServers()).map((item) => item.id);

  it('follow the marker to the end, each item once', async () => {
    const pages: Record<string, Reply> = {
      '': page(['a', 'b'], true),
      b: page(['b', 'c'], true),
      c: page(['d'], false),
    };
    expect(await ids(listing(({ query }) => pages[query.get('marker') ?? '']))).to.deep.equal(['a', 'b', 'c', 'd']);
  });
  it('begin again when the marker was deleted meanwhile', async () => {
    let round = 0;
    const target = listing(({ query }) => {
      const marker = query.get('marker');
      if (marker === null) return ++round === 1 ? page(['a', 'b'], true) : page(['a'], true);
      return marker === 'b' ? captured('servers-bad-marker-400') : page(['c'], false);
    });
    expect(await ids(target)).to.deep.equal(['a', 'c']);
    expect(round).to.equal(2);
  });
  it('are given up when the marker is gone again and again', async () => {
    const target = listing(({ query }) =>
      query.has('marker') ? captured('servers-bad-marker-400') : page(['a'], true),
    );
    expect(await errorOf(ids(target))).to.include({ errorClass: 'NotFound', field: 'marker' });
    expect(target.transport.lines).to.have.length(12);
  });
  it('are given up when a page holds nothing new', async () => {
    expect((await errorOf(ids(listing(() => page(['a'], true))))).message).to.contain('nothing new');
  });
  for (const [what, body, says] of [
    ['without the list', {}, 'no list "servers"'],
    ['that is no JSON', '<html>', 'no list "servers"'],
    ['with an item without id', { servers: [{}] }, 'has no id'],
    ['with an item that is null', { servers: [null] }, 'has no id'],
    ['with an item that is a text', { servers: ['a'] }, 'has no id'],
    ['with null for the list', { servers: null }, 'no list "servers"'],
    ['with an object for the list', { servers: { '0': server('a') } }, 'no list "servers"'],
    ['with an id of two lines', { servers: [server('a\nb')] }, 'a server without an id'],
    ['with an id of a thousand letters', { servers: [server('a'.repeat(1000))] }, 'a server without an id'],
    ['with a server whose tags are a text', { servers: [{ ...server('a'), tags: 'ehos' }] }, 'a server without tags'],
    ['with a server without tags', { servers: [{ ...server('a'), tags: undefined }] }, 'a server without tags'],
    ['with a server whose status is a number', { servers: [{ ...server('a'), status: 1 }] }, 'without status'],
    ['with a server of no age', { servers: [{ ...server('a'), created: 'soon' }] }, 'without a time created'],
  ] as const) {
    it(`are not empty because of an answer ${what}`, async () => {
      const error = await errorOf(ids(listing(() => ({ body }))));
      expect(error).to.include({ errorClass: 'Transient', maybeDone: false });
      expect(error.message).to.contain(says);
    });
  }
  it('have an end, however much a service sends', async () => {
    const filling = 'x'.repeat(10_000_000);
    let pages = 0;
    const endless = listing(() => {
      const reply = page([`server-${++pages}`], true);
      return { body: { ...(reply.body as object), filling } };
    });
    expect((await errorOf(ids(endless))).message).to.match(/a list of more than 67108864 characters$/);
    expect(pages).to.equal(7);
  });
  it('a page that fails fails the list', async () => {
    const target = listing(({ query }) => (query.has('marker') ? captured('nova-os-services-403') : page(['a'], true)));
    expect(await errorOf(ids(target))).to.include({ errorClass: 'Auth' });
  });
  it("follow Glance's link", async () => {
    const image = (id: string): Record<string, unknown> => ({ id, name: 'i', created_at: '2026-01-01T00:00:00Z' });
    const { os } = made({
      [`GET ${GLANCE}/images`]: ({ query }) =>
        query.has('marker')
          ? { body: { images: [image('b')] } }
          : { body: { images: [image('a')], next: '/v2/images?marker=a' } },
    });
    expect((await os.image.listImages()).map((item) => item.id)).to.deep.equal(['a', 'b']);
  });
});
