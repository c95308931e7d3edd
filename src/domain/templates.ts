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
    serverGroupPolicy: template.serverGroupPolicy,
    metadata: template.metadata ?? {},
  };
}
