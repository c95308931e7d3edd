/** The pools of a master, as far as it matters which jobs they serve. */
import type { EhosNodePool } from '../api/resources.ts';
import type { PoolName } from './demand.ts';

/** A master is served by the pools of its own namespace. Those that are being deleted serve no jobs any more. */
export function servedPools(
  pools: readonly EhosNodePool[],
  master: { namespace: string | undefined; name: string },
): PoolName[] {
  return pools
    .filter(({ metadata }) => metadata.namespace === master.namespace && metadata.deletionTimestamp === undefined)
    .filter(({ spec }) => spec.masterRef.name === master.name)
    .map(poolNameOf);
}

export function poolNameOf({ metadata, spec }: EhosNodePool): PoolName {
  return { name: metadata.name, default: spec.jobs?.default ?? false };
}
