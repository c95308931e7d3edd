/** Counts for metrics and the bench, taken from what the operator holds anyway. */
import { splitKey, type EhosNode, type EhosNodePool } from '../api/resources.ts';
import { BLACK_HOLE, isBlackHole } from '../domain/node-states.ts';
import type { OrphanReport } from './orphan-status.ts';

export interface Figures {
  /** It decides and acts; a standby waits. */
  leader: boolean;
  nodes: { namespace: string; pool: string; phase: string; count: number }[];
  jobs: { namespace: string; pool: string; state: string; count: number }[];
  /** Plans, by how they decided; counted since the start. */
  decisions: { namespace: string; pool: string; reason: string; count: number }[];
  /** Servers without a record, by cloud: those there are, and what was done since the start. */
  orphans: { cloud: string; state: string; count: number }[];
  /** Queue -> objects that wait. */
  queues: Map<string, number>;
  /** `peer`: kubernetes, a cloud's key, or a master's key. */
  calls: { peer: string; call: string; count: number }[];
}

export function nodeFigures(nodes: EhosNode[]): Figures['nodes'] {
  const counts = new Map<string, Figures['nodes'][number]>();
  for (const { metadata, spec, status } of nodes) {
    const entry = {
      namespace: metadata.namespace ?? '',
      pool: spec.poolRef.name,
      phase: status?.phase === 'Ready' && isBlackHole(status) ? BLACK_HOLE : (status?.phase ?? 'Pending'),
      count: 0,
    };
    const key = JSON.stringify(entry);
    const known = counts.get(key) ?? entry;
    known.count += 1;
    counts.set(key, known);
  }
  return [...counts.values()];
}

export function orphanFigures(cloud: string, report: OrphanReport | undefined): Figures['orphans'] {
  if (!report) return [];
  const { waiting, braked, untold, adopted, released, addresses } = report;
  const counts = { waiting: waiting.length, braked: braked?.servers.length ?? 0, untold: untold.length };
  return Object.entries({ ...counts, adopted, released, addresses }).map(([state, n]) => ({ cloud, state, count: n }));
}

export function jobFigures(pools: EhosNodePool[]): Figures['jobs'] {
  return pools.flatMap(({ metadata, status }) => {
    const { idle = 0, running = 0, held = 0, unsatisfiable = [], phantom = [] } = status?.jobs ?? {};
    const counts = { idle, running, held, unsatisfiable: total(unsatisfiable), phantom: total(phantom) };
    return Object.entries(counts).map(([state, count]) => ({
      namespace: metadata.namespace ?? '',
      pool: metadata.name,
      state,
      count,
    }));
  });
}

function total(groups: readonly { count: number }[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

export function decisionFigures(
  decisions: readonly { pool: string; reason: string; count: number }[],
): Figures['decisions'] {
  return decisions.map(({ pool, reason, count }) => {
    const { namespace, name } = splitKey(pool);
    return { namespace, pool: name, reason, count };
  });
}
