/** Application credentials of a user: made, listed, deleted with a password token only. */
import { objectAt, stringAt } from '../json.ts';
import { empty, json, keystoneError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Exchange, Params } from '../router.ts';
import type { ApplicationCredential } from '../state.ts';
import { isoMicros } from '../times.ts';
import type { World } from '../world.ts';
import type { Token, Tokens } from './tokens.ts';

/** What a Keystone handler gets. */
export interface KeystoneCall {
  world: World;
  tokens: Tokens;
  exchange: Exchange;
  /** The caller's own token. */
  token: Token;
  /** `http://127.0.0.1:PORT/identity/v3` */
  base: string;
}

export function createCredential(call: KeystoneCall, body: unknown): Reply {
  const { world, token } = call;
  refuseRestricted(token);
  const wanted = objectAt(body, 'application_credential');
  const name = stringAt(wanted, 'name');
  if (name === undefined || name === '') throw keystoneError(400, "'name' is a required property");
  if (!token.project) throw keystoneError(403, 'You are not authorized to perform the requested action.');
  if (ownCredentials(call).some((known) => known.name === name)) {
    const message = `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${name}.`;
    throw keystoneError(409, message);
  }
  const expires = stringAt(wanted, 'expires_at');
  const credential: ApplicationCredential = {
    id: world.ids.hex(),
    name,
    description: stringAt(wanted, 'description') ?? null,
    secret: stringAt(wanted, 'secret') ?? world.ids.password(86),
    user: token.user,
    project: token.project,
    expiresAt: expires === undefined ? undefined : Date.parse(expires),
  };
  world.applicationCredentials.set(credential.id, credential);
  const { links, ...view } = credentialView(call, credential);
  return json(201, { application_credential: { ...view, secret: credential.secret, links } });
}

export function listCredentials(call: KeystoneCall): Reply {
  const name = call.exchange.query.get('name');
  const found = ownCredentials(call).filter((known) => name === null || known.name === name);
  const self = `${call.base}/users/${call.token.user.id}/application_credentials`;
  const links = { next: null, self, previous: null };
  return json(200, { application_credentials: found.map((known) => credentialView(call, known)), links });
}

export function showCredential(call: KeystoneCall, params: Params): Reply {
  return json(200, { application_credential: credentialView(call, ownCredential(call, params)) });
}

export function deleteCredential(call: KeystoneCall, params: Params): Reply {
  refuseRestricted(call.token);
  const credential = ownCredential(call, params);
  call.world.applicationCredentials.delete(credential.id);
  call.tokens.revokeOf(credential);
  return empty(204);
}

function ownCredentials({ world, token }: KeystoneCall): ApplicationCredential[] {
  return [...world.applicationCredentials.values()].filter((known) => known.user === token.user);
}

function ownCredential(call: KeystoneCall, { id }: Params): ApplicationCredential {
  const credential = ownCredentials(call).find((known) => known.id === id);
  if (!credential) throw keystoneError(404, `Could not find Application Credential: ${id ?? ''}.`);
  return credential;
}

function refuseRestricted(token: Token): void {
  if (!token.applicationCredential) return;
  const reason =
    "Using method 'application_credential' is not allowed for managing additional application credentials.";
  throw keystoneError(403, `You are not authorized to perform the requested action: ${reason}.`);
}

function credentialView({ world, base }: KeystoneCall, credential: ApplicationCredential): Record<string, unknown> {
  const role = (id: string, name: string): unknown => ({
    id,
    name,
    domain_id: null,
    description: null,
    options: { immutable: true },
  });
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    user_id: credential.user.id,
    project_id: credential.project.id,
    system: null,
    expires_at: credential.expiresAt === undefined ? null : isoMicros(credential.expiresAt),
    unrestricted: null,
    roles: [role(world.roles.member, 'member'), role(world.roles.reader, 'reader')],
    links: { self: `${base}/application_credentials/${credential.id}` },
  };
}
