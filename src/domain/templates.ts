/** A pool's template in one of its clouds: the cloud's entry over the template over the cloud's defaults. */
import type { EhosCloud, EhosNodePool } from '../api/resources.ts';

type PoolCloud = EhosNodePool['spec']['clouds'][number];
type Template = NonNullable<EhosNodePool['spec']['template']>;

export interface MergedTemplate {
  flavors: string[];
  image: { id?: string; name?: string; tag?: string } | undefined;
  networks: { id?: string; name?: string }[];
  securityGroups: string[];
  keyName: string | undefined;
  availabilityZones: string[];
  rootVolume: { size: number; type?: string } | undefined;
  /** An empty volume beside the root disk, GiB. */
  scratchVolume?: { size: number; type?: string } | undefined;
  /** undefined: none. */
  floatingIP?: 'Assign' | 'Purge' | undefined;
  /** Where floating IPs come from; undefined: what the first network leads to. */
  floatingNetwork?: { id?: string; name?: string } | undefined;
  /** `affinity`, `anti-affinity`, `soft-affinity`, `soft-anti-affinity`; undefined: no server group. */
  serverGroupPolicy: string | undefined;
  metadata: Record<string, string>;
}

export function mergeTemplate(pool: EhosNodePool, entry: PoolCloud, cloud: EhosCloud): MergedTemplate {
  const template: Template = pool.spec.template ?? {};
  const defaults = cloud.spec.defaults ?? {};
  return {
    flavors: entry.flavors ?? template.flavors ?? [],
    image: entry.image ?? template.image ?? defaults.image,
    networks: entry.networks ?? template.networks ?? defaults.networks ?? [],
    securityGroups: entry.securityGroups ?? template.securityGroups ?? defaults.securityGroups ?? [],
    keyName: entry.keyName ?? template.keyName ?? defaults.keyName,
    availabilityZones: entry.availabilityZones ?? template.availabilityZones ?? defaults.availabilityZones ?? [],
    rootVolume: template.rootVolume,
    scratchVolume: entry.scratchVolume ?? template.scratchVolume,
    floatingIP: wanted(entry.floatingIP ?? template.floatingIP),
    floatingNetwork: entry.floatingNetwork ?? template.floatingNetwork,
    serverGroupPolicy: template.serverGroupPolicy,
    metadata: template.metadata ?? {},
  };
}

function wanted(mode: Template['floatingIP']): MergedTemplate['floatingIP'] {
  return mode === 'None' ? undefined : mode;
}
