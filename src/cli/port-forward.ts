/**
 * GET from a port on the loopback of a pod, where `kubectl port-forward` gets and nobody over the network does: a WebSocket to the API server,
 * in which the first byte of each message is its channel, 0 for data and 1 for errors, and the first message of each channel only repeats
 * the port (kubelet's streaming server, subprotocol v4.channel.k8s.io).
 */
import { WebSocket, type Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import { oneLine } from '../base/text.ts';
import type { ClusterAccess } from '../kube/config.ts';
import { makeDispatcher } from '../kube/transport.ts';

export interface PodPort {
  namespace: string;
  name: string;
  port: number;
}

const PROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const PORT_BYTES = 2;

/** How long one waits for an answer, and how much of it is read. */
export interface Bounds {
  patienceMs: number;
  mostBytes: number;
}

/** More than an hour of two hundred pools. */
const BOUNDS: Bounds = { patienceMs: 10_000, mostBytes: 16 * 1024 * 1024 };

/** The body of a success. Rejects with EhosError. */
export async function getFromPod(
  access: ClusterAccess,
  clock: Clock,
  pod: PodPort,
  path: string,
  bounds: Bounds = BOUNDS,
): Promise<string> {
  const credentials = await access.credentials();
  const dispatcher = makeDispatcher(access, credentials);
  const way = { url: urlOf(access, pod), dispatcher, headers: credentials.headers, clock, ...bounds };
  try {
    return bodyOf(await exchange(way, pod, path), pod, path);
  } finally {
    await dispatcher.destroy();
  }
}

function urlOf({ server }: ClusterAccess, { namespace, name, port }: PodPort): string {
  const base = server.replace(/^http/, 'ws').replace(/\/+$/, '');
  return `${base}/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${port}`;
}

interface Way extends Bounds {
  url: string;
  dispatcher: Dispatcher;
  headers: Readonly<Record<string, string>>;
  clock: Clock;
}

async function exchange(way: Way, pod: PodPort, path: string): Promise<Buffer> {
  const { url, dispatcher, headers, clock, patienceMs, mostBytes } = way;
  const socket = new WebSocket(url, { protocols: [PROTOCOL], dispatcher, headers: { ...headers } });
  socket.binaryType = 'arraybuffer';
  return await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const begun = new Set<number>();
    let size = 0;
    const fail = (why: string): void => {
      cancel();
      reject(new EhosError('Transient', `port-forward to pod ${pod.name}: ${oneLine(why).slice(0, 300)}`));
      socket.close();
    };
    const cancel = clock.after(patienceMs, () => fail(`no answer within ${patienceMs / 1000} s`));
    socket.addEventListener('open', () => {
      // of HTTP 1.0, whose answer ends with the connection and is not cut into chunks
      const request = Buffer.from(`GET ${path} HTTP/1.0\r\nhost: localhost\r\naccept: application/json\r\n\r\n`);
      socket.send(Buffer.concat([Buffer.from([DATA]), request]));
    });
    socket.addEventListener('message', ({ data }) => {
      const message = Buffer.from(data as ArrayBuffer);
      const channel = message[0] ?? DATA;
      const rest = message.subarray(begun.has(channel) ? 1 : 1 + PORT_BYTES);
      begun.add(channel);
      size += rest.length;
      if (size > mostBytes) fail(`the answer is longer than ${mostBytes} bytes`);
      else if (channel === DATA) chunks.push(rest);
      else if (rest.length > 0) fail(rest.toString('utf8'));
    });
    socket.addEventListener('error', () => fail('the API server refused it: may you create pods/portforward?'));
    socket.addEventListener('close', () => {
      cancel();
      resolve(Buffer.concat(chunks));
    });
  });
}

function bodyOf(answer: Buffer, { name }: PodPort, path: string): string {
  const text = answer.toString('utf8');
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(text)?.[1]);
  const end = text.indexOf('\r\n\r\n');
  if (Number.isNaN(status) || end < 0) throw new EhosError('Transient', `pod ${name} does not answer ${path}`);
  const body = text.slice(end + 4);
  if (status >= 200 && status < 300) return body;
  throw new EhosError('Transient', `pod ${name} answers ${path} with ${status}: ${oneLine(body).slice(0, 300)}`, {
    status,
  });
}
