/** Volumes of a project: made by users, or by Nova for servers that boot from one. */
import type { Image, Project, Server, Volume, VolumeRequest } from '../state.ts';
import type { World } from '../world.ts';

export const DEFAULT_VOLUME_TYPE = '__DEFAULT__';

/** Cinder's words when the next volume would exceed the quota; undefined when it fits. */
export function volumeQuotaError(project: Project, size: number): string | undefined {
  const { volumes, gigabytes } = project.quota;
  if (volumes >= 0 && project.volumes.size + 1 > volumes) {
    return `VolumeLimitExceeded: Maximum number of volumes allowed (${volumes}) exceeded for quota 'volumes'.`;
  }
  const used = usedGigabytes(project);
  if (gigabytes >= 0 && used + size > gigabytes) {
    return `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${size}G, quota is ${gigabytes}G and ${used}G has been consumed.`;
  }
  return undefined;
}

export function usedGigabytes(project: Project): number {
  return [...project.volumes.values()].reduce((sum, volume) => sum + volume.size, 0);
}

export interface VolumeWish {
  name: string;
  description: string | null;
  /** GiB. */
  size: number;
  type: string;
  zone: string;
  metadata: Record<string, string>;
  image: Image | undefined;
  userId: string;
}

export function addVolume(world: World, project: Project, wish: VolumeWish): Volume {
  const created = world.clock.now();
  const volume: Volume = {
    id: world.ids.uuid(),
    ...wish,
    status: 'available',
    attachment: undefined,
    created,
    updated: undefined,
  };
  project.volumes.set(volume.id, volume);
  return volume;
}

/** A volume that Nova makes for a server, attached to it: only an empty one gets a name (measured). */
export function addServerVolume(
  world: World,
  project: Project,
  server: Server,
  wish: VolumeRequest,
  device: string,
): Volume {
  const volume = addVolume(world, project, {
    name: wish.imageId === undefined ? `${server.id}-blank-vol` : '',
    description: '',
    size: wish.size,
    type: wish.type,
    zone: server.zone,
    metadata: {},
    image: project.images.get(wish.imageId ?? ''),
    userId: server.userId,
  });
  volume.status = 'in-use';
  volume.updated = world.clock.now();
  volume.attachment = { id: world.ids.uuid(), serverId: server.id, at: volume.updated, device };
  return volume;
}
