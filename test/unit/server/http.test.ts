import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import {
  plain,
  startHttpServer,
  type HttpServerOptions,
  type Route,
  type RunningServer,
} from '../../../src/server/http.ts';

describe('the HTTP server', () => {
  let server: RunningServer;

  const options = (change: Partial<HttpServerOptions> = {}): HttpServerOptions => ({
    host: '127.0.0.1',
    port: 0,
    name: 'metrics',
    routes: new Map<string, Route>([
      ['/a', { answer: ({ url, accept }) => plain(200, `${url.search} ${accept ?? ''}`) }],
      ['/a.json', { answer: () => plain(200, 'json') }],
      ['/b', { puts: true, answer: ({ method, body }) => plain(200, `${method} ${body}`) }],
      ['/fails', { answer: () => Promise.reject(new Error('private matter')) }],
    ]),
    log: silentLog,
    ...change,
  });
  const get = async (path: string, init = {}): Promise<{ status: number; type: string | null; body: string }> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  };
  const refusalOf = async (change: Partial<HttpServerOptions>): Promise<EhosError> => {
    try {
      await (await startHttpServer(options(change))).close();
    } catch (error) {
      if (error instanceof EhosError) return error;
      throw error;
    }
    throw new Error('it listened all the same');
  };

  beforeEach(async () => {
    server = await startHttpServer(options());
  });
  afterEach(async () => await server.close());

  it('gives query and header to what answers: probes may have a query', async () =>
    expect(await get('/a?verbose=1', { headers: { accept: 'x/y' } })).to.deep.equal({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: '?verbose=1 x/y\n',
    }));

  it('answers HEAD without a body', async () =>
    expect(await get('/a', { method: 'HEAD' })).to.include({ status: 200, body: '' }));

  it('takes a PUT where it is meant to', async () =>
    expect(await get('/b', { method: 'PUT', body: 'word' })).to.include({ status: 200, body: 'PUT word\n' }));

  for (const [method, path, words] of [
    ['PUT', '/a', '/a takes GET\n'],
    ['POST', '/b', '/b takes GET and PUT\n'],
    ['DELETE', '/a', '/a takes GET\n'],
    ['OPTIONS', '/b', '/b takes GET and PUT\n'],
  ] as const)
    it(`takes no ${method} of ${path}, and says what it takes`, async () =>
      expect(await get(path, { method })).to.include({ status: 405, body: words }));

  it('takes no long PUT', async () =>
    expect(await get('/b', { method: 'PUT', body: 'x'.repeat(1025) })).to.include({ status: 413 }));

  for (const path of ['/', '/a/', '/a/..%2f', '/favicon.ico', '/a.xml'])
    it(`knows no ${path}, and names what there is`, async () =>
      expect(await get(path)).to.include({ status: 404, body: 'there are /a, /b and /fails\n' }));

  it('says nothing of what went wrong inside to the one who asks', async () =>
    expect(await get('/fails')).to.include({ status: 500, body: 'internal error\n' }));

  it('answers what is no path of a server at all', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
    socket.write('GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answer).to.match(/^HTTP\/1.1 404 /);
    socket.destroy();
  });

  it('closes although a client holds its connection open', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await server.close();
    await ended;
    server = await startHttpServer(options());
  });

  describe('that cannot listen', () => {
    let other: Server;
    before(async () => {
      other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    });
    after(() => other.close());

    it('names the flag and the value when the port is taken', async () => {
      const { port } = other.address() as AddressInfo;
      const refusal = await refusalOf({ port });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-port' });
      expect(refusal.message).to.match(
        new RegExp(
          `^--metrics-port: cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*; give a free port, or 0$`,
        ),
      );
    });

    // TEST-NET-1 (RFC 5737) belongs to no machine
    it('names the host when the address is not of this machine', async () => {
      const refusal = await refusalOf({ host: '192.0.2.1' });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-host' });
      expect(refusal.message).to.match(/^--metrics-host: cannot listen on 192\.0\.2\.1:0: .*; give an address of this/);
    });

    it('names the flag of the other server, too', async () => {
      const { port } = other.address() as AddressInfo;
      expect(await refusalOf({ port, name: 'admin' })).to.include({ field: 'admin-port' });
    });

    it('names the host when it is a name that leads nowhere', async () => {
      const refusal = await refusalOf({ host: 'no-such-host.invalid' });
      expect(refusal).to.include({ errorClass: 'Invalid', field: 'metrics-host' });
    });
  });
});
