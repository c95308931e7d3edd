import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ManualClock, systemClock, type Clock } from '../../../src/base/clock.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';
import {
  HttpFailure,
  UndiciTransport,
  type HttpAnswer,
  type HttpRequest,
  type TransportOptions,
} from '../../../src/openstack/http.ts';
import { CA_PEM, SERVER_KEY, SERVER_PEM } from './certificates.ts';

/** The transport against real servers of this process: what it stands for is the network. */
describe('HTTP transport', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  async function listening(server: Server, scheme = 'http'): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  function transport(options: Partial<TransportOptions> = {}): UndiciTransport {
    const made = new UndiciTransport({ clock: systemClock, ...options });
    closers.push(() => made.close());
    return made;
  }
  const serve = (listener: RequestListener): Promise<string> => listening(createServer(listener));
  const serveTls = (): Promise<string> =>
    listening(
      createTlsServer({ key: SERVER_KEY, cert: SERVER_PEM }, (_request, response) => response.end('tls')),
      'https',
    );
  const get = (url: string): { method: 'GET'; url: string; headers: Record<string, string>; timeoutMs: number } => ({
    method: 'GET',
    url,
    headers: {},
    timeoutMs: 5_000,
  });
  async function failure(promise: Promise<unknown>): Promise<HttpFailure> {
    const error = await promise.then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).to.be.instanceOf(HttpFailure);
    return error as HttpFailure;
  }

  it('sends method, headers and body, and reads status, headers and body', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        response.writeHead(202, { 'X-Answer': 'yes' });
        response.end(`${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['x-auth-token'])} ${body}`);
      });
    });
    const answer = await transport().send({
      ...get(`${url}/a?b=c`),
      method: 'POST',
      headers: { 'x-auth-token': 't' },
      body: '{}',
    });
    expect(answer.status).to.equal(202);
    expect(answer.header('x-answer')).to.equal('yes');
    expect(answer.header('x-none')).to.equal(undefined);
    expect(answer.body).to.equal('POST /a?b=c t {}');
  });

  it('does not follow a redirect, which would carry the token along', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await transport().send(get(url))).status).to.equal(302);
    expect(calls).to.equal(1);
  });

  it('says unreachable when nobody listens', async () => {
    const url = await serve(() => undefined);
    await closers.pop()?.();
    const error = await failure(transport().send(get(url)));
    expect(error.kind).to.equal('unreachable');
    expect(error.message).to.match(/^cannot connect to 127\.0\.0\.1:\d+: ECONNREFUSED$/);
  });

  it('says unreachable for a name that is none', async () => {
    expect((await failure(transport().send(get('http://no-such-host.invalid/')))).kind).to.equal('unreachable');
  });

  it('says lost when the connection breaks before the answer', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect((await failure(transport().send({ ...get(url), method: 'POST', body: '{}' }))).kind).to.equal('lost');
  });

  it('says lost when the connection breaks inside the answer', async () => {
    const url = await serve((request, response) => {
      response.writeHead(202, { 'content-length': 100 });
      response.write('{"ser');
      setImmediate(() => request.socket.destroy());
    });
    expect((await failure(transport().send({ ...get(url), method: 'POST', body: '{}' }))).kind).to.equal('lost');
  });

  it('says timeout when the deadline passes before the answer', async () => {
    const url = await serve(() => undefined);
    const error = await failure(transport().send({ ...get(url), timeoutMs: 50 }));
    expect(error).to.include({ kind: 'timeout', message: 'no answer within 0.05 s' });
  });

  it('says timeout when the deadline passes inside the answer', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.write('slow');
    });
    expect((await failure(transport().send({ ...get(url), timeoutMs: 100 }))).kind).to.equal('timeout');
  });

  it('says aborted when the caller gives up, before or while it waits', async () => {
    const url = await serve(() => undefined);
    expect((await failure(transport().send({ ...get(url), signal: AbortSignal.abort() }))).kind).to.equal('aborted');
    const controller = new AbortController();
    const pending = failure(transport().send({ ...get(url), signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect((await pending).kind).to.equal('aborted');
  });

  it('cuts an answer that is too long', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(1001)));
    const limited = transport({ maxBodyBytes: 1000 });
    expect(await failure(limited.send(get(url)))).to.include({
      kind: 'tooLarge',
      message: 'the answer is longer than 1000 bytes',
    });
    const whole = await serve((_request, response) => response.end('x'.repeat(1000)));
    expect((await limited.send(get(whole))).body).to.have.length(1000);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const error = await failure(transport().send(get(await serveTls())));
    expect(error.kind).to.equal('untrusted');
    expect(error.message).to.match(/^the certificate of 127\.0\.0\.1:\d+ is not trusted: /);
  });

  it('accepts it when its authority is given', async () => {
    expect((await transport({ cacert: CA_PEM }).send(get(await serveTls()))).body).to.equal('tls');
  });

  it('accepts it when nothing is verified', async () => {
    expect((await transport({ verify: false }).send(get(await serveTls()))).body).to.equal('tls');
  });

  it('refuses a certificate of another host', async () => {
    const url = (await serveTls()).replace('127.0.0.1', 'localhost');
    expect((await failure(transport({ cacert: CA_PEM }).send(get(url)))).kind).to.equal('untrusted');
  });

  it('says unreachable when a TLS port speaks plain HTTP', async () => {
    const url = (await serve(() => undefined)).replace('http:', 'https:');
    expect((await failure(transport().send(get(url)))).kind).to.equal('unreachable');
  });

  describe('behind a gate', () => {
    const gateOf = (clock: Clock): TimedGate => {
      const gate = new TimedGate(clock);
      gate.openUntil(clock.now() + 1_000);
      return gate;
    };
    const post = (url: string, gate: TimedGate): HttpRequest => ({ ...get(url), method: 'POST', body: '{}', gate });

    it('sends what passes', async () => {
      const url = await serve((_request, response) => response.end('done'));
      expect((await transport().send(post(url, gateOf(new ManualClock())))).body).to.equal('done');
    });

    it('ends what is under way, which may have been done', async () => {
      const clock = new ManualClock();
      let asked: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => (asked = resolve));
      const url = await serve(() => asked());
      const failed = failure(transport().send(post(url, gateOf(clock))));
      await arrived;
      await clock.advance(1_000);
      expect((await failed).kind).to.equal('aborted');
    });

    it('stops a request that waits for its turn on a connection, when its time is over then', async () => {
      // timers come late, as after SIGSTOP: the answer of another call comes first, and gives the connection free
      let aheadMs = 0;
      const clock = { now: () => aheadMs, after: (): (() => void) => () => undefined };
      const urls: string[] = [];
      const waiting: ServerResponse[] = [];
      const url = await serve((request, response) => {
        urls.push(request.url ?? '');
        waiting.push(response);
      });
      const sender = transport();
      const gate = gateOf(clock);
      const first = Array.from({ length: 16 }, (_, i) => sender.send(post(`${url}/first${i}`, gate)));
      for (const one of first) one.catch(() => undefined);
      while (urls.length < 16) await new Promise((resolve) => setTimeout(resolve, 2));
      const late = failure(sender.send(post(`${url}/late`, gate)));
      await new Promise((resolve) => setTimeout(resolve, 20));
      aheadMs = 60_000;
      for (const response of waiting) response.end('done');
      const { kind, message } = await late;
      expect(kind).to.equal('refused');
      expect(message).to.include('not sent');
      expect(urls).not.to.include('/late');
    });
  });
});

describe('HTTP transport, from a peer that means no good', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });
  const serving = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const asked = async (
    url: string,
    options: Partial<TransportOptions> = {},
    timeoutMs = 5_000,
  ): Promise<HttpAnswer> => {
    const transport = new UndiciTransport({ clock: systemClock, ...options });
    closers.push(() => transport.close());
    return await transport.send({ method: 'GET', url, headers: {}, timeoutMs });
  };
  const kindOf = async (answer: Promise<unknown>): Promise<string> =>
    await answer.then(
      () => 'answered',
      (error: unknown) => (error instanceof HttpFailure ? error.kind : String(error)),
    );
  const endless = (response: ServerResponse): void => {
    const more = (): void => {
      while (!response.destroyed)
        if (!response.write(Buffer.alloc(65_536, 'x'))) {
          response.once('drain', more);
          return;
        }
    };
    more();
  };

  it('takes of a refusal without end the beginning', async () => {
    const url = await serving((_request, response) => endless(response.writeHead(500)));
    const { status, body } = await asked(url);
    expect(status).to.equal(500);
    expect(body.length).to.be.within(512 * 1024, 512 * 1024 + 65_536);
  });

  it('does not unpack a bomb beyond the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const url = await serving((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await kindOf(asked(url, { maxBodyBytes: 1_000_000 }))).to.equal('tooLarge');
  });

  it('reads no more at a time from all answers together than it may', async () => {
    const url = await serving((_request, response) => {
      response.writeHead(200);
      response.write(Buffer.alloc(600_000, 'x'));
    });
    const transport = new UndiciTransport({ clock: systemClock, maxBodyBytes: 1_000_000, maxUnderWayBytes: 1_000_000 });
    closers.push(() => transport.close());
    const one = (): Promise<string> => kindOf(transport.send({ method: 'GET', url, headers: {}, timeoutMs: 1_500 }));
    expect((await Promise.all([one(), one()])).sort()).to.deep.equal(['timeout', 'tooLarge']);
  });

  it('gives up on headers without end', async () => {
    const url = await serving((_request, response) => {
      for (let i = 0; i < 1_000; i++) response.setHeader(`x-${i}`, 'x'.repeat(100));
      response.end();
    });
    expect(await kindOf(asked(url))).to.equal('lost');
  });

  it('gives up on what drips in', async () => {
    const url = await serving((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    expect(await kindOf(asked(url, {}, 200))).to.equal('timeout');
  });
});
