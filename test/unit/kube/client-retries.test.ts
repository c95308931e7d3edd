import { expect } from 'chai';
import { ManualClock, systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { LogFields } from '../../../src/base/log.ts';
import { NODES } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { failure, quickClient } from './client-fixture.ts';
import { ApiStub, hangUp, json, status, type Answer } from './api-stub.ts';

const node = { metadata: { namespace: 'ns', name: 'a' } };

describe('RestKubeClient, when a request fails', () => {
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

  describe('tries again', () => {
    const ok = json(200, { ...node, items: [], metadata: { name: 'a', resourceVersion: '1' } });
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
});
