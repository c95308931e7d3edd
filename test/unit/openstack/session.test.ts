import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { Log, LogFields } from '../../../src/base/log.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { HttpFailure } from '../../../src/openstack/http.ts';
import { Session, type Call } from '../../../src/openstack/session.ts';
import { captured, CLOUD, FakeTransport, NOVA, tokenReply, type Handler } from './fake-transport.ts';

const LIMITS: Call = { service: 'compute', method: 'GET', path: '/limits' };
const CREATE: Call = { service: 'compute', method: 'POST', path: '/servers', body: { server: {} } };
const HOUR = 3_600_000;

interface Made {
  session: Session;
  transport: FakeTransport;
  clock: ManualClock;
}

function made(handler: Handler, cloud: Partial<CloudConfig> = {}, log: Log = silentLog): Made {
  const clock = new ManualClock();
  const transport = new FakeTransport(handler);
  const session = new Session({ cloud: { ...CLOUD, ...cloud }, transport, clock, random: { next: () => 0.5 }, log });
  return { session, transport, clock };
}

/** The error of a promise while the clock is moved by `ms`. */
async function errorWhile(clock: ManualClock, ms: number, promise: Promise<unknown>): Promise<EhosError> {
  const caught = promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: unknown) => error,
  );
  await clock.advance(ms);
  const error = await caught;
  expect(error).to.be.instanceOf(EhosError);
  return error as EhosError;
}

describe('session: authentication', () => {
  const ok: Handler = ({ line }) => (line.startsWith(`GET ${NOVA}/limits`) ? captured('nova-limits') : undefined);

  it('asks Keystone once for many calls at the same time', async () => {
    const { session, transport } = made(ok);
    await Promise.all(Array.from({ length: 20 }, () => session.request(LIMITS)));
    expect(transport.count('POST http://127.0.0.1:5000/v3/auth/tokens')).to.equal(1);
    expect(session.calls().get('compute GET limits')).to.equal(20);
  });

  it('sends the password in the form that Keystone was seen to take', async () => {
    const { session, transport } = made(ok);
    await session.identity();
    expect(transport.seen[0]?.body).to.deep.equal({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'ehos', domain: { name: 'Default' }, password: 'hunter2' } },
        },
        scope: { project: { name: 'ehos', domain: { name: 'Default' } } },
      },
    });
  });

  it('sends an application credential without a scope', async () => {
    const { session, transport } = made(ok, {
      credentials: { method: 'application_credential', credential: { id: 'i' }, secret: 's' },
    });
    await session.identity();
    const identity = { methods: ['application_credential'], application_credential: { id: 'i', secret: 's' } };
    expect(transport.seen[0]?.body).to.deep.equal({ auth: { identity } });
  });

  it('renews before the end, once, and goes by the lifetime and not by the clock of Keystone', async () => {
    const { session, transport, clock } = made(ok);
    await session.request(LIMITS);
    // four hours of life; with random 0.5 it is renewed 7.5 minutes before the end
    await clock.advance(4 * HOUR - 8 * 60_000);
    await session.request(LIMITS);
    expect(session.calls().get('identity POST auth')).to.equal(1);
    await clock.advance(60_000);
    await Promise.all([session.request(LIMITS), session.request(LIMITS)]);
    expect(session.calls().get('identity POST auth')).to.equal(2);
    expect(transport.closed).to.equal(false);
  });

  it('keeps using a living token while Keystone is down, and asks it again only after a while', async () => {
    let down = false;
    const { session, clock } = made((seen) => {
      if (down && seen.line.endsWith('/auth/tokens')) return new HttpFailure('unreachable', 'ECONNREFUSED');
      return ok(seen);
    });
    await session.request(LIMITS);
    down = true;
    await clock.advance(4 * HOUR - 60_000);
    expect((await session.request(LIMITS)).status).to.equal(200);
    expect((await session.request(LIMITS)).status).to.equal(200);
    expect(session.calls().get('identity POST auth')).to.equal(2);
    await clock.advance(61_000);
    const error = await errorWhile(clock, 5_000, session.request(LIMITS));
    expect(error).to.include({ errorClass: 'Transient' });
    expect(error.message).to.contain('identity POST /auth/tokens');
  });

  it('authenticates anew after one 401 and repeats the call, a POST too', async () => {
    let tokens = 0;
    const { session, transport } = made(({ line, request }) => {
      if (line.endsWith('/auth/tokens')) return tokenReply(`token-${++tokens}`);
      return request.headers['x-auth-token'] === 'token-1' ? captured('nova-bad-token-401') : { status: 202, body: {} };
    });
    await session.request(CREATE);
    expect(transport.lines).to.deep.equal([`POST ${NOVA}/servers`, `POST ${NOVA}/servers`]);
    expect(tokens).to.equal(2);
  });

  it('lets many calls that met 401 share one authentication', async () => {
    let tokens = 0;
    const { session } = made(({ line, request }) => {
      if (line.endsWith('/auth/tokens')) return tokenReply(`token-${++tokens}`);
      return request.headers['x-auth-token'] === 'token-1' ? captured('nova-bad-token-401') : captured('nova-limits');
    });
    await Promise.all(Array.from({ length: 10 }, () => session.request(LIMITS)));
    expect(tokens).to.equal(2);
  });

  it('calls a 401 an outage when Keystone accepts the credentials', async () => {
    const { session, transport } = made(({ line }) =>
      line.endsWith('/servers') ? captured('glance-bad-token-401') : undefined,
    );
    const error = await errorWhile(new ManualClock(), 0, session.request(CREATE));
    expect(error).to.include({ errorClass: 'Transient', status: 401, maybeDone: false });
    expect(transport.lines).to.have.length(2);
  });

  it('calls a 401 an outage when Keystone cannot be asked', async () => {
    let tokens = 0;
    const { session } = made(({ line }) => {
      if (line.endsWith('/auth/tokens'))
        return ++tokens === 1 ? tokenReply() : new HttpFailure('unreachable', 'ECONNREFUSED');
      return captured('glance-bad-token-401');
    });
    expect(await errorWhile(new ManualClock(), 0, session.request(CREATE))).to.include({
      errorClass: 'Transient',
      maybeDone: false,
    });
  });

  it('calls a 401 bad credentials when Keystone refuses them now', async () => {
    let tokens = 0;
    const { session } = made(({ line }) => {
      if (line.endsWith('/auth/tokens'))
        return ++tokens === 1 ? tokenReply() : captured('keystone-auth-bad-password-401');
      return captured('nova-bad-token-401');
    });
    expect(await errorWhile(new ManualClock(), 0, session.request(LIMITS))).to.include({
      errorClass: 'Auth',
      status: 401,
    });
  });

  const refusals: [string, string, CloudConfig['credentials'], RegExp][] = [
    [
      'a wrong password',
      'keystone-auth-bad-password-401',
      CLOUD.credentials,
      /401 .*clouds\.c: check user, password, project/,
    ],
    [
      'an unknown application credential',
      'keystone-auth-appcred-unknown-id-401',
      { method: 'application_credential', credential: { id: 'x' }, secret: 'y' },
      /404 .*check id and secret of the application credential/,
    ],
  ];
  for (const [what, name, credentials, says] of refusals) {
    it(`says what to look at after ${what}`, async () => {
      const { session } = made(() => captured(name), { credentials });
      const error = await errorWhile(new ManualClock(), 0, session.identity());
      expect(error.errorClass).to.equal('Auth');
      expect(error.message).to.match(says);
    });
  }

  it('does not hammer Keystone with refused credentials, and tries again later', async () => {
    const { session, transport, clock } = made(() => captured('keystone-auth-bad-password-401'));
    for (let i = 0; i < 5; i++)
      expect(await errorWhile(clock, 1000, session.identity())).to.include({ errorClass: 'Auth' });
    expect(transport.seen).to.have.length(1);
    await clock.advance(10_000);
    await errorWhile(clock, 0, session.identity());
    expect(transport.seen).to.have.length(2);
  });

  it('says so when Keystone answers something that is no token of a project', async () => {
    const { session } = made(() => ({ status: 201, body: { token: {} } }));
    expect((await errorWhile(new ManualClock(), 0, session.identity())).message).to.contain('no token of a project');
  });

  it('lets one caller give up without disturbing another', async () => {
    let answerToken: (() => void) | undefined;
    const { session } = made(async (seen) => {
      if (!seen.line.endsWith('/auth/tokens')) return ok(seen);
      await new Promise<void>((resolve) => (answerToken = resolve));
      return tokenReply();
    });
    const controller = new AbortController();
    const impatient = session.request({ ...LIMITS, signal: controller.signal });
    const patient = session.request(LIMITS);
    controller.abort();
    expect(await errorWhile(new ManualClock(), 0, impatient)).to.include({ errorClass: 'Transient', maybeDone: false });
    answerToken?.();
    expect((await patient).status).to.equal(200);
  });

  it('ends a call whose token does not come within the deadline', async () => {
    const { session, clock } = made(() => new Promise(() => undefined));
    const error = await errorWhile(clock, 2_000, session.request({ ...CREATE, timeoutMs: 2_000 }));
    expect(error).to.include({ errorClass: 'Timeout', maybeDone: false });
  });
});

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

describe('session: calls and answers', () => {
  it('builds URL, query, headers and body', async () => {
    const { session, transport } = made(() => undefined);
    const query = { a: 'x y', list: ['1', '2'], none: undefined, yes: true, n: 3 };
    await session
      .request({ ...CREATE, query, headers: { 'openstack-api-version': 'compute 2.96' } })
      .catch(() => undefined);
    const { request } = transport.seen.at(-1)!;
    expect(request.url).to.equal(`${NOVA}/servers?a=x+y&list=1&list=2&yes=true&n=3`);
    expect(request.headers).to.deep.equal({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'ehos',
      'openstack-api-version': 'compute 2.96',
      'x-auth-token': 'gAAAAABtoken',
    });
    expect(request.body).to.equal('{"server":{}}');
  });

  it('counts every attempt by service, method and resource, without ids', async () => {
    const { session } = made(() => undefined);
    for (const path of ['/servers', '/servers/detail', '/servers/x', '/servers/x/action', '/']) {
      await session.request({ service: 'compute', method: 'GET', path }).catch(() => undefined);
    }
    expect(Object.fromEntries(session.calls())).to.deep.equal({
      'identity POST auth': 1,
      'compute GET servers': 3,
      'compute GET servers/action': 1,
      'compute GET versions': 1,
    });
  });

  it('takes 300 as the list of versions that it is', async () => {
    const { session } = made(({ line }) =>
      line.startsWith('GET http://127.0.0.1:9292') ? captured('glance-versions') : undefined,
    );
    const answer = await session.request({ service: 'image', method: 'GET', path: '/', base: 'http://127.0.0.1:9292' });
    expect(answer.body).to.have.property('versions');
  });

  it('has no body for an empty answer and for one that is no JSON', async () => {
    const { session } = made(({ line }) =>
      line.endsWith('/a') ? { status: 204 } : line.endsWith('/b') ? { body: '<html>' } : undefined,
    );
    for (const path of ['/a', '/b']) {
      expect((await session.request({ service: 'compute', method: 'DELETE', path })).body).to.equal(undefined);
    }
  });

  it('says that a change may have been made when its answer is broken JSON', async () => {
    const { session } = made(({ line }) =>
      line.endsWith('/servers')
        ? {
            status: 202,
            body: '{"server":',
            headers: { 'content-type': 'application/json', 'x-openstack-request-id': 'req-1' },
          }
        : undefined,
    );
    const error = await errorWhile(new ManualClock(), 0, session.request(CREATE));
    expect(error).to.include({ errorClass: 'Transient', maybeDone: true, status: 202, requestId: 'req-1' });
  });

  it('logs each call with its request id and without headers and bodies', async () => {
    const records: [string, LogFields | undefined][] = [];
    const log: Log = { ...silentLog, debug: (message, fields) => records.push([message, fields]) };
    const { session } = made(({ line }) => (line.endsWith('/limits') ? captured('nova-limits') : undefined), {}, log);
    await session.request(LIMITS);
    expect(records.map(([, fields]) => fields?.['call'])).to.deep.equal([
      'identity POST /auth/tokens',
      'compute GET /limits',
    ]);
    expect(records[1]?.[1]).to.include({ status: 200, requestId: 'req-8465f2ec-1fae-4fee-8bdc-c6a174510403' });
    expect(JSON.stringify(records)).to.not.match(/hunter2|gAAAAAB/);
  });

  it('closes its transport', async () => {
    const { session, transport } = made(() => undefined);
    await session.close();
    expect(transport.closed).to.equal(true);
  });
});
