/** The raw answers of real services that the tests read. */
import { readdirSync, readFileSync } from 'node:fs';
import { HttpFailure, type HttpAnswer } from '../../../src/openstack/http.ts';
import type { ServiceName } from '../../../src/openstack/cloud-config.ts';
import type { Asked } from '../../../src/openstack/errors.ts';

const FOLDER = new URL('../../fixtures/openstack/', import.meta.url);

export interface Fixture {
  name: string;
  request: { method: Asked['method']; url: string; body?: unknown };
  /** status 0: there was no answer, and the body says why. */
  response: { status: number; headers: Record<string, string>; body: unknown };
}

export function fixture(name: string): Fixture {
  const text = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
  return { name, ...(JSON.parse(text) as Omit<Fixture, 'name'>) };
}

export function allFixtures(): Fixture[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => fixture(file.slice(0, -'.json'.length)))
    .filter((f) => typeof f.response === 'object' && typeof f.request === 'object');
}

const PORTS: Record<string, ServiceName> = {
  '5000': 'identity',
  '8774': 'compute',
  '8776': 'volume',
  '9292': 'image',
  '9696': 'network',
};

/** What the captured call asked, as the session would say it. */
export function askedOf({ request }: Fixture): Asked {
  const url = new URL(request.url);
  const path = url.pathname.replace(/^\/v[\d.]+(?:\/[0-9a-f]{32})?(?=\/|$)/, '');
  return { service: PORTS[url.port] ?? 'compute', method: request.method, path: path === '' ? '/' : path };
}

export function answerOf({ response }: Fixture): HttpAnswer {
  const headers = new Headers(response.headers);
  return {
    status: response.status,
    header: (name) => headers.get(name) ?? undefined,
    body: typeof response.body === 'string' ? response.body : JSON.stringify(response.body ?? ''),
  };
}

/** The failure behind a captured call without an answer, from the words that were captured. */
export function failureOf({ response }: Fixture): HttpFailure {
  const text = String(response.body);
  const kind = text.includes('ECONNREFUSED') ? 'unreachable' : text.includes('TimeoutError') ? 'timeout' : 'lost';
  return new HttpFailure(kind, text);
}
