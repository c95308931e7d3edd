/** Counts for metrics and the bench, taken from what the operator holds anyway. */
import type { EhosNode, EhosNodePool } from '../api/resources.ts';

export interface Figures {
  nodes: { namespace: string; pool: string; phase: string; count: number }[];
  jobs: { namespace: string; pool: string; state: string; count: number }[];
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
      phase: status?.phase ?? 'Pending',
      count: 0,
    };
    const key = JSON.stringify(entry);
    const known = counts.get(key) ?? entry;
    known.count += 1;
    counts.set(key, known);
  }
  return [...counts.values()];
}

export function jobFigures(pools: EhosNodePool[]): Figures['jobs'] {
  return pools.flatMap(({ metadata, status }) =>
    (['idle', 'running', 'held', 'unsatisfiable'] as const).map((state) => ({
      namespace: metadata.namespace ?? '',
      pool: metadata.name,
      state,
      count: status?.jobs?.[state] ?? 0,
    })),
  );
}
