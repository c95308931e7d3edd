/** A volume as Cinder shows it. */
import type { Project, Volume } from '../state.ts';
import { isoMicros } from '../times.ts';

export function volumeView(volume: Volume, project: Project, base: string): Record<string, unknown> {
  return {
    ...commonView(volume, project, base),
    'os-vol-tenant-attr:tenant_id': project.id,
    ...(volume.image ? { volume_image_metadata: imageMetadata(volume.image) } : {}),
  };
}

/** What POST answers: a volume is `creating` there, and its owner is not named (measured). */
export function newVolumeView(volume: Volume, project: Project, base: string): Record<string, unknown> {
  return { ...commonView(volume, project, base), status: 'creating' };
}

function commonView(volume: Volume, project: Project, base: string): Record<string, unknown> {
  const { id, image, attachment } = volume;
  return {
    id,
    status: volume.status,
    size: volume.size,
    availability_zone: volume.zone,
    created_at: isoMicros(volume.created),
    updated_at: volume.updated === undefined ? null : isoMicros(volume.updated),
    name: volume.name,
    description: volume.description,
    volume_type: volume.type,
    snapshot_id: null,
    source_volid: null,
    metadata: volume.metadata,
    links: [
      { rel: 'self', href: `${base}/v3/${project.id}/volumes/${id}` },
      { rel: 'bookmark', href: `${base}/${project.id}/volumes/${id}` },
    ],
    user_id: volume.userId,
    bootable: image ? 'true' : 'false',
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: false,
    attachments: attachment ? [attachmentView(id, attachment)] : [],
  };
}

function attachmentView(volumeId: string, { id, serverId, at, device }: NonNullable<Volume['attachment']>): unknown {
  return {
    id: volumeId,
    attachment_id: id,
    volume_id: volumeId,
    server_id: serverId,
    host_name: null,
    device,
    attached_at: isoMicros(at),
  };
}

function imageMetadata(image: NonNullable<Volume['image']>): Record<string, string> {
  return {
    ...image.properties,
    image_id: image.id,
    image_name: image.name,
    checksum: image.checksum ?? '',
    container_format: image.containerFormat,
    disk_format: image.diskFormat,
    min_disk: String(image.minDisk),
    min_ram: String(image.minRam),
    size: String(image.size ?? 0),
  };
}
