/** Keystone v3: the request for a token, and the token with its catalog. Source: Identity API v3, "Authentication and token management". */
import type { Endpoint } from './catalog.ts';
import type { Credentials } from './cloud-config.ts';
import { objectAt, objectsAt, textAt, timeAt, type JsonObject } from './json.ts';

export interface Token {
  /** Goes into X-Auth-Token; never into a log. */
  value: string;
  /** By the local clock, milliseconds: skew between the clocks does not matter, only the lifetime is taken from Keystone. */
  expiresAt: number;
  lifetimeMs: number;
  projectId: string;
  userId: string;
  applicationCredentialId: string | undefined;
  /** When the user's password ends, milliseconds. */
  passwordExpiresAt: number | undefined;
  endpoints: Endpoint[];
}

/** Body of POST /v3/auth/tokens. */
export function tokenRequest(credentials: Credentials): JsonObject {
  if (credentials.method === 'application_credential') {
    const application = { ...credentials.credential, secret: credentials.secret };
    return { auth: { identity: { methods: ['application_credential'], application_credential: application } } };
  }
  const user = { ...credentials.user, password: credentials.password };
  return {
    auth: { identity: { methods: ['password'], password: { user } }, scope: { project: credentials.project } },
  };
}

/** The token of an answer; `now` in milliseconds. undefined when it is none. */
export function readToken(value: string | undefined, body: unknown, now: number): Token | undefined {
  const token = objectAt(body, 'token');
  const projectId = textAt(objectAt(token, 'project'), 'id');
  const user = objectAt(token, 'user');
  const expires = timeAt(token, 'expires_at');
  if (value === undefined || projectId === undefined || expires === undefined) return undefined;
  const lifetimeMs = Math.max(0, expires - (timeAt(token, 'issued_at') ?? now));
  return {
    value,
    expiresAt: now + lifetimeMs,
    lifetimeMs,
    projectId,
    userId: textAt(user, 'id') ?? '',
    applicationCredentialId: textAt(objectAt(token, 'application_credential'), 'id'),
    passwordExpiresAt: timeAt(user, 'password_expires_at'),
    endpoints: objectsAt(token, 'catalog').flatMap((service) => endpointsOf(service)),
  };
}

function endpointsOf(service: JsonObject): Endpoint[] {
  const type = textAt(service, 'type') ?? '';
  return objectsAt(service, 'endpoints').map((endpoint) => ({
    type,
    interface: textAt(endpoint, 'interface') ?? '',
    region: textAt(endpoint, 'region_id') ?? textAt(endpoint, 'region') ?? '',
    url: (textAt(endpoint, 'url') ?? '').replace(/\/+$/, ''),
  }));
}
