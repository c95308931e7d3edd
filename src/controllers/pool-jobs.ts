/** The pools of a master, as far as it matters which jobs they serve. */
import type { EhosMaster, EhosNodePool } from '../api/resources.ts';

export function servedPools(master: EhosMaster, pools: EhosNodePool[]): { name: string; default: boolean }[] {
  return pools
    .filter((pool) => pool.metadata.namespace === master.metadata.namespace)
    .filter((pool) => pool.spec.masterRef.name === master.metadata.name)
    .filter((pool) => pool.metadata.deletionTimestamp === undefined)
    .map((pool) => ({ name: pool.metadata.name, default: pool.spec.jobs?.default ?? false }));
}
