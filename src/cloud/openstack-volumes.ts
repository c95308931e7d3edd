import { EhosError } from '../base/errors.ts';
import type { CloudSnapshot } from '../domain/snapshots.ts';
import type { BlockDevice, OpenStack } from '../openstack/sdk.ts';
import type { ResolvedTemplate } from './backend.ts';

export interface VolumeQuota {
  quota: Pick<CloudSnapshot['quota'], 'volumes' | 'gigabytes'>;
  /** Why it could not be read. */
  problem: string | undefined;
}

/** The listing of servers waits for this no longer, ms: it stands without it. */
const PATIENCE = 10_000;

/** The project's quota of volumes. Never rejects for what the volume service does: without it a listing of servers is still complete. */
export async function volumeQuota(os: OpenStack, signal: AbortSignal | undefined): Promise<VolumeQuota> {
  try {
    if (!(await os.session.offers('volume', signal))) return { quota: {}, problem: undefined };
    const limits = await os.volume.limits({ signal, timeoutMs: PATIENCE });
    return {
      quota: {
        volumes: { limit: limits.maxVolumes, used: limits.usedVolumes },
        gigabytes: { limit: limits.maxGigabytes, used: limits.usedGigabytes },
      },
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof EhosError)) throw error;
    return { quota: {}, problem: error.message };
  }
}

/** The disks of a server, where they are more than the flavor's own. Nova makes the volumes, and takes them away with the server. */
export function blockDevicesOf({ imageId, rootVolume, scratchVolume }: ResolvedTemplate): BlockDevice[] {
  const boot: BlockDevice = rootVolume ? { imageId, ...newVolume(rootVolume) } : { imageId, local: true };
  if (scratchVolume) return [boot, newVolume(scratchVolume)];
  return rootVolume ? [boot] : [];
}

function newVolume({ size, type }: { size: number; type?: string }): { size: number; deleteOnTermination: true } {
  return { size, ...(type === undefined ? {} : { volumeType: type }), deleteOnTermination: true };
}
