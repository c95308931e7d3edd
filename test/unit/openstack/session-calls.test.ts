import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { Log, LogFields } from '../../../src/base/log.ts';
import { silentLog } from '../../../src/base/log.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';
import { Session } from '../../../src/openstack/session.ts';
import { captured, CLOUD, FakeTransport, NOVA } from './fake-transport.ts';
import { CREATE, errorWhile, LIMITS, made } from './session-fixture.ts';

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
    expect(records.map(([, fields]) => fields?.call)).to.deep.equal([
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

  it('passes the gate with everything but reads, which is certainly not sent when it is closed', async () => {
    const transport = new FakeTransport();
    const gate = new TimedGate(new ManualClock());
    gate.openUntil(Infinity);
    const session = new Session({ cloud: CLOUD, transport, clock: new ManualClock(), gate });
    await session.request(CREATE).catch(() => undefined);
    expect(transport.lines).to.deep.equal([`POST ${NOVA}/servers`]);
    gate.close('the Lease is held by b');
    const sent = transport.seen.length;
    await session.request(LIMITS).catch(() => undefined);
    expect(transport.seen).to.have.length(sent + 1);
    const error = await session.request(CREATE).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(EhosError).and.include({ errorClass: 'Transient', maybeDone: false });
    expect((error as EhosError).message).to.equal(
      'compute POST /servers: not sent, since this process may not change anything any more: the Lease is held by b',
    );
    expect(transport.seen).to.have.length(sent + 1);
  });
});
