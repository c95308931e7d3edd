/** Security groups and their rules. Names are not unique: Nova refuses an ambiguous one. */
import { stringAt } from '../json.ts';
import { empty, json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { SecurityGroup, SecurityGroupRule } from '../state.ts';
import { listReply, resourceOf } from './call.ts';
import type { NeutronCall } from './call.ts';
import { newRuleView, ruleView, securityGroupView } from './views.ts';

const FILTERS = 'id name tenant_id project_id description shared stateful'.split(' ');
const RULE_FILTERS =
  'id tenant_id project_id security_group_id direction ethertype protocol port_range_min port_range_max remote_ip_prefix remote_group_id'.split(
    ' ',
  );

export function listGroups(call: NeutronCall): Reply {
  const views = [...call.project.securityGroups.values()].map((group) => securityGroupView(group, call.project));
  return listReply(call, 'security_groups', views, FILTERS);
}

function groupOf({ project }: NeutronCall, id: string): SecurityGroup {
  const group = project.securityGroups.get(id);
  if (!group) throw neutronError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
  return group;
}

export function showGroup(call: NeutronCall, { id = '' }: Params): Reply {
  return json(200, { security_group: securityGroupView(groupOf(call, id), call.project) });
}

export function createGroup(call: NeutronCall): Reply {
  const wish = resourceOf(call, 'security_group');
  const name = stringAt(wish, 'name') ?? '';
  if (name === 'default') {
    throw neutronError(409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
  }
  const group = call.world.addSecurityGroup(call.project, name, stringAt(wish, 'description') ?? '');
  return json(201, { security_group: securityGroupView(group, call.project) });
}

export function deleteGroup(call: NeutronCall, { id = '' }: Params): Reply {
  const { project } = call;
  const group = groupOf(call, id);
  if (group.name === 'default') {
    throw neutronError(
      409,
      'SecurityGroupCannotRemoveDefault',
      'Insufficient rights for removing default security group.',
    );
  }
  const used = [...project.ports.values()].some(({ securityGroupIds }) => securityGroupIds.includes(id));
  if (used) throw neutronError(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
  project.securityGroups.delete(id);
  return empty(204);
}

export function listRules(call: NeutronCall): Reply {
  const { project } = call;
  const views = [...project.securityGroups.values()].flatMap((group) =>
    group.rules.map((rule) => ruleView(rule, group, project)),
  );
  return listReply(call, 'security_group_rules', views, RULE_FILTERS);
}

export function createRule(call: NeutronCall): Reply {
  const { project, world } = call;
  const wish = resourceOf(call, 'security_group_rule');
  const group = groupOf(call, stringAt(wish, 'security_group_id') ?? '');
  const rule: SecurityGroupRule = {
    id: world.ids.uuid(),
    ethertype: wish.ethertype === 'IPv6' ? 'IPv6' : 'IPv4',
    direction: wish.direction === 'egress' ? 'egress' : 'ingress',
    protocol: stringAt(wish, 'protocol') ?? null,
    portMin: numberOrNull(wish.port_range_min),
    portMax: numberOrNull(wish.port_range_max),
    remoteIpPrefix: stringAt(wish, 'remote_ip_prefix') ?? null,
    remoteGroupId: stringAt(wish, 'remote_group_id') ?? null,
    description: stringAt(wish, 'description') ?? '',
    created: world.clock.now(),
  };
  const twin = group.rules.find((known) => sameRule(known, rule));
  if (twin) {
    throw neutronError(409, 'SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${twin.id}.`);
  }
  group.rules.push(rule);
  return json(201, { security_group_rule: newRuleView(rule, group, project) });
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function sameRule(a: SecurityGroupRule, b: SecurityGroupRule): boolean {
  const keys = ['ethertype', 'direction', 'protocol', 'portMin', 'portMax', 'remoteIpPrefix', 'remoteGroupId'] as const;
  return keys.every((key) => a[key] === b[key]);
}

export function deleteRule(call: NeutronCall, { id = '' }: Params): Reply {
  for (const group of call.project.securityGroups.values()) {
    const at = group.rules.findIndex((rule) => rule.id === id);
    if (at < 0) continue;
    group.rules.splice(at, 1);
    return empty(204);
  }
  throw neutronError(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`);
}
