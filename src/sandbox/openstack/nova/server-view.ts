/** A server as the API shows it, in each microversion. */
import type { SandboxFlavor } from '../clouds.ts';
import type { Project, Server } from '../state.ts';
import { isoMicros, isoSeconds } from '../times.ts';
import { linksOf } from './call.ts';
import { hostIdOf } from './placement.ts';

export interface ViewContext {
  project: Project;
  version: number;
  base: string;
}

const STATUS: Record<Server['vmState'], string> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  suspended: 'SUSPENDED',
  paused: 'PAUSED',
  error: 'ERROR',
  deleted: 'DELETED',
};

/** `progress` is shown in these only (nova.api.openstack.compute.views.servers). */
const WITH_PROGRESS = new Set(['ACTIVE', 'BUILD', 'REBOOT', 'HARD_REBOOT']);

export function statusOf(server: Server): string {
  if (server.vmState === 'active' && server.taskState === 'rebooting') return 'REBOOT';
  if (server.vmState === 'active' && server.taskState === 'rebooting_hard') return 'HARD_REBOOT';
  return STATUS[server.vmState];
}

export function briefView(server: Server, base: string): Record<string, unknown> {
  return { id: server.id, name: server.name, links: linksOf(base, `servers/${server.id}`) };
}

/** `GET /servers/ID` and `PUT`: lists leave `server_groups` out (measured). */
export function singleView(server: Server, context: ViewContext): Record<string, unknown> {
  const groups = server.groupId === undefined ? [] : [server.groupId];
  return { ...detailView(server, context), ...(context.version >= 71 ? { server_groups: groups } : {}) };
}

export function detailView(server: Server, context: ViewContext): Record<string, unknown> {
  const { project, version, base } = context;
  const status = statusOf(server);
  const groups = securityGroupNames(server, project);
  // assigned one by one: an object spread for each condition made half the cost of a list of a thousand
  const view: Record<string, unknown> = {
    id: server.id,
    name: server.name,
    status,
    tenant_id: project.id,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: hostIdOf(project.id, server.host),
    image: imageView(server, context),
    flavor: version >= 47 ? embeddedFlavor(server.flavor) : linkedFlavor(server.flavor, base),
    created: isoSeconds(server.created),
    updated: isoSeconds(server.updated),
    addresses: addressesOf(server, project),
    accessIPv4: '',
    accessIPv6: '',
    links: linksOf(base, `servers/${server.id}`),
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-AZ:availability_zone': server.zoneShown ? server.zone : '',
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.launched === undefined ? null : isoMicros(server.launched),
    'OS-SRV-USG:terminated_at': server.terminated === undefined ? null : isoMicros(server.terminated),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    'os-extended-volumes:volumes_attached': server.volumes.map((volume) => volumeView(volume, version)),
  };
  if (WITH_PROGRESS.has(status)) view.progress = 0;
  if (server.fault && status === 'ERROR') view.fault = faultView(server.fault);
  if (groups.length > 0) view.security_groups = groups.map((name) => ({ name }));
  addNewerFields(view, server, version);
  return view;
}

function addNewerFields(view: Record<string, unknown>, server: Server, version: number): void {
  if (version >= 9) view.locked = server.locked;
  if (version >= 19) view.description = server.description;
  if (version >= 26) view.tags = server.tags;
  if (version >= 63) view.trusted_image_certificates = null;
  if (version >= 73) view.locked_reason = server.lockedReason;
  if (version >= 90) view['OS-EXT-SRV-ATTR:hostname'] = server.hostname;
  if (version >= 96) view.pinned_availability_zone = server.zone;
  if (version >= 100) view.scheduler_hints = server.schedulerHints;
}

function faultView({ code, message, at }: NonNullable<Server['fault']>): Record<string, unknown> {
  return { code, created: isoSeconds(at), message };
}

/** An empty string for a server that boots from a volume (measured). */
function imageView({ imageId, flavor }: Server, { project, version, base }: ViewContext): unknown {
  if (imageId === undefined) return '';
  const links = [{ rel: 'bookmark', href: `${base}/images/${imageId}` }];
  if (version < 98) return { id: imageId, links };
  const image = project.images.get(imageId);
  const properties = {
    ...image?.properties,
    min_ram: String(image?.minRam ?? 0),
    min_disk: String(flavor.disk),
    disk_format: image?.diskFormat ?? 'raw',
    container_format: image?.containerFormat ?? 'bare',
    base_image_ref: imageId,
  };
  return { id: imageId, links, properties };
}

function embeddedFlavor({ vcpus, ram, disk, name, extraSpecs }: SandboxFlavor): unknown {
  return { vcpus, ram, disk, ephemeral: 0, swap: 0, original_name: name, extra_specs: extraSpecs ?? {} };
}

function linkedFlavor({ id }: SandboxFlavor, base: string): unknown {
  return { id, links: [{ rel: 'bookmark', href: `${base}/flavors/${id}` }] };
}

function volumeView(volume: Server['volumes'][number], version: number): unknown {
  return { id: volume.volumeId, ...(version >= 3 ? { delete_on_termination: volume.deleteOnTermination } : {}) };
}

export interface AddressView {
  version: 4;
  addr: string;
  'OS-EXT-IPS:type': 'fixed' | 'floating';
  'OS-EXT-IPS-MAC:mac_addr': string;
}

/** By network name: each port's fixed address, then its floating one. */
export function addressesOf(server: Server, project: Project): Record<string, AddressView[]> {
  const addresses: Record<string, AddressView[]> = {};
  if (!server.addressesShown) return addresses;
  for (const portId of server.portIds) {
    const port = project.ports.get(portId);
    const network = port && project.networks.get(port.networkId);
    if (!network) continue;
    const list = (addresses[network.name] ??= []);
    const entry = (addr: string, type: AddressView['OS-EXT-IPS:type']): AddressView => ({
      version: 4,
      addr,
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': port.mac,
    });
    list.push(entry(port.address, 'fixed'));
    const floating = port.floatingIpId === undefined ? undefined : project.floatingIps.get(port.floatingIpId);
    if (floating) list.push(entry(floating.address, 'floating'));
  }
  return addresses;
}

/** Names of the groups of the server's ports: without a port there are none (measured). */
function securityGroupNames(server: Server, project: Project): string[] {
  const names = new Set<string>();
  for (const portId of server.portIds) {
    for (const groupId of project.ports.get(portId)?.securityGroupIds ?? []) {
      const name = project.securityGroups.get(groupId)?.name;
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}
