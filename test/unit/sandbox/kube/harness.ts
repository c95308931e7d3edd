/** A sandbox API on a stepped clock, and plain HTTP to it. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { startKubeApi, type KubeApiSandbox } from '../../../../src/sandbox/kube/api.ts';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';

const ROOT = new URL('../../../../', import.meta.url);
export const FIXTURES = new URL('test/fixtures/kubernetes/', ROOT);

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  /** Parsed, or the text where it is no JSON. */
  body: JsonObject;
  text: string;
}

export interface WatchedEvent extends JsonObject {
  type: string;
  object: JsonObject;
}

export interface OpenWatch {
  status: number;
  events: WatchedEvent[];
  /** Resolves when the server ends the stream. */
  ended: Promise<void>;
  /** Resolves once so many events are there. */
  until(count: number): Promise<void>;
  close(): void;
}

/** The project's own CRDs. */
export function projectCrds(): object[] {
  const folder = new URL('crds/', ROOT);
  return readdirSync(folder).map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as object);
}

/** The CRD that the fixtures were recorded with. */
export function fixtureCrd(): object {
  const fixture = JSON.parse(readFileSync(new URL('crd-create-201.json', FIXTURES), 'utf8')) as {
    request: { body: object };
  };
  return fixture.request.body;
}

export class Sandbox {
  readonly clock: ManualClock;
  readonly api: KubeApiSandbox;

  private constructor(clock: ManualClock, api: KubeApiSandbox) {
    this.clock = clock;
    this.api = api;
  }

  static async start(crds: object[] = []): Promise<Sandbox> {
    const clock = new ManualClock();
    return new Sandbox(clock, await startKubeApi({ clock, random: seededRandom(7), crds }));
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const incoming = await this.#open(method, path, body, headers);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: asJson(text), text };
  }

  /** The answer's body; throws for any status of 400 and above. */
  async ok(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonObject> {
    const reply = await this.send(method, path, body, headers);
    if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body;
  }

  merge(path: string, patch: unknown): Promise<Reply> {
    return this.send('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' });
  }

  async watch(path: string, headers: Record<string, string> = {}): Promise<OpenWatch> {
    const incoming = await this.#open('GET', path, undefined, headers);
    const events: WatchedEvent[] = [];
    const waiting: (() => void)[] = [];
    let rest = '';
    incoming.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as WatchedEvent));
      for (const wake of waiting.splice(0)) wake();
    });
    return {
      status: incoming.statusCode ?? 0,
      events,
      ended: once(incoming, 'end').then(() => undefined),
      until: async (count) => {
        while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      },
      close: () => incoming.destroy(),
    };
  }

  async #open(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const sent = httpRequest(`${this.api.url}${path}`, {
      method,
      headers: {
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    sent.end(text);
    const [incoming] = (await once(sent, 'response')) as [IncomingMessage];
    return incoming;
  }
}

/** Steps the clock until the promise is settled: some answers wait for it. */
export async function steppedUntil<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  const settle = (): void => {
    state.isSettled = true;
  };
  promise.then(settle, settle);
  while (!state.isSettled) await clock.advance(100);
  return promise;
}

/** A copy without one field. */
export function without(object: object, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function asJson(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return text as unknown as JsonObject;
  }
}
