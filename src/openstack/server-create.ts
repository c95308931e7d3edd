/** The body of POST /servers. Source: Compute API, "Create server"; limits as observed. */
import { EhosError } from '../base/errors.ts';
import { HOSTNAME_MINOR, VOLUME_TYPE_MINOR } from './compute-version.ts';
import type { BlockDevice, ServerCreate } from './compute-types.ts';
import type { JsonObject } from './json.ts';

/** Nova takes 65,535 characters of base64; the longest base64 text within that holds so many bytes. */
export const MAX_USER_DATA_BYTES = 49_149;

/**
 * `minor` is the microversion that is spoken. Throws EhosError `Invalid` (field `user_data`, `volume_type`) for what would be
 * refused anyway, before anything is asked: Nova's own refusal repeats all of the user data.
 */
export function serverCreateBody(wish: ServerCreate, minor: number): JsonObject {
  const server: Record<string, unknown> = {
    name: wish.name,
    flavorRef: wish.flavorId,
    networks: Array.isArray(wish.networks)
      ? wish.networks.map((item) => ('portId' in item ? { port: item.portId } : { uuid: item.networkId }))
      : wish.networks,
    imageRef: wish.imageId,
    key_name: wish.keyName,
    availability_zone: wish.availabilityZone,
    description: wish.description,
    metadata: wish.metadata,
    tags: wish.tags,
    hostname: minor >= HOSTNAME_MINOR ? wish.hostname : undefined,
    config_drive: wish.configDrive,
    user_data: wish.userData && userDataText(wish.userData),
    block_device_mapping_v2: wish.blockDevices?.map((device, i) => blockDevice(device, i, minor)),
  };
  if (wish.securityGroups && wish.securityGroups.length > 0) {
    server.security_groups = wish.securityGroups.map((name) => ({ name }));
  }
  return {
    server,
    ...(wish.serverGroupId === undefined ? {} : { 'os:scheduler_hints': { group: wish.serverGroupId } }),
  };
}

function userDataText(data: Buffer): string {
  if (data.byteLength > MAX_USER_DATA_BYTES) {
    throw new EhosError(
      'Invalid',
      `user_data is too long: it has ${data.byteLength} bytes, Nova takes ${MAX_USER_DATA_BYTES} at most`,
      { field: 'user_data' },
    );
  }
  return data.toString('base64');
}

function blockDevice(device: BlockDevice, index: number, minor: number): JsonObject {
  if ('local' in device)
    return {
      uuid: device.imageId,
      source_type: 'image',
      destination_type: 'local',
      boot_index: index,
      delete_on_termination: true,
    };
  if (device.volumeType !== undefined && minor < VOLUME_TYPE_MINOR) {
    throw new EhosError(
      'Invalid',
      `volume_type: "${device.volumeType}" cannot be asked for: this cloud's Nova speaks 2.${minor}, 2.${VOLUME_TYPE_MINOR} is needed; leave it out`,
      { field: 'volume_type' },
    );
  }
  return {
    uuid: device.imageId,
    source_type: device.imageId === undefined ? 'blank' : 'image',
    destination_type: 'volume',
    // -1: nobody tries to boot from it
    boot_index: index === 0 ? 0 : -1,
    volume_size: device.size,
    volume_type: device.volumeType,
    delete_on_termination: device.deleteOnTermination,
  };
}
