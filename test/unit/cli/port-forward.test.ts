import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { getFromPod } from '../../../src/cli/port-forward.ts';
import type { ClusterAccess } from '../../../src/kube/config.ts';

/** A message without mask, as servers send them (RFC 6455, 5.2), of a channel. */
function message(channel: number, payload: Buffer): Buffer {
  const length = payload.length + 1;
  const head = length < 126 ? Buffer.from([0x82, length]) : Buffer.from([0x82, 126, length >> 8, length & 0xff]);
  return Buffer.concat([head, Buffer.from([channel]), payload]);
}

/** The payload of a short masked message. */
function unmasked(frame: Buffer): Buffer {
  const short = (frame[1]! & 0x7f) < 126;
  const at = short ? 2 : 4;
  const mask = frame.subarray(at, at + 4);
  return Buffer.from(frame.subarray(at + 4).map((byte, i) => byte ^ mask[i % 4]!));
}

const CLOSE = Buffer.from([0x88, 0]);
const PORT = Buffer.from([0x91, 0x1f]);

describe('port-forward', () => {
  let server: Server;
  let access: ClusterAccess;
  let asked: { url: string; authorization: string | undefined; request: string };
  /** What the other end sends once it was asked. */
  let answers: Buffer[];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    asked = { url: '', authorization: undefined, request: '' };
    server = createServer((_request, response) => response.writeHead(403).end());
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      sockets.push(socket);
      const key = request.headers['sec-websocket-key'] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: ${request.headers['sec-websocket-protocol'] ?? ''}\r\n\r\n`,
      );
      socket.write(Buffer.concat([message(0, PORT), message(1, PORT)]));
      socket.once('data', (frame: Buffer) => {
        const { url = '', headers } = request;
        asked = { url, authorization: headers.authorization, request: unmasked(frame).toString('latin1') };
        socket.write(Buffer.concat([...answers, CLOSE]));
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    access = {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      namespace: undefined,
      proxyUrl: undefined,
      verify: true,
      tlsServerName: undefined,
      credentials: () => Promise.resolve({ headers: { authorization: 'Bearer x' } }),
    };
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  const get = async (): Promise<string> =>
    await getFromPod(access, systemClock, { namespace: 'ns', name: 'p', port: 8081 }, '/history');

  it('asks the pod over the API server, as whom the kubeconfig says, and gives the body of the answer', async () => {
    const text = Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"points":"${'x'.repeat(200)}"}`,
    );
    answers = [message(0, text.subarray(0, 30)), message(0, text.subarray(30))];
    expect(await get()).to.equal(`{"points":"${'x'.repeat(200)}"}`);
    expect(asked.url).to.equal('/api/v1/namespaces/ns/pods/p/portforward?ports=8081');
    expect(asked.authorization).to.equal('Bearer x');
    expect(asked.request).to.match(/^\0GET \/history HTTP\/1\.0\r\n/);
  });

  for (const [what, given, words] of [
    [
      'what the pod refuses',
      [message(0, Buffer.from('HTTP/1.1 503 x\r\n\r\nnot yet'))],
      /pod p answers \/history with 503: not yet/,
    ],
    [
      'that nobody listens there',
      [message(1, Buffer.from('connection refused'))],
      /port-forward to pod p: connection refused/,
    ],
    ['an answer that is none', [message(0, Buffer.from('hello'))], /pod p does not answer \/history/],
  ] as const)
    it(`tells ${what}`, async () => {
      answers = [...given];
      const error = await get().catch((thrown: unknown) => thrown);
      expect((error as Error).message).to.match(words);
    });

  it('tells that the API server refuses it', async () => {
    server.removeAllListeners('upgrade');
    const error = await get().catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.match(/the API server refused it: may you create pods\/portforward\?/);
  });
});
