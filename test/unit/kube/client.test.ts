import { expect } from 'chai';
import { ManualClock, systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { CONFIG_MAPS, NAMESPACES, NODES, type KubeObject } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { ApiStub, hangUp, json, status, type Answer } from './api-stub.ts';

const node = { metadata: { namespace: 'ns', name: 'a' } };
const LIST = { kind: 'List', metadata: { resourceVersion: '7' }, items: [] };

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => new Error('it should have been refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw error as Error;
  return error;
}

describe('RestKubeClient', () => {
  let api: ApiStub;
  let client: RestKubeClient;
  let clock: ManualClock;
  let warnings: LogFields[];

  const make = (options: Partial<ConstructorParameters<typeof RestKubeClient>[0]> = {}): RestKubeClient => {
    const log = { ...silentLog, warn: (_: string, fields: LogFields = {}) => void warnings.push(fields) };
    // pauses between tries take no time: what they are is told by the clock
    const quick = {
      now: () => clock.now(),
      after: (ms: number, fn: () => void) => systemClock.after(ms > 10_000 ? ms : 0, fn),
    };
    return new RestKubeClient({
      access: api.access(),
      clock: quick,
      random: { next: () => 0.5 },
      log,
      userAgent: 'ehos-operator/1',
      ...options,
    });
  };

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

  describe('tries again', () => {
    const ok = json(200, { ...node, items: [], metadata: { resourceVersion: '1' } });
    const get = (): Promise<unknown> => client.get(NODES, 'ns', 'a');
    const list = (): Promise<unknown> => client.list(NODES, 'ns');
    const create = (): Promise<unknown> => client.create(NODES, node);
    const patch = (): Promise<unknown> => client.patch(NODES, 'ns', 'a', {});
    const remove = (): Promise<unknown> => client.delete(NODES, 'ns', 'a');

    const rows: [string, () => Promise<unknown>, Answer[], number, string][] = [
      ['a read of 500', get, [status(500, 'InternalError'), ok], 2, 'ok'],
      ['a list of 503', list, [status(503, 'ServiceUnavailable'), status(503, 'ServiceUnavailable'), ok], 3, 'ok'],
      ['a read whose connection broke', get, [hangUp, ok], 2, 'ok'],
      ['a read three times, not for ever', get, [status(500, 'InternalError')], 3, 'Transient'],
      ['a read of flow control', get, [status(429, 'TooManyRequests', { 'retry-after': '1' }), ok], 2, 'ok'],
      [
        'a change of flow control, which has done nothing',
        create,
        [status(429, 'TooManyRequests', { 'retry-after': '1' }), ok],
        2,
        'ok',
      ],
      [
        'nothing when the server wants a long pause',
        get,
        [status(429, 'TooManyRequests', { 'retry-after': '60' }), ok],
        1,
        'RateLimited',
      ],
      ['no create of 500', create, [status(500, 'InternalError'), ok], 1, 'Transient'],
      ['no patch of 503', patch, [status(503, 'ServiceUnavailable'), ok], 1, 'Transient'],
      ['no patch whose connection broke', patch, [hangUp, ok], 1, 'Transient'],
      ['no delete of 504', remove, [status(504, 'Timeout'), ok], 1, 'Timeout'],
      ['no read of 404', get, [status(404, 'NotFound'), ok], 1, 'NotFound'],
      ['no read of 403', get, [status(403, 'Forbidden'), ok], 1, 'Auth'],
      ['no list that expired', list, [status(410, 'Expired'), ok], 1, 'Transient'],
      ['no read that took its time on the server', get, [status(504, 'Timeout'), ok], 1, 'Timeout'],
      ['once with fresh credentials after 401, whatever it is', create, [status(401, 'Unauthorized'), ok], 2, 'ok'],
      ['only once after 401', get, [status(401, 'Unauthorized')], 2, 'Auth'],
    ];
    for (const [name, act, answers, requests, outcome] of rows) {
      it(name, async () => {
        api.answers = answers;
        const result = await act().then(
          () => 'ok',
          (error: unknown) => (error as EhosError).errorClass,
        );
        expect([result, api.asked.length]).to.deep.equal([outcome, requests]);
      });
    }

    it('with credentials read anew after 401, and with them from then on', async () => {
      api.answers = [
        (response, asked) => {
          api.token = 'second';
          status(401, 'Unauthorized')(response, asked);
        },
        ok,
      ];
      await get();
      expect(api.fresh).to.deep.equal([false, true]);
      expect(api.asked.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer first', 'Bearer second']);
    });

    it('after pauses that grow and that the server may prolong', async () => {
      const waits: number[] = [];
      const after = (ms: number, fn: () => void): (() => void) => {
        if (ms < 10_000) waits.push(ms);
        return systemClock.after(ms < 10_000 ? 0 : ms, fn);
      };
      await client.close();
      client = make({ clock: { now: () => 0, after } });
      api.answers = [status(500, 'InternalError'), status(503, 'ServiceUnavailable', { 'retry-after': '2' }), ok];
      await get();
      api.answers = [hangUp, hangUp, ok];
      await get();
      expect(waits).to.deep.equal([250, 2000, 250, 500]);
    });
  });

  describe('says of a change that failed whether it may be done', () => {
    const rows: [string, Answer, boolean][] = [
      ['409', status(409, 'Conflict'), false],
      ['422', status(422, 'Invalid'), false],
      ['500', status(500, 'InternalError'), true],
      ['504', status(504, 'Timeout'), true],
      ['a lost connection', hangUp, true],
    ];
    for (const [name, answer, maybeDone] of rows) {
      it(`${name}: ${maybeDone ? 'maybe' : 'no'}`, async () => {
        api.answers = [answer];
        expect((await failure(client.create(NODES, node))).maybeDone).to.equal(maybeDone);
      });
    }

    it('no connection: no', async () => {
      await api.close();
      const error = await failure(client.create(NODES, node));
      expect(error).to.include({ errorClass: 'Transient', maybeDone: false });
      expect(error.message).to.match(/^create ehosnodes "a": .*ECONNREFUSED/);
      await api.listen();
    });
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

  describe('watch', () => {
    const line = (type: string, name: string): string =>
      `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
    const options = { resourceVersion: '5', timeoutSeconds: 60 };

    const collect = async (signal = new AbortController().signal, labelSelector?: string): Promise<string[]> => {
      const said: string[] = [];
      const all = { ...options, ...(labelSelector === undefined ? {} : { labelSelector }) };
      for await (const event of client.watch<KubeObject>(NODES, 'ns', all, signal))
        said.push(`${event.type} ${event.object.metadata.name}`);
      return said;
    };

    it('asks with bookmarks, and yields events as they come', async () => {
      api.answers = [(response) => void response.writeHead(200).end(line('ADDED', 'a') + line('DELETED', 'a'))];
      expect(await collect(undefined, 'x=y')).to.deep.equal(['ADDED a', 'DELETED a']);
      const url = new URL(api.asked[0]?.url ?? '', 'http://x');
      expect(url.pathname).to.equal('/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes');
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: '5',
        timeoutSeconds: '60',
        labelSelector: 'x=y',
      });
      expect(client.requests().get('watch ehosnodes')).to.equal(1);
    });

    it('rejects with the class of the answer', async () => {
      api.answers = [status(403, 'Forbidden')];
      expect(await failure(collect())).to.include({ errorClass: 'Auth', status: 403, reason: 'Forbidden' });
    });

    it('is not tried again by itself', async () => {
      api.answers = [status(500, 'InternalError')];
      expect((await failure(collect())).errorClass).to.equal('Transient');
      expect(api.asked).to.have.lengthOf(1);
    });

    it('takes fresh credentials after 401', async () => {
      api.answers = [status(401, 'Unauthorized'), (response) => void response.writeHead(200).end(line('ADDED', 'a'))];
      expect(await collect()).to.deep.equal(['ADDED a']);
      expect(api.fresh).to.deep.equal([false, true]);
    });

    it('rejects when the connection breaks within', async () => {
      api.answers = [
        (response) => {
          response.writeHead(200).write(line('ADDED', 'a'));
          setImmediate(() => response.destroy());
        },
      ];
      expect(await failure(collect())).to.include({ errorClass: 'Transient', maybeDone: false });
    });

    it('has a deadline for its beginning', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [() => undefined];
      expect((await failure(collect())).errorClass).to.equal('Timeout');
    });

    it('has none for its course', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [
        (response) => {
          response.writeHead(200).write(line('ADDED', 'a'));
          setTimeout(() => response.end(line('ADDED', 'b')), 120);
        },
      ];
      expect(await collect()).to.deep.equal(['ADDED a', 'ADDED b']);
    });

    it('ends its connection when the caller gives up, before the answer', async () => {
      const abort = new AbortController();
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            abort.abort();
          },
        ];
      });
      expect((await failure(collect(abort.signal))).message).to.include('given up by the caller');
      await gone;
    });

    it('ends its connection when the caller gives up, in its course', async () => {
      const abort = new AbortController();
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            response.writeHead(200).write(line('ADDED', 'a'));
          },
        ];
      });
      const events = client.watch<KubeObject>(NODES, 'ns', options, abort.signal)[Symbol.asyncIterator]();
      expect((await events.next()).value).to.have.property('type', 'ADDED');
      const next = failure(events.next());
      abort.abort();
      expect((await next).message).to.include('given up by the caller');
      await gone;
    });

    it('ends its connection when the reader leaves', async () => {
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            response.writeHead(200).write(line('ADDED', 'a'));
          },
        ];
      });
      for await (const event of client.watch<KubeObject>(NODES, 'ns', options, new AbortController().signal)) {
        expect(event.type).to.equal('ADDED');
        break;
      }
      await gone;
    });
  });
});
