/** Server groups: affinity and anti-affinity; a single `policy` from microversion 2.64, a list before. */
import { objectAt, pythonRepr, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { empty, json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { ServerGroup } from '../state.ts';
import { bodyOf, MAX_PAGE } from './call.ts';
import type { NovaCall } from './call.ts';
import { checkText, refuse } from './schema.ts';

const PARAMETERS = ['limit', 'offset', 'all_projects'];
const POLICIES = ['anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity'];

/** Pages by `limit` and `offset`, without links; a limit of 0 is none (measured). */
export function listServerGroups(call: NovaCall): Reply {
  const { query } = call.exchange;
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined && call.version >= 75) {
    throw novaError(400, `Additional properties are not allowed ('${unknown}' was unexpected)`);
  }
  const offset = Number(query.get('offset') ?? 0);
  const limit = Math.min(Number(query.get('limit') ?? 0) || MAX_PAGE, MAX_PAGE);
  const page = [...call.project.serverGroups.values()].slice(offset, offset + limit);
  return json(200, { server_groups: page.map((group) => view(call, group)) });
}

export function showServerGroup(call: NovaCall, params: Params): Reply {
  return json(200, { server_group: view(call, groupOf(call, params)) });
}

export function createServerGroup(call: NovaCall): Reply {
  const { project, world, version } = call;
  const wish = objectAt(bodyOf(call), 'server_group');
  const name = stringAt(wish, 'name') ?? '';
  checkText('name', name, { min: 1, max: 255 });
  const policy = policyOf(wish, version);
  const limit = project.quota.serverGroups;
  if (limit >= 0 && project.serverGroups.size + 1 > limit)
    throw novaError(403, 'Quota exceeded, too many server groups.');
  const group: ServerGroup = { id: world.ids.uuid(), name, policy, userId: call.token.user.id };
  project.serverGroups.set(group.id, group);
  return json(200, { server_group: view(call, group) });
}

function policyOf(wish: JsonObject, version: number): string {
  const modern = version >= 64;
  const key = modern ? 'policy' : 'policies';
  if (!(key in wish)) refuse('server_group', wish, `'${key}' is a required property`);
  const policy = modern ? stringAt(wish, key) : stringsAt(wish, key)?.[0];
  const allowed = version >= 15 ? POLICIES : POLICIES.filter((known) => !known.startsWith('soft-'));
  if (policy !== undefined && allowed.includes(policy)) return policy;
  const list = `[${allowed.map(pythonRepr).join(', ')}]`;
  return refuse(modern ? 'policy' : '0', policy, `${pythonRepr(policy)} is not one of ${list}`);
}

export function deleteServerGroup(call: NovaCall, params: Params): Reply {
  call.project.serverGroups.delete(groupOf(call, params).id);
  return empty(204, { 'content-type': 'application/json' });
}

function groupOf({ project }: NovaCall, { id = '' }: Params): ServerGroup {
  const group = project.serverGroups.get(id);
  if (!group) throw novaError(404, `Instance group ${id} could not be found.`);
  return group;
}

/** Servers that are gone are no members any more. */
function view({ project, version }: NovaCall, group: ServerGroup): Record<string, unknown> {
  const members = [...project.servers.values()].filter(({ groupId }) => groupId === group.id).map(({ id }) => id);
  const { id, name, policy, userId } = group;
  const form = version >= 64 ? { policy, rules: {} } : { policies: [policy], metadata: {} };
  const owner = version >= 13 ? { project_id: project.id, user_id: userId } : {};
  return { id, name, ...form, members, ...owner };
}
