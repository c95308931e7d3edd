/** `POST /v3/auth/tokens`: who may have a token for what. */
import { isObject, objectAt, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { keystoneError } from '../reply.ts';
import type { ApiError } from '../reply.ts';
import type { ApplicationCredential, Project, User } from '../state.ts';
import type { World } from '../world.ts';
import type { Token, Tokens } from './tokens.ts';

/** The one text for every wrong credential and every project without a role (measured). */
export function unauthorized(message = 'The request you have made requires authentication.'): ApiError {
  return keystoneError(401, message);
}

/** Issues a token for the request body of POST /v3/auth/tokens. Throws ApiError 400, 401 or 404. */
export function authenticate(world: World, tokens: Tokens, body: unknown): Token {
  const auth = objectAt(body, 'auth');
  if (!isObject(auth.identity)) {
    throw keystoneError(400, `'identity' is a required property\n\nFailed validating 'required' in schema`);
  }
  const identity = auth.identity;
  const method = stringsAt(identity, 'methods')?.[0];
  const scope = isObject(auth.scope) ? auth.scope : undefined;
  if (method === 'application_credential') {
    const credential = findCredential(world, objectAt(identity, 'application_credential'));
    if (scope) {
      const message =
        'Error authenticating with application credential: Application credentials cannot request a scope.';
      throw keystoneError(401, message, { identity: {} });
    }
    return tokens.issue(credential.user, credential.project, credential);
  }
  const user =
    method === 'token'
      ? tokens.valid(stringAt(identity.token, 'id'))?.user
      : findUser(world, objectAt(objectAt(identity, 'password'), 'user'), true);
  if (!user) throw unauthorized();
  return tokens.issue(user, scope ? projectOf(world, user, scope) : undefined);
}

function findUser(world: World, wanted: JsonObject, withPassword: boolean): User | undefined {
  const user = world.users.find(
    (known) => known.id === wanted.id || (known.name === wanted.name && isDefaultDomain(wanted)),
  );
  return user && (!withPassword || user.password === wanted.password) ? user : undefined;
}

function isDefaultDomain(holder: JsonObject): boolean {
  const domain = objectAt(holder, 'domain');
  return domain.id === 'default' || domain.name === 'Default';
}

function projectOf(world: World, user: User, scope: JsonObject): Project {
  const wanted = objectAt(scope, 'project');
  const project = world.projects.find(
    (known) => known.id === wanted.id || (known.name === wanted.name && isDefaultDomain(wanted)),
  );
  if (!project?.users.includes(user)) throw unauthorized();
  return project;
}

/** By id (unknown: 404, measured) or by name and user (unknown: 401 like a wrong secret). */
function findCredential(world: World, wanted: JsonObject): ApplicationCredential {
  const id = stringAt(wanted, 'id');
  let credential: ApplicationCredential | undefined;
  if (id !== undefined) {
    credential = world.applicationCredentials.get(id);
    if (!credential) throw keystoneError(404, `Could not find Application Credential: ${id}.`);
  } else {
    const user = findUser(world, objectAt(wanted, 'user'), false);
    credential = [...world.applicationCredentials.values()].find(
      (known) => known.user === user && known.name === wanted.name,
    );
  }
  const expired = credential?.expiresAt !== undefined && credential.expiresAt <= world.clock.now();
  if (!credential || expired || credential.secret !== wanted.secret) throw unauthorized();
  return credential;
}
