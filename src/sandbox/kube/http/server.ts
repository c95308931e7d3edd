/** The HTTP side: requests in, answers and streams out. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../../../base/log.ts';
import { sleep, type Clock } from '../../../base/clock.ts';
import { listenLocally } from '../../listen.ts';
import { ApiError } from '../status.ts';
import { MAX_BODY, tooLarge } from './bodies.ts';
import { errorAnswer, failureAnswer } from './failures.ts';
import type { Faults, FaultRule } from './faults.ts';
import type { Answer, ApiRequest, StreamAnswer } from './request.ts';

/** Rejects for nothing that a client could do. */
export type Handler = (request: ApiRequest) => Promise<Answer | StreamAnswer>;

export class HttpServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #handler: Handler;
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #log: Log;
  #requests = 0;

  constructor(handler: Handler, faults: Faults, clock: Clock, log: Log) {
    this.#handler = handler;
    this.#faults = faults;
    this.#clock = clock;
    this.#log = log;
    this.#server = createServer((incoming, response) => {
      this.#requests++;
      this.#serve(incoming, response).catch((error: unknown) => {
        this.#log.error('the answer could not be sent', { error });
        response.destroy();
      });
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get requestCount(): number {
    return this.#requests;
  }

  /** Resolves with the port once connections are accepted. */
  async listen(port: number): Promise<number> {
    return await listenLocally(this.#server, port);
  }

  /** Cuts all connections, watches too, and resolves when the port is free. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://sandbox');
    const request: ApiRequest = {
      method: incoming.method ?? 'GET',
      path: decodePath(url.pathname),
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.alloc(0),
      warnings: [],
      onClose: (fn) => response.on('close', fn),
    };
    const fault = this.#faults.take(request);
    if (fault?.delayMs !== undefined) await sleep(this.#clock, fault.delayMs);
    if (fault?.drop === true || fault?.drop === 'before') return void incoming.socket.destroy();
    const answer = await this.#answer(request, incoming, fault);
    if (fault?.drop === 'after') return void incoming.socket.destroy();
    if (response.destroyed) return;
    send(response, request, answer);
  }

  async #answer(
    request: ApiRequest,
    incoming: IncomingMessage,
    fault: FaultRule | undefined,
  ): Promise<Answer | StreamAnswer> {
    try {
      request.body = await readBody(incoming);
      if (fault?.status !== undefined) return faultAnswer(fault, fault.status);
      return await this.#handler(request);
    } catch (error) {
      return failureAnswer(error, request, this.#log);
    }
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    // read to the end, so that the client gets to see the answer
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  if (length > MAX_BODY) throw tooLarge();
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

function faultAnswer(fault: FaultRule, status: number): Answer {
  const headers = fault.headers ?? {};
  if (fault.body !== undefined) return { status, text: fault.body, contentType: 'text/plain; charset=utf-8', headers };
  return { ...errorAnswer(new ApiError(status, undefined, `fault ordered: ${status}`)), headers };
}

function send(response: ServerResponse, request: ApiRequest, answer: Answer | StreamAnswer): void {
  response.statusCode = answer.status;
  response.setHeader('content-type', answer.contentType ?? 'application/json');
  response.setHeader('cache-control', 'no-cache, private');
  if (request.warnings.length > 0) {
    response.setHeader(
      'warning',
      request.warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    );
  }
  if ('run' in answer) {
    // headers go out at once: a client must not wait for the first event to know that it watches
    response.flushHeaders();
    answer.run({
      write: (text) => void response.write(text),
      end: () => void response.end(),
      onClose: (fn) => void response.on('close', fn),
    });
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.end(request.method === 'HEAD' ? undefined : answer.text);
}
