/** Neutron's resources as the API shows them. */
import type { FloatingIp, Network, Port, Project, SecurityGroup, SecurityGroupRule, Subnet } from '../state.ts';
import { isoSeconds } from '../times.ts';

type View = Record<string, unknown>;

export function networkView(network: Network, project: Project): View {
  return {
    id: network.id,
    name: network.name,
    tenant_id: project.id,
    admin_state_up: true,
    mtu: network.external ? 1500 : 1450,
    status: 'ACTIVE',
    subnets: [network.subnet.id],
    shared: false,
    availability_zone_hints: [],
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': network.external,
    description: '',
    port_security_enabled: true,
    qos_policy_id: null,
    ...(network.external ? { is_default: false } : {}),
    tags: [],
    created_at: isoSeconds(network.created),
    updated_at: isoSeconds(network.created),
    revision_number: 2,
    project_id: project.id,
  };
}

export function subnetView(subnet: Subnet, network: Network, project: Project): View {
  const [base = '', prefix = '24'] = subnet.cidr.split('/');
  const end = base
    .split('.')
    .map((part, i) => Number(part) | (255 >> Math.min(8, Math.max(0, Number(prefix) - 8 * i))));
  return {
    id: subnet.id,
    name: subnet.name,
    tenant_id: project.id,
    network_id: subnet.networkId,
    ip_version: 4,
    subnetpool_id: null,
    enable_dhcp: !network.external,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: subnet.gateway,
    cidr: subnet.cidr,
    allocation_pools: [
      { start: subnet.gateway.replace(/1$/, '2'), end: [...end.slice(0, 3), (end[3] ?? 255) - 1].join('.') },
    ],
    host_routes: [],
    dns_nameservers: [],
    description: '',
    'router:external': network.external,
    service_types: [],
    tags: [],
    created_at: isoSeconds(network.created),
    updated_at: isoSeconds(network.created),
    revision_number: 0,
    project_id: project.id,
  };
}

export function portView(port: Port, project: Project): View {
  return {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    tenant_id: project.id,
    mac_address: port.mac,
    admin_state_up: true,
    status: port.status,
    device_id: port.deviceId,
    device_owner: port.deviceId === '' ? '' : 'compute:nova',
    fixed_ips: [{ subnet_id: port.subnetId, ip_address: port.address }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: port.securityGroupIds,
    description: port.description,
    'binding:vnic_type': 'normal',
    port_security_enabled: true,
    qos_policy_id: null,
    qos_network_policy_id: null,
    tags: port.tags,
    created_at: isoSeconds(port.created),
    updated_at: isoSeconds(port.updated),
    revision_number: port.revision,
    project_id: project.id,
  };
}

/** The router's own port in a network: without an L3 agent it stays DOWN (measured). */
export function routerPortView({ id, routerPort, subnet, created }: Network, project: Project): View {
  return {
    id: routerPort.id,
    name: '',
    network_id: id,
    tenant_id: project.id,
    mac_address: routerPort.mac,
    admin_state_up: true,
    status: 'DOWN',
    device_id: project.routerId,
    device_owner: 'network:router_interface',
    fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.gateway }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: [],
    description: '',
    'binding:vnic_type': 'normal',
    port_security_enabled: false,
    qos_policy_id: null,
    qos_network_policy_id: null,
    tags: [],
    created_at: isoSeconds(created),
    updated_at: isoSeconds(created),
    revision_number: 1,
    project_id: project.id,
  };
}

/** A rule within its group; what creating one answers has three fields less (measured). */
export function ruleView(rule: SecurityGroupRule, group: SecurityGroup, project: Project): View {
  return {
    ...newRuleView(rule, group, project),
    standard_attr_id: null,
    tags: [],
  };
}

export function newRuleView(rule: SecurityGroupRule, group: SecurityGroup, project: Project): View {
  return {
    id: rule.id,
    project_id: project.id,
    tenant_id: project.id,
    security_group_id: group.id,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portMin,
    port_range_max: rule.portMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_address_group_id: null,
    normalized_cidr: rule.remoteIpPrefix,
    remote_group_id: rule.remoteGroupId,
    belongs_to_default_sg: group.name === 'default',
    description: rule.description,
    created_at: isoSeconds(rule.created),
    updated_at: isoSeconds(rule.created),
    revision_number: 0,
  };
}

export function securityGroupView(group: SecurityGroup, project: Project): View {
  return {
    id: group.id,
    name: group.name,
    stateful: true,
    tenant_id: project.id,
    description: group.description,
    shared: false,
    security_group_rules: group.rules.map((rule) => ruleView(rule, group, project)),
    tags: [],
    created_at: isoSeconds(group.created),
    updated_at: isoSeconds(group.created),
    revision_number: group.rules.length - 1,
    project_id: project.id,
  };
}

export function floatingIpView(ip: FloatingIp, project: Project): View {
  const port = ip.portId === undefined ? undefined : project.ports.get(ip.portId);
  return {
    id: ip.id,
    tenant_id: project.id,
    floating_ip_address: ip.address,
    floating_network_id: ip.networkId,
    router_id: port ? project.routerId : null,
    port_id: port?.id ?? null,
    fixed_ip_address: port?.address ?? null,
    // without an L3 agent it stays DOWN, associated or not (measured)
    status: 'DOWN',
    description: ip.description,
    qos_policy_id: null,
    port_details: port ? portDetails(port) : null,
    tags: [],
    created_at: isoSeconds(ip.created),
    updated_at: isoSeconds(ip.updated),
    revision_number: ip.revision,
    project_id: project.id,
  };
}

function portDetails(port: Port): View {
  return {
    name: port.name,
    network_id: port.networkId,
    mac_address: port.mac,
    admin_state_up: true,
    status: port.status,
    device_id: port.deviceId,
    device_owner: port.deviceId === '' ? '' : 'compute:nova',
  };
}
