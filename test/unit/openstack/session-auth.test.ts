import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { HttpFailure } from '../../../src/openstack/http.ts';
import { captured, CLOUD, NOVA, tokenReply, type Handler } from './fake-transport.ts';
import { CREATE, errorWhile, LIMITS, made } from './session-fixture.ts';

const HOUR = 3_600_000;

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
