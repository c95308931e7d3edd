import { EhosError } from '../base/errors.ts';
import type { CloudSnapshot } from '../domain/snapshots.ts';
import type { OpenStack } from '../openstack/sdk.ts';

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
