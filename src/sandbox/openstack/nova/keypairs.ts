/** Keypairs: they belong to the user, not to the project. */
import { objectAt, stringAt } from '../json.ts';
import { empty, json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { Keypair } from '../state.ts';
import { isoMicros } from '../times.ts';
import { bodyOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { checkText } from './schema.ts';

export function listKeypairs({ token, version }: NovaCall): Reply {
  const keypairs = [...token.user.keypairs.values()].map((pair) => ({ keypair: briefView(pair, version) }));
  return json(200, { keypairs });
}

export function showKeypair(call: NovaCall, params: Params): Reply {
  const pair = keypairOf(call, params);
  const view = {
    ...briefView(pair, 1),
    user_id: call.token.user.id,
    created_at: isoMicros(pair.created),
    deleted: false,
    deleted_at: null,
    id: pair.id,
    updated_at: null,
    ...(call.version >= 2 ? { type: 'ssh' } : {}),
  };
  return json(200, { keypair: view });
}

/** Imports a public key; the server makes none for you since 2.92. */
export function createKeypair(call: NovaCall): Reply {
  const wish = objectAt(bodyOf(call), 'keypair');
  const name = stringAt(wish, 'name') ?? '';
  checkText('name', name, { min: 1, max: 255 });
  const { user } = call.token;
  const publicKey = stringAt(wish, 'public_key');
  if (publicKey === undefined) {
    throw novaError(400, "Invalid input for field/attribute keypair. Value: {}. 'public_key' is a required property");
  }
  if (user.keypairs.has(name)) throw novaError(409, `Key pair '${name}' already exists.`);
  const limit = call.project.quota.keyPairs;
  if (limit >= 0 && user.keypairs.size + 1 > limit) throw novaError(403, 'Quota exceeded, too many key pairs.');
  const pair = call.world.addKeypair(user, name, publicKey);
  if (!pair) throw novaError(400, 'Keypair data is invalid: failed to generate fingerprint');
  return json(call.version >= 2 ? 201 : 200, { keypair: { ...briefView(pair, call.version), user_id: user.id } });
}

export function deleteKeypair(call: NovaCall, params: Params): Reply {
  const pair = keypairOf(call, params);
  call.token.user.keypairs.delete(pair.name);
  return empty(call.version >= 2 ? 204 : 202, { 'content-type': 'application/json' });
}

function keypairOf({ token }: NovaCall, { name = '' }: Params): Keypair {
  const pair = token.user.keypairs.get(name);
  if (!pair) throw novaError(404, `Keypair ${name} not found for user ${token.user.id}`);
  return pair;
}

function briefView({ name, publicKey, fingerprint }: Keypair, version: number): Record<string, unknown> {
  return { name, public_key: publicKey, fingerprint, ...(version >= 2 ? { type: 'ssh' } : {}) };
}
