/** Counts of pools, clouds and masters, from their status and their sessions. */
import { splitKey, type Condition, type EhosCloud, type EhosMaster, type EhosNodePool } from '../api/resources.ts';
import { isOpen } from '../domain/breakers.ts';
import { fromTime } from '../domain/times.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Figures } from './figures.ts';
import type { MasterSession } from './master-session.ts';
import type { OrphanReport } from './orphan-status.ts';

export function jobFigures(pools: readonly EhosNodePool[]): Figures['jobs'] {
  return pools.flatMap(({ metadata: { namespace = '', name: pool }, status }) => {
    const { idle = 0, running = 0, held = 0, unsatisfiable = [], phantom = [] } = status?.jobs ?? {};
    const counts = { idle, running, held, unsatisfiable: total(unsatisfiable), phantom: total(phantom) };
    return Object.entries(counts).map(([state, count]) => ({ namespace, pool, state, count }));
  });
}

function total(groups: readonly { count: number }[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

export function poolFigures(pools: readonly EhosNodePool[]): Figures['pools'] {
  return pools.map(({ metadata: { namespace = '', name: pool }, spec, status }) => ({
    namespace,
    pool,
    desired: status?.desiredNodes,
    most: spec.maxNodes,
    mode: spec.mode ?? 'Active',
    reason: status?.lastDecision?.reason,
  }));
}

export function bootFigures(pools: readonly EhosNodePool[]): Figures['boots'] {
  return pools.flatMap(({ metadata: { namespace = '', name: pool }, spec, status }) =>
    spec.clouds.map(({ name: cloud }) => {
      const boot = status?.boots?.find((one) => one.cloud === cloud);
      const open = boot !== undefined && isOpen({ ...boot, until: fromTime(boot.until) ?? 0 });
      return { namespace, pool, cloud, failures: boot?.failures ?? 0, open };
    }),
  );
}

export function decisionFigures(
  decisions: readonly { pool: string; reason: string; count: number }[],
): Figures['decisions'] {
  return decisions.map(({ pool, reason, count }) => {
    const { namespace, name } = splitKey(pool);
    return { namespace, pool: name, reason, count };
  });
}

export function cloudFigure(
  { metadata: { namespace = '', name: cloud }, status }: EhosCloud,
  session: CloudSession | undefined,
  now: number,
): Figures['clouds'][number] {
  const resting = [...(session?.cooldowns.rests(now).values() ?? [])].filter(({ until }) => until > now).length;
  return {
    namespace,
    cloud,
    syncedAt: session?.snapshot?.observedAt,
    credentialExpiresAt: fromTime(status?.credentialExpiresAt),
    resting,
    foreign: status?.foreignInstances,
  };
}

export function quotaFigures({ metadata: { namespace = '', name: cloud }, status }: EhosCloud): Figures['quotas'] {
  return Object.entries(status?.quota ?? {}).flatMap(([resource, quota]) => {
    const { limit, used } = quota as { limit?: number; used?: number };
    return limit === undefined || used === undefined ? [] : [{ namespace, cloud, resource, limit, used }];
  });
}

export function orphanFigures(
  { metadata: { namespace = '', name: cloud } }: EhosCloud,
  report: OrphanReport | undefined,
): Pick<Figures, 'orphans' | 'orphanActs'> {
  if (!report) return { orphans: [], orphanActs: [] };
  const { waiting, braked, untold, adopted, released, addresses } = report;
  const states = { waiting: waiting.length, braked: braked?.servers.length ?? 0, untold: untold.length };
  const acts = { adopted, released, 'address-released': addresses };
  return {
    orphans: Object.entries(states).map(([state, count]) => ({ namespace, cloud, state, count })),
    orphanActs: Object.entries(acts).map(([act, count]) => ({ namespace, cloud, act, count })),
  };
}

export function masterFigure(
  { metadata: { namespace = '', name: master }, status }: EhosMaster,
  session: MasterSession | undefined,
): Figures['masters'][number] {
  return { namespace, master, syncedAt: session?.snapshot?.observedAt, unmatched: status?.unmatchedJobs };
}

interface Told {
  metadata: { namespace?: string; name: string };
  status?: { conditions?: readonly Condition[] };
}

export function conditionFigures(kind: string, objects: readonly Told[]): Figures['conditions'] {
  return objects.flatMap(({ metadata: { namespace = '', name }, status }) =>
    (status?.conditions ?? []).map((condition) => ({
      kind,
      namespace,
      name,
      type: condition.type,
      status: condition.status,
    })),
  );
}
