/** Requests for IDTOKENs at the collector (condor_token_request(1), facts measured on 23.9.6: what is listed, capped and refused). */
import { createHmac } from 'node:crypto';
import type { Random } from '../../../base/random.ts';

/** A token as its claims say. */
export interface TokenGrant {
  token: string;
  /** `sub`. */
  identity: string;
  /** undefined: not limited. */
  authorizations: readonly string[] | undefined;
  issuedAt: number;
  expiresAt: number | undefined;
}

export interface PendingRequest {
  /** Seven digits. */
  id: string;
  clientId: string;
  identity: string;
  authorizations: readonly string[] | undefined;
  /** Seconds. */
  lifetime: number | undefined;
  peer: string;
  authenticatedAs: string;
  enqueuedAt: number;
  /** Set once approved; the client fetches it with its next poll. */
  grant: TokenGrant | undefined;
}

export interface TokenAsk {
  identity: string;
  authorizations: readonly string[] | undefined;
  lifetime: number | undefined;
  peer: string;
  clientId: string;
  /** Who authenticated; a node with nothing but the authority's certificate is `unauthenticated@unmapped`. */
  authenticatedAs: string;
}

export interface TokenDeskOptions {
  trustDomain: string;
  /** SEC_TOKEN_REQUEST_LIMITS: requests are cut down to these. */
  limits?: readonly string[];
  /** SEC_ISSUED_TOKEN_EXPIRATION, seconds: the longest lifetime given, also to who asks for none. */
  maxLifetimeSeconds?: number;
  /** SEC_TOKEN_REQUEST_LIFETIME, seconds (default 3600). */
  requestLifetimeSeconds?: number;
}

/** RFC 7519, as condor_token_create(1) writes them; times in seconds. */
interface Claims {
  exp?: number;
  iat: number;
  iss: string;
  jti: string;
  scope?: string;
  sub: string;
}

const SCOPE = 'condor:/';

/** Above this the collector refuses every new request (measured: 1001 were pending). */
const MAX_PENDING = 1000;

export class TokenDesk {
  readonly #options: TokenDeskOptions;
  readonly #random: Random;
  readonly #pending = new Map<string, PendingRequest>();
  #serial = 0;

  constructor(options: TokenDeskOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** Enqueues; the error is what the tool prints. */
  ask(ask: TokenAsk, now: number): PendingRequest | { error: string } {
    this.#expire(now);
    if (this.#pending.size > MAX_PENDING) return { error: 'BUG! Daemon::startTokenRequest() received a malformed ad' };
    const authorizations = this.#limited(ask.authorizations);
    if (authorizations?.length === 0) return { error: 'DAEMON:3:All requested authorizations were eliminated' };
    const request: PendingRequest = {
      id: this.#newId(),
      clientId: ask.clientId,
      identity: ask.identity,
      authorizations,
      lifetime: this.#cappedLifetime(ask.lifetime),
      peer: ask.peer,
      authenticatedAs: ask.authenticatedAs,
      enqueuedAt: now,
      grant: undefined,
    };
    this.#pending.set(request.id, request);
    return request;
  }

  /** What is not approved yet, in the collector's order. */
  list(now: number): PendingRequest[] {
    this.#expire(now);
    return [...this.#pending.values()].filter((request) => request.grant === undefined);
  }

  /** The requester's poll: `Gone` after a restart of the collector. A token is handed out once. */
  poll(id: string, now: number): TokenGrant | 'Pending' | 'Gone' {
    this.#expire(now);
    const request = this.#pending.get(id);
    if (!request) return 'Gone';
    if (!request.grant) return 'Pending';
    this.#pending.delete(id);
    return request.grant;
  }

  /** undefined: no such request, or approved before. */
  approve(id: string, now: number): PendingRequest | undefined {
    const request = this.list(now).find((candidate) => candidate.id === id);
    if (!request) return undefined;
    request.grant = this.issue(request.identity, request.authorizations, request.lifetime, now);
    return request;
  }

  /** Makes a token without a request, as root's condor_token_create does. Lifetime in seconds. */
  issue(
    identity: string,
    authorizations: readonly string[] | undefined,
    lifetime: number | undefined,
    now: number,
  ): TokenGrant {
    const seconds = (ms: number): number => Math.floor(ms / 1000);
    const claims: Claims = {
      ...(lifetime === undefined ? {} : { exp: seconds(now + lifetime * 1000) }),
      iat: seconds(now),
      iss: this.#options.trustDomain,
      jti: `${++this.#serial}-${this.#random.next().toString(16).slice(2)}`.padStart(32, '0'),
      ...(authorizations ? { scope: authorizations.map((scope) => `${SCOPE}${scope}`).join(' ') } : {}),
      sub: identity,
    };
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ alg: 'HS256', kid: 'POOL' })}.${encode(claims)}`;
    return grantOf(`${signed}.${this.#signature(signed)}`, claims);
  }

  /** What a token is good for; undefined when it is not of this pool or has ended. As in HTCondor the signature decides: nobody keeps a list of what was issued. */
  verify(token: string, now: number): TokenGrant | undefined {
    const [header = '', payload = '', signature] = token.trim().split('.');
    if (signature !== this.#signature(`${header}.${payload}`)) return undefined;
    const grant = grantOf(token.trim(), JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims);
    return grant.expiresAt === undefined || grant.expiresAt > now ? grant : undefined;
  }

  /** All requests are forgotten when the collector restarts or reads its configuration again (measured). */
  forgetRequests(): void {
    this.#pending.clear();
  }

  /** By the pool's signing key, which is told from others by its domain. */
  #signature(signed: string): string {
    return createHmac('sha256', `POOL of ${this.#options.trustDomain}`).update(signed).digest('base64url');
  }

  #limited(authorizations: readonly string[] | undefined): readonly string[] | undefined {
    const limits = this.#options.limits;
    if (!limits) return authorizations;
    return authorizations ? authorizations.filter((scope) => limits.includes(scope)) : limits;
  }

  #cappedLifetime(lifetime: number | undefined): number | undefined {
    const max = this.#options.maxLifetimeSeconds;
    return max === undefined ? lifetime : Math.min(lifetime ?? max, max);
  }

  #newId(): string {
    for (;;) {
      const id = String(Math.floor(this.#random.next() * 10_000_000)).padStart(7, '0');
      if (!this.#pending.has(id)) return id;
    }
  }

  #expire(now: number): void {
    const lifetimeMs = (this.#options.requestLifetimeSeconds ?? 3600) * 1000;
    for (const [id, request] of this.#pending) {
      if (now - request.enqueuedAt <= lifetimeMs) break;
      this.#pending.delete(id);
    }
  }
}

function grantOf(token: string, { sub, scope, iat, exp }: Claims): TokenGrant {
  return {
    token,
    identity: sub,
    authorizations: scope?.split(' ').map((one) => one.slice(SCOPE.length)),
    issuedAt: iat * 1000,
    expiresAt: exp === undefined ? undefined : exp * 1000,
  };
}
