/** Neutron's quotas of a project. */
import { json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { NeutronCall } from './call.ts';

export function showNetworkQuota(call: NeutronCall, params: Params, details: boolean): Reply {
  const { project } = call;
  if (params.project !== project.id) {
    throw neutronError(403, 'PolicyNotAuthorized', '(rule:get_quota) is disallowed by policy');
  }
  const own = [...project.networks.values()].filter(({ external }) => !external).length;
  const rules = [...project.securityGroups.values()].reduce((sum, group) => sum + group.rules.length, 0);
  const rows: Record<string, [limit: number, used: number]> = {
    network: [100, own],
    subnet: [100, own],
    subnetpool: [-1, 0],
    port: [project.quota.ports, project.ports.size],
    router: [10, 1],
    floatingip: [project.quota.floatingIps, project.floatingIps.size],
    rbac_policy: [10, 0],
    security_group: [-1, project.securityGroups.size],
    security_group_rule: [-1, rules],
  };
  const quota = Object.fromEntries(
    Object.entries(rows).map(([name, [limit, used]]) => [name, details ? { limit, used, reserved: 0 } : limit]),
  );
  return json(200, { quota });
}
