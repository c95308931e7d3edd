/** Keystone's tokens: issued, looked up, revoked; they expire by the sandbox's clock. */
import { isoMicrosZ } from '../times.ts';
import type { ApplicationCredential, Project, User } from '../state.ts';
import type { World } from '../world.ts';

export interface Token {
  value: string;
  user: User;
  /** Undefined for an unscoped token. */
  project: Project | undefined;
  applicationCredential: ApplicationCredential | undefined;
  auditId: string;
  issuedAt: number;
  expiresAt: number;
}

export class Tokens {
  readonly #world: World;
  readonly #lifetimeMs: number;
  readonly #tokens = new Map<string, Token>();

  constructor(world: World, lifetimeMs: number) {
    this.#world = world;
    this.#lifetimeMs = lifetimeMs;
  }

  issue(user: User, project: Project | undefined, applicationCredential?: ApplicationCredential): Token {
    const issuedAt = Math.floor(this.#world.clock.now() / 1000) * 1000;
    const token: Token = {
      value: this.#world.ids.token(),
      user,
      project,
      applicationCredential,
      auditId: this.#world.ids.password(22),
      issuedAt,
      expiresAt: issuedAt + this.#lifetimeMs,
    };
    this.#forgetExpired();
    this.#tokens.set(token.value, token);
    return token;
  }

  /** The token if it is valid now: it is refused from the second of its expiry on (measured). */
  valid(value: string | undefined): Token | undefined {
    const token = this.#tokens.get(value ?? '');
    return token && this.#world.clock.now() < token.expiresAt ? token : undefined;
  }

  revoke(value: string): void {
    this.#tokens.delete(value);
  }

  /** Deleting an application credential makes its tokens worthless at once (measured). */
  revokeOf(credential: ApplicationCredential): void {
    for (const token of this.#tokens.values()) {
      if (token.applicationCredential === credential) this.#tokens.delete(token.value);
    }
  }

  /** All of them, as an administrator's restart of Keystone with new keys does. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  #forgetExpired(): void {
    const now = this.#world.clock.now();
    for (const token of this.#tokens.values()) if (token.expiresAt <= now) this.#tokens.delete(token.value);
  }
}

/** The `token` object of Keystone's answers. */
export function tokenView(token: Token, world: World, catalog: unknown[] | undefined): Record<string, unknown> {
  const domain = { id: 'default', name: 'Default' };
  const { user, project, applicationCredential } = token;
  const view: Record<string, unknown> = {
    methods: [applicationCredential ? 'application_credential' : 'password'],
    user: { domain, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: [token.auditId],
    expires_at: isoMicrosZ(token.expiresAt),
    issued_at: isoMicrosZ(token.issuedAt),
  };
  if (!project) return view;
  view.project = { domain, id: project.id, name: project.name };
  view.is_domain = false;
  view.roles = [
    { id: world.roles.member, name: 'member' },
    { id: world.roles.reader, name: 'reader' },
  ];
  if (catalog) view.catalog = catalog;
  if (applicationCredential) {
    view.application_credential = {
      id: applicationCredential.id,
      name: applicationCredential.name,
      restricted: true,
    };
  }
  return view;
}
