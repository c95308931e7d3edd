/** Counts of nodes. One pass over thousands of them at each scrape. */
import type { EhosNode } from '../api/resources.ts';
import { BLACK_HOLE, isBlackHole } from '../domain/node-states.ts';
import { fromTime } from '../domain/times.ts';
import type { Figures } from './figures.ts';

type NodeFigure = Figures['nodes'][number];

export function nodeFigures(nodes: readonly EhosNode[]): NodeFigure[] {
  const figures = new Map<string, NodeFigure>();
  for (const { metadata, spec, status } of nodes) {
    const { namespace = '' } = metadata;
    const [pool, cloud] = [spec.poolRef.name, spec.cloudRef.name];
    const phase = status?.phase === 'Ready' && isBlackHole(status) ? BLACK_HOLE : (status?.phase ?? 'Pending');
    const key = `${namespace}/${pool}/${cloud}/${phase}`;
    let figure = figures.get(key);
    if (!figure) {
      figure = { namespace, pool, cloud, phase, count: 0, cores: 0, memory: 0 };
      figures.set(key, figure);
    }
    figure.count += 1;
    figure.cores += status?.cores ?? 0;
    figure.memory += status?.memory ?? 0;
  }
  return [...figures.values()];
}

type Leaving = Figures['leaving'][number];

export function leavingFigures(nodes: readonly EhosNode[]): Leaving[] {
  const figures = new Map<string, Leaving>();
  for (const { metadata, spec, status } of nodes) {
    if (status?.drainRequested === undefined && status?.deleted === undefined) continue;
    const { namespace = '' } = metadata;
    const pool = spec.poolRef.name;
    const key = `${namespace}/${pool}`;
    const figure = figures.get(key) ?? { namespace, pool, drainingSince: undefined, deletingSince: undefined };
    figures.set(key, figure);
    const deleted = fromTime(status.deleted);
    const drained = status.drained !== undefined || deleted !== undefined;
    figure.deletingSince = earlier(figure.deletingSince, deleted);
    if (!drained) figure.drainingSince = earlier(figure.drainingSince, fromTime(status.drainRequested));
  }
  return [...figures.values()];
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
