/** What a well-formed `POST /servers` refers to, looked up: image, flavor, networks, groups, quota. Throws in Nova's words. */
import { DEFAULT_VOLUME_TYPE } from '../cinder/volumes.ts';
import type { SandboxFlavor } from '../clouds.ts';
import { isObject, objectAt, pythonStr, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { novaError } from '../reply.ts';
import type { Image, Project, Server, VolumeRequest } from '../state.ts';
import type { NovaCall } from './call.ts';
import { nicsOf, securityGroupsOf } from './create-networks.ts';
import { quotaError } from './quota.ts';
import { checkedServer } from './schema.ts';

export interface ServerRequest {
  name: string;
  hostname: string | undefined;
  description: string | null;
  count: number;
  /** Several were asked for: names get a number even if only one is made. */
  numbered: boolean;
  zone: string;
  flavor: SandboxFlavor;
  imageId: string | undefined;
  bootVolume: VolumeRequest | undefined;
  blankVolumes: VolumeRequest[];
  keyName: string | null;
  securityGroups: { id: string; asked: string }[];
  nics: Server['nics'];
  metadata: Record<string, string>;
  tags: string[];
  configDrive: boolean;
  userData: Buffer | undefined;
  hints: Record<string, unknown[]>;
  groupId: string | undefined;
  adminPass: string | undefined;
  returnReservationId: boolean;
}

export function serverRequest(call: NovaCall, body: unknown): ServerRequest {
  const { project, token, version } = call;
  const wish = checkedServer(body, version);
  const name = stringAt(wish, 'name') ?? '';
  const bootVolume = bootVolumeOf(wish, project);
  const imageRef = stringAt(wish, 'imageRef') ?? '';
  if (imageRef === '' && !bootVolume) throw novaError(400, 'Missing imageRef attribute');
  const { min, max } = countsOf(wish);
  const zone = zoneOf(wish, call);
  const flavor = flavorOf(wish, project);
  checkSizes(checkedImage(project, bootVolume?.imageId ?? imageRef), flavor, bootVolume);
  if (flavor.disk === 0 && !bootVolume) {
    throw novaError(403, 'Only volume-backed servers are allowed for flavors with zero disk.');
  }
  const keyName = stringAt(wish, 'key_name') ?? null;
  if (keyName !== null && !token.user.keypairs.has(keyName)) throw novaError(400, 'Invalid key_name provided.');
  const securityGroups = securityGroupsOf(wish.security_groups, project);
  const nics = nicsOf(wish.networks, project, min);
  const metadata = objectAt(wish, 'metadata') as Record<string, string>;
  if (Object.keys(metadata).length > 128) throw novaError(403, 'Maximum number of metadata items exceeds 128');
  const hints = hintsOf(body);
  const userData = stringAt(wish, 'user_data');
  return {
    name,
    hostname: stringAt(wish, 'hostname'),
    // before 2.19 the name was the description (nova.api.openstack.compute.servers)
    description: stringAt(wish, 'description') ?? (version < 19 ? name : null),
    count: affordable(project, flavor, min, max),
    numbered: max > 1,
    zone,
    flavor,
    imageId: bootVolume ? undefined : imageRef,
    bootVolume,
    blankVolumes: blankVolumesOf(wish, imageRef !== ''),
    keyName,
    securityGroups,
    nics,
    metadata,
    tags: [...new Set(stringsAt(wish, 'tags') ?? [])].sort(),
    configDrive: isTrue(wish.config_drive),
    // what is no base64 decodes to something all the same: Nova accepts it (measured)
    userData: userData === undefined ? undefined : Buffer.from(userData, 'base64'),
    hints,
    groupId: groupOf(hints, project),
    adminPass: stringAt(wish, 'adminPass'),
    returnReservationId: isTrue(wish.return_reservation_id),
  };
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(true|1|on|yes)$/i.test(value));
}

function mappingsOf(wish: JsonObject): JsonObject[] {
  return Array.isArray(wish.block_device_mapping_v2) ? wish.block_device_mapping_v2.filter(isObject) : [];
}

/** The image-to-volume mapping with boot index 0, the only one the sandbox builds. */
function bootVolumeOf(wish: JsonObject, project: Project): VolumeRequest | undefined {
  const root = mappingsOf(wish).find((mapping) => Number(mapping.boot_index) === 0);
  if (root?.destination_type !== 'volume') return undefined;
  const type = volumeTypeOf(root);
  const imageId = stringAt(root, 'uuid') ?? '';
  const size = Number(root.volume_size ?? project.images.get(imageId)?.minDisk ?? 1);
  return { imageId, size, type, deleteOnTermination: isTrue(root.delete_on_termination) };
}

/** Empty volumes; beside an image the disk to boot from must be in the list, too (measured). */
function blankVolumesOf(wish: JsonObject, hasImage: boolean): VolumeRequest[] {
  const blank = mappingsOf(wish).filter((mapping) => mapping.source_type === 'blank');
  const boots = mappingsOf(wish).some((mapping) => Number(mapping.boot_index) === 0);
  if (blank.length > 0 && hasImage && !boots)
    throw novaError(
      400,
      'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.',
    );
  return blank.map((mapping) => ({
    imageId: undefined,
    size: Number(mapping.volume_size),
    type: volumeTypeOf(mapping),
    deleteOnTermination: isTrue(mapping.delete_on_termination),
  }));
}

function volumeTypeOf(mapping: JsonObject): string {
  const type = stringAt(mapping, 'volume_type') ?? DEFAULT_VOLUME_TYPE;
  if (type !== DEFAULT_VOLUME_TYPE) throw novaError(400, `Volume type ${type} could not be found.`);
  return type;
}

function countsOf(wish: JsonObject): { min: number; max: number } {
  const min = Number(wish.min_count ?? 1);
  const max = Number(wish.max_count ?? min);
  if (min > max) throw novaError(400, 'min_count must be <= max_count');
  return { min, max };
}

function zoneOf(wish: JsonObject, { project: { cloud }, life }: NovaCall): string {
  const zone = stringAt(wish, 'availability_zone') ?? cloud.zones[0] ?? 'nova';
  const open = cloud.zones.includes(zone) && !life.driver.closedZones.includes(zone);
  if (!open) throw novaError(400, 'The requested availability zone is not available');
  return zone;
}

/** By id, or by the last part of a URL. */
function flavorOf(wish: JsonObject, { cloud }: Project): SandboxFlavor {
  const asked = String(wish.flavorRef).replace(/^.*\//, '');
  const flavor = cloud.flavors.find(({ id }) => id === asked);
  if (!flavor) throw novaError(400, `Flavor ${asked} could not be found.`);
  return flavor;
}

function checkedImage(project: Project, id: string): Image {
  const image = project.images.get(id);
  if (!image) throw novaError(400, 'Can not find requested image');
  if (image.status !== 'active') throw novaError(400, `Image ${id} is not active.`);
  return image;
}

const GIB = 1024 ** 3;

/** What the image needs, of the root disk it would get: the volume's or the flavor's; a flavor without a disk is refused elsewhere. */
function checkSizes(image: Image, flavor: SandboxFlavor, bootVolume: VolumeRequest | undefined): void {
  if (flavor.ram < image.minRam) throw novaError(400, "Flavor's memory is too small for requested image.");
  const minimum = image.minDisk * GIB;
  const disk = (bootVolume?.size ?? flavor.disk) * GIB;
  const metadata = 'than the minimum size specified in image metadata.';
  if (bootVolume) {
    if (minimum <= disk) return;
    const sizes = `Volume size is ${disk} bytes, minimum size is ${minimum} bytes.`;
    throw novaError(400, `Volume is smaller ${metadata} ${sizes}`);
  }
  if (disk === 0) return;
  if ((image.size ?? 0) > disk) {
    const sizes = `Flavor disk is ${disk} bytes, image is ${image.size ?? 0} bytes.`;
    throw novaError(400, `Flavor's disk is too small for requested image. ${sizes}`);
  }
  if (minimum > disk) {
    const sizes = `Flavor disk is ${disk} bytes, minimum size is ${minimum} bytes.`;
    throw novaError(400, `Flavor's disk is smaller ${metadata} ${sizes}`);
  }
}

/** Scheduler hints stand beside `server`; each value is kept as a list (2.100 shows them so). */
function hintsOf(body: unknown): Record<string, unknown[]> {
  const modern = objectAt(body, 'os:scheduler_hints');
  const hints = Object.keys(modern).length > 0 ? modern : objectAt(body, 'OS-SCH-HNT:scheduler_hints');
  return Object.fromEntries(Object.entries(hints).map(([key, value]) => [key, [value].flat()]));
}

function groupOf(hints: Record<string, unknown[]>, project: Project): string | undefined {
  const asked = hints.group?.[0];
  if (asked === undefined) return undefined;
  const group = typeof asked === 'string' ? project.serverGroups.get(asked) : undefined;
  if (!group) throw novaError(400, `Instance group ${pythonStr(asked)} could not be found.`);
  const members = [...project.servers.values()].filter(({ groupId }) => groupId === group.id).length;
  const limit = project.quota.serverGroupMembers;
  if (limit >= 0 && members + 1 > limit) throw novaError(403, 'Quota exceeded, too many servers in group');
  return group.id;
}

/** As many as the quota allows, at least `min`. */
function affordable(project: Project, flavor: SandboxFlavor, min: number, max: number): number {
  for (let count = max; count > min; count--) if (quotaError(project, flavor, count) === undefined) return count;
  const refused = quotaError(project, flavor, min);
  if (refused !== undefined) throw novaError(403, refused);
  return min;
}
