/** Server groups: affinity and anti-affinity; a single `policy` from microversion 2.64, a list before. */
import { objectAt, pythonRepr, stringAt, stringsAt } from '../json.ts';
import { empty, json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { ServerGroup } from '../state.ts';
import { bodyOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { checkText, refuse } from './schema.ts';

const POLICIES = ['anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity'];

export function listServerGroups(call: NovaCall): Reply {
  return json(200, { server_groups: [...call.project.serverGroups.values()].map((group) => view(call, group)) });
}

export function showServerGroup(call: NovaCall, params: Params): Reply {
  return json(200, { server_group: view(call, groupOf(call, params)) });
}

export function createServerGroup(call: NovaCall): Reply {
  const { project, world, version } = call;
  const wish = objectAt(bodyOf(call), 'server_group');
  const name = stringAt(wish, 'name') ?? '';
  checkText('name', name, { min: 1, max: 255 });
  const modern = version >= 64;
  const policy = modern ? stringAt(wish, 'policy') : stringsAt(wish, 'policies')?.[0];
  if (policy === undefined || !POLICIES.includes(policy)) {
    const allowed = `[${POLICIES.map(pythonRepr).join(', ')}]`;
    refuse(modern ? 'policy' : '0', policy, `${pythonRepr(policy)} is not one of ${allowed}`);
  }
  const limit = project.quota.serverGroups;
  if (limit >= 0 && project.serverGroups.size + 1 > limit)
    throw novaError(403, 'Quota exceeded, too many server groups.');
  const group: ServerGroup = { id: world.ids.uuid(), name, policy, userId: call.token.user.id };
  project.serverGroups.set(group.id, group);
  return json(200, { server_group: view(call, group) });
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
