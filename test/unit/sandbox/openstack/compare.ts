/** Compares an answer of the sandbox with the captured one, modulo what differs from run to run. */

/** Fields whose values say nothing about the API: only their type is compared. */
const ANY_VALUE = new Set(
  (
    'adminPass audit_ids secret checksum os_hash_value size virtual_size revision_number standard_attr_id name hostId ' +
    'fingerprint description public_key addr floating_ip_address fixed_ip_address gateway_ip cidr used in_use ' +
    'mac_address OS-EXT-IPS-MAC:mac_addr volumeId device updated_at maxTotalVolumes maxTotalVolumeGigabytes ' +
    'totalVolumesUsed totalGigabytesUsed totalRAMUsed totalCoresUsed totalInstancesUsed totalServerGroupsUsed ' +
    'reservation_id belongs_to_default_sg updated'
  ).split(' '),
);

/** Lists whose length and order are the seed's or the run's, not the API's: every element must have the form of a captured one. */
const SAME_FORM = new Set(
  'catalog flavors servers endpoints images versions roles instanceActions security_group_rules networks server_groups volumes allocation_pools'.split(
    ' ',
  ),
);

/** The media type and charset; undefined without the header. */
export function contentTypeOf(headers: Record<string, string>): string | undefined {
  return headers['content-type']?.toLowerCase();
}

/** Paths at which the two differ, each with both values. */
export function differences(real: unknown, ours: unknown, path = ''): string[] {
  const key = path.replace(/^.*[.]/, '').replace(/\[\d+\]$/, '');
  if (Array.isArray(real) && Array.isArray(ours)) {
    return SAME_FORM.has(key) ? formDifferences(real, ours, path) : elementDifferences(real, ours, path);
  }
  if (isObject(real) && isObject(ours)) {
    const keys = [...new Set([...Object.keys(real), ...Object.keys(ours)])];
    return keys.flatMap((name) => {
      if (!(name in real)) return [`${path}.${name}: only ours`];
      if (!(name in ours)) return [`${path}.${name}: missing`];
      return differences(real[name], ours[name], `${path}.${name.replaceAll('.', '_')}`);
    });
  }
  if (ANY_VALUE.has(key) && typeof real === typeof ours) return [];
  const [a, b] = [normal(real), normal(ours)];
  return a === b ? [] : [`${path}: real ${a}, ours ${b}`];
}

function elementDifferences(real: unknown[], ours: unknown[], path: string): string[] {
  if (real.length !== ours.length) return [`${path}: real has ${real.length} elements, ours ${ours.length}`];
  return real.flatMap((item, i) => differences(item, ours[i], `${path}[${i}]`));
}

/** Neither is empty when the other is not, and each of ours looks like one of theirs. */
function formDifferences(real: unknown[], ours: unknown[], path: string): string[] {
  if (real.length === 0 || ours.length === 0) return elementDifferences(real, ours, path);
  const forms = new Set(real.map(formOf));
  return ours.flatMap((item, i) =>
    forms.has(formOf(item)) ? [] : [`${path}[${i}]: unlike all captured: ${formOf(item)}`],
  );
}

/** Keys at every level, without values. */
function formOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : '[..]';
  if (!isObject(value)) return 'value';
  return `{${Object.keys(value)
    .sort()
    .map((key) => (FREE.has(key) ? key : `${key}:${formOf(value[key])}`))
    .join(',')}}`;
}

/** Objects with keys of the user's own choosing, and fields that are null or an object by state. */
const FREE = new Set(
  'metadata extra_specs addresses tags description size volume_image_metadata checksum members'.split(' '),
);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ROOTS: [RegExp, string][] = [
  [/http:\/\/127\.0\.0\.1:(5000|\d+\/identity)/g, '<identity>'],
  [/http:\/\/127\.0\.0\.1:(8774|\d+\/compute)/g, '<compute>'],
  [/http:\/\/127\.0\.0\.1:(9292|\d+\/image)/g, '<image>'],
  [/http:\/\/127\.0\.0\.1:(9696|\d+\/network)/g, '<network>'],
  [/http:\/\/127\.0\.0\.1:(8776|\d+\/volume)/g, '<volume>'],
];

/** JSON text with ids, times and addresses replaced. */
function normal(value: unknown): string {
  let text = JSON.stringify(value);
  for (const [pattern, name] of ROOTS) text = text.replace(pattern, name);
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b[0-9a-f]{32}\b/g, '<hex>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, '<time>')
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, '<ip>')
    .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, '<mac>')
    .replace(/(<uuid>,)+<uuid>/g, '<uuids>')
    .replace(/(Requested \d+, but already used) \d+/g, '$1 <n>')
    .replace(/(Failed to terminate instance:) .*(?=")/g, '$1 <why>')
    .replace(/(Failed validating 'required' in schema).*(?=")/g, '$1');
}
