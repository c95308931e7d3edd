import { expect } from 'chai';
import { ManualClock, systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { LogFields } from '../../../src/base/log.ts';
import { CONFIG_MAPS, NAMESPACES, NODES } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { failure, quickClient } from './client-fixture.ts';
import { ApiStub, json, status } from './api-stub.ts';

const node = { metadata: { namespace: 'ns', name: 'a' } };
const LIST = { kind: 'List', metadata: { name: 'a', resourceVersion: '7' }, items: [] };

describe('RestKubeClient', () => {
  let api: ApiStub;
  let client: RestKubeClient;
  let clock: ManualClock;
  let warnings: LogFields[];

  const make = (options: Parameters<typeof quickClient>[3] = {}): RestKubeClient =>
    quickClient(api, clock, warnings, options);

  beforeEach(async () => {
    api = new ApiStub();
    await api.listen();
    clock = new ManualClock();
    warnings = [];
    client = make();
  });

  afterEach(async () => {
    await client.close();
    await api.close();
  });

  describe('asks for what it is told to', () => {
    const rows: [string, () => Promise<unknown>, string, string, string?, unknown?][] = [
      ['get', () => client.get(NODES, 'ns', 'a'), 'GET', '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/a'],
      [
        'get of a cluster-wide kind',
        () => client.get(NAMESPACES, '', 'kube-system'),
        'GET',
        '/api/v1/namespaces/kube-system',
      ],
      ['list', () => client.list(NODES, 'ns'), 'GET', '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes'],
      ['list of all namespaces', () => client.list(NODES, undefined), 'GET', '/apis/ehos.io/v1alpha1/ehosnodes'],
      [
        'list of a page',
        () =>
          client.list(NODES, 'ns', { limit: 5, continueToken: 'to=ken', labelSelector: 'a=b', fieldSelector: 'c=d' }),
        'GET',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes?limit=5&labelSelector=a%3Db&fieldSelector=c%3Dd&continue=to%3Dken',
      ],
      [
        'create',
        () => client.create(NODES, node),
        'POST',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes',
        'application/json',
        { apiVersion: 'ehos.io/v1alpha1', kind: 'EhosNode', ...node },
      ],
      [
        'patch',
        () => client.patch(NODES, 'ns', 'a', { spec: null }),
        'PATCH',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/a',
        'application/merge-patch+json',
        { spec: null },
      ],
      [
        'patchStatus',
        () => client.patchStatus(NODES, 'ns', 'a', { status: {} }),
        'PATCH',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/a/status',
        'application/merge-patch+json',
        { status: {} },
      ],
      [
        'delete',
        () => client.delete(NODES, 'ns', 'a'),
        'DELETE',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/a',
        'application/json',
        { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
      ],
      [
        'delete of one very object',
        () => client.delete(NODES, 'ns', 'a', { uid: 'u' }),
        'DELETE',
        '/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/a',
        'application/json',
        { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid: 'u' } },
      ],
    ];
    for (const [name, act, method, url, type, body] of rows) {
      it(name, async () => {
        api.answers = [json(200, LIST)];
        await act();
        const [asked] = api.asked;
        expect([asked?.method, asked?.url]).to.deep.equal([method, url]);
        expect(asked?.headers).to.include({
          accept: 'application/json',
          authorization: 'Bearer first',
          'user-agent': 'ehos-operator/1',
        });
        expect(asked?.headers['content-type']).to.equal(type);
        expect(asked?.body === '' ? undefined : JSON.parse(asked?.body ?? '')).to.deep.equal(body);
      });
    }

    it('frames the body of a delete', async () => {
      api.answers = [json(200, {})];
      await client.delete(NODES, 'ns', 'a', { uid: 'u' });
      const [asked] = api.asked;
      expect(asked?.headers['content-length']).to.equal(String(asked?.body.length));
      expect(asked?.headers).to.not.have.property('transfer-encoding');
    });

    it('below a path of the server', async () => {
      await client.close();
      client = make({ access: api.access({ server: `http://127.0.0.1:${api.port}/k8s/clusters/c-1` }) });
      api.answers = [json(200, LIST)];
      await client.list(CONFIG_MAPS, 'ns');
      expect(api.asked[0]?.url).to.equal('/k8s/clusters/c-1/api/v1/namespaces/ns/configmaps');
    });
  });

  describe('reads lists', () => {
    it('with the kind that items of built-in kinds lack', async () => {
      api.answers = [
        json(200, { metadata: { resourceVersion: '7', continue: 'more' }, items: [{ metadata: { name: 'x' } }] }),
      ];
      const list = await client.list(CONFIG_MAPS, 'ns');
      expect(list).to.deep.equal({
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }],
        resourceVersion: '7',
        continueToken: 'more',
      });
    });

    for (const metadata of [{ resourceVersion: '7' }, { resourceVersion: '7', continue: '' }]) {
      it(`to their end with ${JSON.stringify(metadata)}`, async () => {
        api.answers = [json(200, { metadata, items: null })];
        expect(await client.list(NODES, 'ns')).to.deep.equal({
          items: [],
          resourceVersion: '7',
          continueToken: undefined,
        });
      });
    }
  });

  it('takes the absence of what it deletes for success', async () => {
    api.answers = [status(404, 'NotFound')];
    await client.delete(NODES, 'ns', 'a');
    expect(api.asked).to.have.lengthOf(1);
  });

  describe('has a deadline', () => {
    it('for an answer that does not begin', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [() => undefined];
      expect(await failure(client.create(NODES, node))).to.include({ errorClass: 'Timeout', maybeDone: true });
    });

    it('for an answer that does not end', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [(response) => void response.writeHead(200).write('{"metadata":')];
      const error = await failure(client.get(NODES, 'ns', 'a'));
      expect(error).to.include({ errorClass: 'Timeout', message: 'get ehosnodes "a": no answer within 0.05 s' });
    });
  });

  it('gives up when the caller does', async () => {
    const abort = new AbortController();
    api.answers = [() => abort.abort()];
    const error = await failure(client.get(NODES, 'ns', 'a', abort.signal));
    expect(error).to.include({ errorClass: 'Transient', message: 'get ehosnodes "a": given up by the caller' });
    expect(api.asked).to.have.lengthOf(1);
  });

  it('asks nothing when the caller has given up before', async () => {
    api.answers = [json(200, node)];
    expect((await failure(client.get(NODES, 'ns', 'a', AbortSignal.abort()))).message).to.include('given up');
    expect(api.asked).to.deep.equal([]);
  });

  it('refuses an answer that is not JSON', async () => {
    api.answers = [(response) => void response.writeHead(200).end('<html>')];
    const error = await client.get(NODES, 'ns', 'a').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(EhosError).and.include({ errorClass: 'Transient' });
  });

  it('does not follow a redirect, which could carry the token away', async () => {
    api.answers = [json(302, {}, { location: 'http://127.0.0.1:1/' })];
    expect((await failure(client.create(NODES, node))).status).to.equal(302);
    expect(api.asked).to.have.lengthOf(1);
  });

  it('shares its connections', async () => {
    api.answers = [json(200, node)];
    for (let i = 0; i < 20; i++) await client.get(NODES, 'ns', 'a');
    // the next call may begin before the last one has given its connection back
    expect(api.connections).to.be.below(4);
  });

  it('counts requests by verb and kind, tries included', async () => {
    api.answers = [status(500, 'InternalError'), json(200, LIST)];
    await client.get(NODES, 'ns', 'a');
    await client.list(NODES, 'ns');
    await client.create(NODES, node);
    await client.patch(NODES, 'ns', 'a', {});
    await client.patchStatus(NODES, 'ns', 'a', {});
    await client.patchStatus(NODES, 'ns', 'a', {});
    await client.delete(CONFIG_MAPS, 'ns', 'a');
    expect(Object.fromEntries(client.requests())).to.deep.equal({
      'get ehosnodes': 2,
      'list ehosnodes': 1,
      'create ehosnodes': 1,
      'patch ehosnodes': 1,
      'patchStatus ehosnodes': 2,
      'delete configmaps': 1,
    });
  });

  it('logs each warning of the server once', async () => {
    const warning = '299 - "unknown field \\"status.x\\""';
    api.answers = [json(200, node, { warning })];
    for (let i = 0; i < 3; i++) await client.patchStatus(NODES, 'ns', 'a', {});
    expect(warnings).to.deep.equal([{ warning }]);
  });

  it('rejects after close', async () => {
    await client.close();
    expect((await failure(client.create(NODES, node))).message).to.include('closed');
    expect(api.asked).to.deep.equal([]);
  });
});
