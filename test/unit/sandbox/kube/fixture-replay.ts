/** Replays what a real API server was asked, and compares what it answered. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isObject, type JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { FIXTURES, type Reply, type Sandbox, type WatchedEvent } from './harness.ts';

export interface Fixture {
  request: { method: string; path: string; headers: Record<string, string>; body?: unknown };
  response: { status: number; headers: Record<string, string>; body: JsonObject; events?: WatchedEvent[] };
}

export function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')) as Fixture;
}

/** Fields whose values the server makes up: they must be there, and later requests use the sandbox's instead. */
const MADE_UP = new Set(['uid', 'resourceVersion', 'continue', 'name', 'token']);
/** Fields that tell a time, or what depends on it. */
const TIMES = new Set(['creationTimestamp', 'deletionTimestamp', 'expirationTimestamp', 'time', 'lastTransitionTime']);
/** Hashes of contents. */
const HASHES = new Set(['storageVersionHash', 'serverAddress']);

export class Replay {
  readonly #sandbox: Sandbox;
  #isCustom = true;
  /** The real server's made-up values to the sandbox's. */
  readonly #values = new Map<string, string>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** The fixture's request with the sandbox's uids, versions and names in it. */
  request(fixture: Fixture): { method: string; path: string; headers: Record<string, string>; body?: unknown } {
    const { method, path, headers, body } = fixture.request;
    return {
      method,
      path: this.#translated(path),
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.parse(this.#translated(JSON.stringify(body))) }),
    };
  }

  send(fixture: Fixture): Promise<Reply> {
    const { method, path, headers, body } = this.request(fixture);
    return this.#sandbox.send(method, path, body, headers);
  }

  /** Throws where the answer is not that of the real server, but for what a server makes up. */
  compare(fixture: Fixture, reply: Reply): void {
    const { response } = fixture;
    expect(reply.status, reply.text.slice(0, 300)).to.equal(response.status);
    for (const name of ['content-type', 'warning', 'retry-after']) {
      expect(reply.headers[name], name).to.equal(response.headers[name]);
    }
    this.#isCustom = fixture.request.path.startsWith('/apis/rig.example.com/');
    this.same(response.body, reply.body, '');
  }

  /** Compares two JSON values of the two servers; learns the made-up ones on the way. */
  same(real: unknown, ours: unknown, path: string): void {
    const key = /([^.[\]]*)$/.exec(path)?.[1] ?? '';
    if (Array.isArray(real)) {
      expect(ours, path).to.be.an('array').with.length(real.length);
      const [a, b] = isUnordered(path) ? [sorted(real), sorted(ours as unknown[])] : [real, ours as unknown[]];
      a.forEach((item, i) => this.same(item, b[i], `${path}[${i}]`));
    } else if (isObject(real)) {
      expect(ours, path).to.be.an('object');
      const other = ours as JsonObject;
      const keys = Object.keys(real).filter(this.#isCompared);
      expect(Object.keys(other).filter(this.#isCompared).sort(), `fields of ${path}`).to.deep.equal([...keys].sort());
      for (const name of keys) this.same(real[name], other[name], `${path}.${name}`);
    } else if (typeof real === 'string') this.#sameText(real, ours, key, path);
    else expect(ours, path).to.equal(real);
  }

  #sameText(real: string, ours: unknown, key: string, path: string): void {
    expect(ours, path).to.be.a('string');
    const text = ours as string;
    if (TIMES.has(key)) expect(Date.parse(text), path).not.to.be.NaN;
    else if (HASHES.has(key)) expect(text, path).not.to.equal('');
    else if (MADE_UP.has(key) && real !== text && this.#translated(real) !== text && isMadeUp(key, real))
      this.#values.set(real, text);
    else if (key === 'message') expect(pieces(text), path).to.deep.equal(pieces(this.#translated(real)));
    else if (/\.cells\[\d+\]$/.test(path) && /^\d+[smhd]/.test(real)) expect(text, path).to.match(/^\d+[smhd]/);
    else expect(text, path).to.equal(this.#translated(real));
  }

  /** Ownership inside Go structs differs in which containers count; it is compared for custom resources. */
  readonly #isCompared = (key: string): boolean => key !== 'time' && (key !== 'managedFields' || this.#isCustom);

  #translated(text: string): string {
    let out = text;
    for (const [real, ours] of this.#values) out = out.replace(new RegExp(`(?<![\\w-])${real}(?![\\w-])`, 'g'), ours);
    return out;
  }
}

/** Generated names end in five random characters; all other names are as they were asked for. */
function isMadeUp(key: string, value: string): boolean {
  return key !== 'name' || /^a-[a-z0-9]{5}$/.test(value);
}

/** The order of managers and of causes is that of maps in the real server. */
const isUnordered = (path: string): boolean => /managedFields$|causes$/.test(path);

function sorted(list: unknown[]): unknown[] {
  const text = (value: unknown): string => {
    if (!isObject(value)) return JSON.stringify(value);
    return ['field', 'reason', 'message', 'manager', 'operation', 'subresource']
      .map((name) => JSON.stringify(value[name] ?? null))
      .join('|');
  };
  return [...list].sort((a, b) => text(a).localeCompare(text(b)));
}

/** A message as the set of its parts: the real server lists causes in no fixed order. Versions in parentheses are made up. */
function pieces(message: string): string[] {
  return message
    .replace(/\(\d+\)|current: \d+/g, '(N)')
    .replace(/ is invalid: \[?/, ' is invalid, ')
    .replace(/\]$/, '')
    .split(/, (?=[a-z<.])/)
    .map((part) => part.trim())
    .sort();
}
