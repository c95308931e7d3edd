/** One cloud of a pool as it is planned for: why it takes no new nodes, and which places rest. */
import type { EhosNode, EhosNodePool } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import type { PoolCloudSight } from '../domain/fleet-sight.ts';
import { placeOf, type Rest } from '../domain/plan-types.ts';
import { mergeTemplate } from '../domain/templates.ts';
import { canaryFor } from './boot-watch.ts';
import { templateHash } from './node-launch.ts';
import type { PoolLookups, Resolved } from './pool-lookups.ts';

/** What stands against new nodes of a pool in one of its clouds. */
export function poolCloudSight(
  lookups: PoolLookups,
  {
    pool,
    entry,
    resolved,
    nodes,
  }: {
    pool: EhosNodePool;
    entry: EhosNodePool['spec']['clouds'][number];
    resolved: Resolved;
    nodes: readonly EhosNode[];
  },
  now: number,
): PoolCloudSight {
  const { cloud, session } = lookups.cloudOf(pool, entry.name);
  const lookup = resolved.lookups.get(entry.name);
  const template = lookup?.template;
  const problem =
    lookups.problemOf(entry.name, cloud, session) ??
    resolved.worker?.message ??
    (template ? undefined : (lookup?.invalid ?? lookup?.unknown ?? 'its template was not looked up yet'));
  const merged = cloud && mergeTemplate(pool, entry, cloud);
  const image = template && { id: template.imageId, minRam: template.minRam, minDisk: template.minDisk };
  const failed = session?.cooldowns.rests(now) ?? new Map<string, { reason: string; until: number }>();
  const starting = nodes.filter((node) => isStarting(node, entry.name)).length;
  const canary = session && canaryFor(session, pool, { cloud: entry.name, template, starting, now });
  return {
    name: entry.name,
    problem,
    image,
    ...(canary && { canary }),
    rests: merged && failed.size > 0 ? restsFor(pool, merged, template, failed) : new Map<string, Rest>(),
  };
}

/** Places that rest for all, and those where the cloud refused nodes made as this pool makes them. */
function restsFor(
  pool: EhosNodePool,
  { flavors, availabilityZones }: { flavors: string[]; availabilityZones: string[] },
  template: ResolvedTemplate | undefined,
  failed: ReadonlyMap<string, { reason: string; until: number }>,
): Map<string, Rest> {
  const rests = new Map<string, Rest>();
  const zones = availabilityZones.length === 0 ? [undefined] : availabilityZones;
  for (const flavor of flavors)
    for (const zone of zones) {
      const place = placeOf(zone, flavor);
      const found = failed.get(place) ?? (template && failed.get(templateHash(pool, template, flavor)));
      if (found) rests.set(place, { zone, flavor, ...found });
    }
  return rests;
}

function isStarting({ spec, status = {} }: EhosNode, cloud: string): boolean {
  return spec.cloudRef.name === cloud && status.joined === undefined && status.drainRequested === undefined;
}
