import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { ClusterAccess } from '../../../src/kube/config.ts';
import { ApiTransport, TransportFailure } from '../../../src/kube/transport.ts';
import { ApiStub, json } from './api-stub.ts';

const GET = { method: 'GET', path: '/x', timeoutMs: 5000 } as const;

describe('ApiTransport', () => {
  let api: ApiStub;
  let transport: ApiTransport | undefined;

  beforeEach(async () => {
    api = new ApiStub();
    await api.listen();
    api.answers = [json(200, { some: 'thing' })];
  });

  afterEach(async () => {
    await transport?.close();
    transport = undefined;
    await api.close();
  });

  const make = (overrides: Partial<ClusterAccess> = {}, maxBodyBytes?: number): ApiTransport => {
    transport = new ApiTransport(api.access(overrides), systemClock, maxBodyBytes);
    return transport;
  };
  const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
    await promise.then(
      () => 'no failure',
      (error: unknown) => error,
    );

  for (const [limit, passes] of [
    [16, true],
    [15, false],
  ] as const) {
    it(`${passes ? 'takes' : 'refuses'} an answer of 16 bytes with a limit of ${limit}`, async () => {
      const answer = await make({}, limit)
        .send(GET)
        .catch((error: unknown) => error);
      if (passes) expect(answer).to.include({ status: 200, body: '{"some":"thing"}' });
      else expect(answer).to.be.instanceOf(TransportFailure).and.include({ kind: 'tooLarge' });
    });
  }

  it('goes on after an answer that was too large', async () => {
    const small = make({}, 15);
    await failureOf(small.send(GET));
    api.answers = [json(200, {})];
    expect((await small.send(GET)).body).to.equal('{}');
  });

  it('gives several values of a header as one', async () => {
    api.answers = [
      (response) =>
        void response
          .writeHead(
            200,
            [
              ['warning', 'a'],
              ['warning', 'b'],
            ].flat(),
          )
          .end(),
    ];
    const answer = await make().send(GET);
    expect([answer.header('warning'), answer.header('absent')]).to.deep.equal(['a, b', undefined]);
  });

  it('tells a name that does not exist from a connection that was lost', async () => {
    const error = await failureOf(make({ server: 'http://nowhere.invalid:1' }).send(GET));
    expect(error).to.be.instanceOf(TransportFailure).and.include({ kind: 'unreachable' });
  });

  it('begins new connections when the certificates change, and only then', async () => {
    let cert = 'first';
    const seen = make({ credentials: () => Promise.resolve({ headers: {}, cert }) });
    await seen.send(GET);
    await seen.send(GET);
    const before = api.connections;
    cert = 'second';
    await seen.send(GET);
    expect(api.connections).to.equal(before + 1);
  });

  it('passes on that there are no credentials', async () => {
    const refused = new EhosError('Auth', 'the plugin failed');
    expect(await failureOf(make({ credentials: () => Promise.reject(refused) }).send(GET))).to.equal(refused);
    expect(api.asked).to.deep.equal([]);
  });

  it('ends the wait for credentials at the deadline', async () => {
    const slow = make({ credentials: () => new Promise(() => undefined) });
    expect(await failureOf(slow.send({ ...GET, timeoutMs: 20 }))).to.include({ kind: 'timeout' });
    expect(api.asked).to.deep.equal([]);
  });

  describe('through a proxy', () => {
    it('asks it for the server', async () => {
      const proxied = make({ server: 'http://api.invalid:80', proxyUrl: `http://127.0.0.1:${api.port}` });
      expect(await failureOf(proxied.send(GET))).to.be.instanceOf(TransportFailure);
      expect(api.connects).to.deep.equal(['api.invalid:80']);
    });

    it('of another kind than http is refused by name', async () => {
      const error = await failureOf(make({ proxyUrl: 'socks5://user:secret@proxy:1080' }).send(GET));
      expect(error).to.be.instanceOf(EhosError).and.include({ errorClass: 'Invalid', field: 'proxy-url' });
      expect((error as Error).message)
        .to.include('socks5:')
        .and.not.include('secret');
    });
  });
});
