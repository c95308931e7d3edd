/** What a member can choose from or must stay within: flavors, zones, limits, quotas. */
import type { SandboxFlavor } from '../clouds.ts';
import { json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import { linksOf, pageOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { usageOf } from './quota.ts';

export function listFlavors(call: NovaCall, detail: boolean): Reply {
  const { project, exchange } = call;
  const minDisk = Number(exchange.query.get('minDisk') ?? 0);
  const minRam = Number(exchange.query.get('minRam') ?? 0);
  const fitting = project.cloud.flavors.filter(({ disk, ram }) => disk >= minDisk && ram >= minRam);
  // Nova's default order is by flavorid, as text
  const found = fitting.sort((a, b) => (a.id < b.id ? -1 : 1));
  const resource = detail ? 'flavors/detail' : 'flavors';
  const { page, links } = pageOf(
    call,
    resource,
    found,
    ({ id }) => id,
    (marker) => `marker [${marker}] not found`,
    () => true,
  );
  const flavors = page.map((flavor) => (detail ? flavorView(call, flavor) : briefFlavor(call, flavor)));
  return json(200, links ? { flavors, flavors_links: links } : { flavors });
}

export function showFlavor(call: NovaCall, params: Params): Reply {
  return json(200, { flavor: flavorView(call, flavorOf(call, params)) });
}

export function showExtraSpecs(call: NovaCall, params: Params): Reply {
  return json(200, { extra_specs: flavorOf(call, params).extraSpecs ?? {} });
}

function flavorOf({ project }: NovaCall, { id = '' }: Params): SandboxFlavor {
  const flavor = project.cloud.flavors.find((known) => known.id === id);
  if (!flavor) throw novaError(404, `Flavor ${id} could not be found.`);
  return flavor;
}

function briefFlavor({ base, version }: NovaCall, { id, name }: SandboxFlavor): Record<string, unknown> {
  return { id, name, links: linksOf(base, `flavors/${id}`), ...(version >= 55 ? { description: null } : {}) };
}

function flavorView({ base, version }: NovaCall, flavor: SandboxFlavor): Record<string, unknown> {
  const { id, name, ram, disk, vcpus, extraSpecs } = flavor;
  return {
    id,
    name,
    ram,
    disk,
    swap: version >= 75 ? 0 : '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
    links: linksOf(base, `flavors/${id}`),
    ...(version >= 55 ? { description: null } : {}),
    ...(version >= 61 ? { extra_specs: extraSpecs ?? {} } : {}),
  };
}

/** Those that are available first (measured). */
export function listZones({ project, life }: NovaCall): Reply {
  const rows = project.cloud.zones.map((name) => ({ name, available: !life.driver.closedZones.includes(name) }));
  const sorted = [...rows.filter((zone) => zone.available), ...rows.filter((zone) => !zone.available)];
  const zones = sorted.map(({ name, available }) => ({ zoneName: name, zoneState: { available }, hosts: null }));
  return json(200, { availabilityZoneInfo: zones });
}

export function showLimits({ project, version }: NovaCall): Reply {
  const { quota } = project;
  const used = usageOf(project);
  const networkLimits = version < 36;
  const absolute = {
    maxTotalInstances: quota.instances,
    maxTotalCores: quota.cores,
    maxTotalRAMSize: quota.ram,
    maxServerMeta: 128,
    ...(version < 57 ? { maxImageMeta: 128 } : {}),
    ...(version < 57 ? { maxPersonality: 5, maxPersonalitySize: 10240 } : {}),
    maxTotalKeypairs: quota.keyPairs,
    maxServerGroups: quota.serverGroups,
    maxServerGroupMembers: quota.serverGroupMembers,
    ...(networkLimits ? { maxTotalFloatingIps: -1, maxSecurityGroups: -1, maxSecurityGroupRules: -1 } : {}),
    totalRAMUsed: used.ram,
    totalCoresUsed: used.cores,
    totalInstancesUsed: used.instances,
    ...(networkLimits ? { totalFloatingIpsUsed: 0, totalSecurityGroupsUsed: 0 } : {}),
    totalServerGroupsUsed: project.serverGroups.size,
  };
  return json(200, { limits: { rate: [], absolute } });
}

export function showQuota(call: NovaCall, params: Params, detail: boolean): Reply {
  const { project } = call;
  if (params.project !== project.id) {
    throw novaError(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.");
  }
  const used = usageOf(project);
  const rows: Record<string, [limit: number, inUse: number]> = {
    cores: [project.quota.cores, used.cores],
    instances: [project.quota.instances, used.instances],
    key_pairs: [project.quota.keyPairs, 0],
    metadata_items: [128, 0],
    ram: [project.quota.ram, used.ram],
    server_group_members: [project.quota.serverGroupMembers, 0],
    server_groups: [project.quota.serverGroups, project.serverGroups.size],
  };
  const view = ([limit, inUse]: [number, number]): unknown => (detail ? { limit, in_use: inUse, reserved: 0 } : limit);
  const entries = Object.entries(rows).map(([name, row]): [string, unknown] => [name, view(row)]);
  return json(200, { quota_set: { id: project.id, ...Object.fromEntries(entries) } });
}
