/** The listening socket: one node:http server before the front of the five services. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { listenLocally } from '../listen.ts';
import type { Front } from './front.ts';
import type { Reply } from './reply.ts';

export class FrontServer {
  readonly #front: Front;
  readonly #server: Server;

  constructor(front: Front) {
    this.#front = front;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async listen(port: number): Promise<void> {
    this.#front.origin = `http://127.0.0.1:${await listenLocally(this.#server, port)}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    const reply = await this.#front.answer({ method, url, headers, body: await readBody(request) });
    if (reply) send(response, reply, method);
    else response.destroy();
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, reply: Reply, method: string): void {
  const headers: Record<string, string> = { ...reply.headers };
  if (reply.status !== 204) headers['content-length'] = String(Buffer.byteLength(reply.body));
  response.writeHead(reply.status, headers);
  response.end(method === 'HEAD' ? undefined : reply.body);
}
