/** The request schemas of `POST /servers`: what Nova refuses by form alone, in its own words. */
import { isObject, pythonRepr, pythonStr } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { novaError } from '../reply.ts';

interface TextRule {
  min?: number;
  max?: number;
  pattern?: RegExp;
  /** `string` alone, or what else may stand there. */
  orNull?: boolean;
}

/** `Invalid input for field/attribute NAME. Value: V. WHY`: long values are quoted back in full (measured). */
export function refuse(field: string, value: unknown, why: string): never {
  throw novaError(400, `Invalid input for field/attribute ${field}. Value: ${pythonStr(value)}. ${why}`);
}

export function checkText(field: string, value: unknown, rule: TextRule): void {
  if (value === undefined || (value === null && rule.orNull === true)) return;
  const quoted = pythonRepr(value);
  if (typeof value !== 'string') return refuse(field, value, `${quoted} is not of type 'string'`);
  // Python counts code points
  const length = Array.from(value).length;
  if (length < (rule.min ?? 0)) return refuse(field, value, `${quoted} is too short`);
  if (rule.max !== undefined && length > rule.max) return refuse(field, value, `${quoted} is too long`);
  if (rule.pattern && !rule.pattern.test(value))
    refuse(field, value, `${quoted} does not match '${rule.pattern.source}'`);
}

function checkKnown(field: string, value: JsonObject, known: (key: string) => boolean): void {
  const unknown = Object.keys(value)
    .filter((key) => !known(key))
    .sort();
  if (unknown.length === 0) return;
  const list = unknown.map((key) => `'${key}'`).join(', ');
  refuse(
    field,
    value,
    `Additional properties are not allowed (${list} ${unknown.length > 1 ? 'were' : 'was'} unexpected)`,
  );
}

const UUID = /^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/;

/** Metadata of servers: keys without slashes, values up to 255 characters. */
export function checkMetadata(value: unknown): void {
  if (value === undefined) return;
  if (!isObject(value)) return refuse('metadata', value, `${pythonRepr(value)} is not of type 'object'`);
  const bad = Object.keys(value).filter((key) => !/^[a-zA-Z0-9-_:. ]{1,255}$/.test(key));
  for (const [key, item] of Object.entries(value)) if (!bad.includes(key)) checkText(key, item, { max: 255 });
  if (bad.length === 0) return;
  const list = bad
    .sort()
    .map((key) => pythonRepr(key))
    .join(', ');
  refuse(
    'metadata',
    value,
    `${list} ${bad.length > 1 ? 'do' : 'does'} not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'`,
  );
}

/** Tags of servers: up to 50, each 1 to 60 characters, no comma and no slash. */
export function checkTags(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) return refuse('tags', value, `${pythonRepr(value)} is not of type 'array'`);
  if (value.length > 50) refuse('tags', value, `${pythonRepr(value)} is too long`);
  for (const [i, tag] of value.entries()) checkTag(String(i), tag);
}

/** A tag that is part of the path is refused in other words (measured). */
export function checkPathTag(tag: string): void {
  const why = tag === '' ? 'is too short' : Array.from(tag).length > 60 ? 'is too long' : undefined;
  const bad = why ?? (/[,/]/.test(tag) ? "does not match '^[^,/]*$'" : undefined);
  if (bad === undefined) return;
  const rule = "It must be a non empty string without characters '/' and ','.";
  throw novaError(400, `Tag '${tag}' is invalid. ${rule} Validation error message: '${tag}' ${bad}`);
}

/** One tag of a list; Nova names its place, not the tag. */
function checkTag(field: string, tag: unknown): void {
  checkText(field, tag, { min: 1, max: 60, pattern: /^[^,/]*$/ });
}

/** Keys of `server` by the microversion that brought them (and the one that took them). */
const SERVER_KEYS: Record<string, [from: number, until?: number]> = {
  name: [1],
  imageRef: [1],
  flavorRef: [1],
  adminPass: [1],
  metadata: [1],
  networks: [1],
  'OS-DCF:diskConfig': [1],
  accessIPv4: [1],
  accessIPv6: [1],
  personality: [1, 56],
  availability_zone: [1],
  block_device_mapping: [1],
  block_device_mapping_v2: [1],
  config_drive: [1],
  min_count: [1],
  max_count: [1],
  return_reservation_id: [1],
  key_name: [1],
  security_groups: [1],
  user_data: [1],
  description: [19],
  tags: [52],
  trusted_image_certificates: [63],
  host: [74],
  hypervisor_hostname: [74],
  hostname: [90],
};

const BDM_KEYS: Record<string, number> = {
  source_type: 1,
  uuid: 1,
  image_id: 1,
  destination_type: 1,
  guest_format: 1,
  device_type: 1,
  disk_bus: 1,
  boot_index: 1,
  volume_size: 1,
  delete_on_termination: 1,
  device_name: 1,
  no_device: 1,
  virtual_name: 1,
  snapshot_id: 1,
  volume_id: 1,
  connection_info: 1,
  tag: 42,
  volume_type: 67,
};

/** The `server` object of the body, its form checked for this microversion. */
export function checkedServer(body: unknown, version: number): JsonObject {
  if (!isObject(body) || !('server' in body)) throw novaError(400, "'server' is a required property");
  const server = body.server;
  if (!isObject(server)) return refuse('server', server, `${pythonRepr(server)} is not of type 'object'`);
  checkName(server.name);
  const { imageRef, flavorRef, networks } = server;
  if (imageRef !== undefined && imageRef !== '' && (typeof imageRef !== 'string' || !UUID.test(imageRef))) {
    refuse('imageRef', imageRef, `${pythonRepr(imageRef)} is not valid under any of the given schemas`);
  }
  if (typeof flavorRef !== 'number') checkText('flavorRef', flavorRef, { min: 1 });
  checkMetadata(server.metadata);
  checkNetworks(networks, version);
  checkText('availability_zone', server.availability_zone, { min: 1, max: 255 });
  checkBlockDevices(server.block_device_mapping_v2, version);
  checkText('key_name', server.key_name, { min: 1, max: 255, orNull: true });
  // base64 is not checked, only its length (measured)
  checkText('user_data', server.user_data, { max: 65535 });
  if (version >= 19) checkText('description', server.description, { max: 255, orNull: true });
  if (version >= 52) checkTags(server.tags);
  if (version >= 90) checkText('hostname', server.hostname, { min: 1, max: 255, pattern: /^[a-zA-Z0-9-._]*$/ });
  for (const key of ['name', 'flavorRef', ...(version >= 37 ? ['networks'] : [])]) {
    if (!(key in server)) refuse('server', server, `'${key}' is a required property`);
  }
  checkKnown('server', server, (key) => {
    const span = SERVER_KEYS[key];
    return span !== undefined && version >= span[0] && version <= (span[1] ?? Infinity);
  });
  return server;
}

function checkName(name: unknown): void {
  checkText('name', name, { min: 1, max: 255 });
  if (typeof name !== 'string' || name.trim() === name) return;
  const rule = 'The name must be: printable characters. Can not start or end with whitespace.';
  throw novaError(400, `An invalid 'name' value was provided. ${rule}`);
}

function checkNetworks(value: unknown, version: number): void {
  if (value === undefined) return;
  const word = version >= 37 && (value === 'auto' || value === 'none');
  const list = Array.isArray(value) && value.every((nic) => isObject(nic) && isId(nic.uuid) && isId(nic.port));
  if (!word && !list) refuse('networks', value, `${pythonRepr(value)} is not valid under any of the given schemas`);
}

function isId(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && UUID.test(value));
}

function checkBlockDevices(value: unknown, version: number): void {
  if (value === undefined) return;
  if (!Array.isArray(value))
    return refuse('block_device_mapping_v2', value, `${pythonRepr(value)} is not of type 'array'`);
  for (const [i, device] of value.entries()) {
    if (!isObject(device)) return refuse(String(i), device, `${pythonRepr(device)} is not of type 'object'`);
    checkKnown(String(i), device, (key) => version >= (BDM_KEYS[key] ?? Infinity));
  }
}
