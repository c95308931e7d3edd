import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { HttpFailure } from '../../../src/openstack/http.ts';
import { captured, NOVA, type Handler } from './fake-transport.ts';
import { CREATE, errorWhile, LIMITS, made } from './session-fixture.ts';

describe('session: repeating and giving up', () => {
  /** Fails with each of `failures` in turn, then answers the limits. */
  const failing = (...failures: (HttpFailure | string)[]): Handler => {
    const left = [...failures];
    return ({ line }) => {
      if (!line.startsWith(`GET ${NOVA}/limits`) && !line.startsWith('POST http://127.0.0.1:8774')) return undefined;
      const next = left.shift();
      return next === undefined ? captured('nova-limits') : typeof next === 'string' ? captured(next) : next;
    };
  };

  const passing: [string, HttpFailure | string][] = [
    ['a refused connection', new HttpFailure('unreachable', 'ECONNREFUSED')],
    ['a lost connection', new HttpFailure('lost', 'other side closed')],
    ['500', 'fault-mariadb-down-list'],
    ['503', 'fault-injected-503'],
    ['504', 'fault-lost-post-504'],
    ['429', 'fault-injected-429'],
  ];
  for (const [what, failure] of passing) {
    it(`a read is tried again after ${what}`, async () => {
      const { session, transport, clock } = made(failing(failure, failure));
      const pending = session.request(LIMITS);
      await clock.advance(10_000);
      expect((await pending).status).to.equal(200);
      expect(transport.lines).to.have.length(3);
    });
    it(`a create is not tried again after ${what}`, async () => {
      const { session, transport, clock } = made(failing(failure));
      await errorWhile(clock, 10_000, session.request(CREATE));
      expect(transport.lines).to.have.length(1);
    });
  }

  it('a read is tried three times, not more', async () => {
    const { session, transport, clock } = made(failing(...Array<string>(9).fill('fault-mariadb-down-list')));
    expect(await errorWhile(clock, 60_000, session.request(LIMITS))).to.include({
      errorClass: 'Transient',
      status: 500,
    });
    expect(transport.lines).to.have.length(3);
  });

  const final: [string, HttpFailure | string][] = [
    ['400', 'servers-status-bogus'],
    ['403', 'nova-os-services-403'],
    ['404 of the service', 'server-get-gone-404'],
    ['404 of a router', 'nova-unknown-path-404'],
    ['406', 'nova-microversion-too-high-406'],
    ['a certificate that is not trusted', new HttpFailure('untrusted', 'self-signed')],
    ['an answer that is too long', new HttpFailure('tooLarge', 'the answer is longer')],
  ];
  for (const [what, failure] of final) {
    it(`a read is not tried again after ${what}`, async () => {
      const { session, transport, clock } = made(failing(failure));
      await errorWhile(clock, 10_000, session.request(LIMITS));
      expect(transport.lines).to.have.length(1);
    });
  }

  it('a pause that the service asks for is kept, and left to the caller when it is long', async () => {
    const asks = (seconds: string): Handler => {
      let calls = 0;
      return ({ line }) => {
        if (!line.endsWith('/limits')) return undefined;
        return ++calls === 1 ? { status: 429, headers: { 'retry-after': seconds }, body: {} } : captured('nova-limits');
      };
    };
    const short = made(asks('4'));
    const pending = short.session.request(LIMITS);
    await short.clock.advance(3_900);
    expect(short.transport.lines).to.have.length(1);
    await short.clock.advance(200);
    expect((await pending).status).to.equal(200);
    const long = made(asks('6'));
    expect(await errorWhile(long.clock, 0, long.session.request(LIMITS))).to.include({
      errorClass: 'RateLimited',
      retryAfterMs: 6000,
    });
  });

  it('repeats stay within the deadline of the call', async () => {
    const { session, transport, clock } = made(failing(...Array<string>(9).fill('fault-mariadb-down-list')));
    await errorWhile(clock, 1_000, session.request({ ...LIMITS, timeoutMs: 600 }));
    expect(transport.lines).to.have.length(2);
    expect(transport.seen.at(-1)?.request.timeoutMs).to.equal(100);
  });

  it('a call is given 60 s', async () => {
    const { session, transport } = made(failing());
    await session.request(LIMITS);
    expect(transport.seen.at(-1)?.request.timeoutMs).to.equal(60_000);
  });

  it('an aborted pause ends the call with the error that it had', async () => {
    const { session, clock } = made(failing('fault-mariadb-down-list'));
    const controller = new AbortController();
    const pending = session.request({ ...LIMITS, signal: controller.signal });
    const caught = errorWhile(clock, 10, pending);
    await clock.advance(100);
    controller.abort();
    expect(await caught).to.include({ status: 500 });
  });

  it('a call that is given up before it is sent certainly did nothing', async () => {
    const { session, transport } = made(failing());
    await session.identity();
    const error = await errorWhile(new ManualClock(), 0, session.request({ ...CREATE, signal: AbortSignal.abort() }));
    expect(error).to.include({ errorClass: 'Transient', maybeDone: false });
    expect(transport.lines).to.deep.equal([]);
  });

  for (const kind of ['lost', 'timeout', 'aborted', 'tooLarge'] as const) {
    it(`a create that ended with ${kind} may have been done`, async () => {
      const { session, clock } = made(failing(new HttpFailure(kind, 'x')));
      expect((await errorWhile(clock, 0, session.request(CREATE))).maybeDone).to.equal(true);
    });
  }
  for (const kind of ['unreachable', 'untrusted'] as const) {
    it(`a create that ended with ${kind} was not done`, async () => {
      const { session, clock } = made(failing(new HttpFailure(kind, 'x')));
      expect((await errorWhile(clock, 0, session.request(CREATE))).maybeDone).to.equal(false);
    });
  }

  it('an error that is none of the transport passes as it is', async () => {
    const { session } = made(({ line }) => {
      if (line.endsWith('/limits')) throw new TypeError('a bug');
      return undefined;
    });
    const error: unknown = await session.request(LIMITS).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(TypeError);
  });
});
