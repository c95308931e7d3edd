/** Query parameters of server lists: unknown ones are ignored before microversion 2.75 and refused from it on. */
import { novaError } from '../reply.ts';

/** In the order in which Nova 31 names them in its error. */
export const SORT_KEYS = [
  'key_name',
  'display_name',
  'node',
  'updated_at',
  'locked_by',
  'config_drive',
  'uuid',
  'availability_zone',
  'ramdisk_id',
  'launch_index',
  'host',
  'power_state',
  'access_ip_v4',
  'instance_type_id',
  'display_description',
  'kernel_id',
  'launched_at',
  'root_device_name',
  'progress',
  'user_id',
  'task_state',
  'hostname',
  'project_id',
  'created_at',
  'vm_state',
  'access_ip_v6',
  'terminated_at',
  'auto_disk_config',
  'image_ref',
  'locked',
] as const;

/** nova.api.openstack.compute.schemas.servers.query_params_v21 and its successors: parameter -> first microversion. */
const PARAMETERS = new Map<string, number>([
  ...(
    'user_id project_id tenant_id launch_index image_ref image kernel_id ramdisk_id hostname key_name power_state ' +
    'vm_state task_state host node flavor reservation_id launched_at terminated_at availability_zone name ' +
    'display_name description display_description locked_by uuid root_device_name config_drive accessIPv4 ' +
    'access_ip_v4 accessIPv6 access_ip_v6 auto_disk_config progress sort_key sort_dir all_tenants soft_deleted ' +
    'deleted status changes-since ip ip6 limit marker created_at cell_name metadata system_metadata extra_specs'
  )
    .split(' ')
    .map((name): [string, number] => [name, 1]),
  ['tags', 26],
  ['tags-any', 26],
  ['not-tags', 26],
  ['not-tags-any', 26],
  ['changes-before', 66],
  ['locked', 73],
]);

export function isServerParameter(name: string, version: number): boolean {
  return name.startsWith('_') || version >= (PARAMETERS.get(name) ?? Infinity);
}

export function checkKnownParameters(query: URLSearchParams, version: number): void {
  if (version < 75) return;
  const unknown = [...new Set(query.keys())].filter((name) => !isServerParameter(name, version)).sort();
  if (unknown.length === 0) return;
  const list = unknown.map((name) => `'${name}'`).join(', ');
  throw novaError(400, `${list} ${unknown.length > 1 ? 'do' : 'does'} not match any of the regexes: '^_'`);
}
