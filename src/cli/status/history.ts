/** The last hour, as the operator remembers it: `GET /history`. */
import { EhosError, messageOf } from '../../base/errors.ts';
import { parseJson } from '../../base/json.ts';
import type { Cluster } from '../connect.ts';
import { askForAdmin, operatorPods } from '../operator-pods.ts';

/** One look at all pools, by `namespace/name`. */
export interface HistoryPoint {
  time: string;
  pools: Record<string, PoolPoint>;
}

export interface PoolPoint {
  /** Jobs. */
  idle: number;
  running: number;
  nodes: number;
  desired: number;
}

const PATIENCE_MS = 5_000;
/** A picture is no reason to let somebody wait for many replicas. */
const MOST_PODS = 3;

/** The points, or why there are none: the picture is then left out. */
export async function readHistory(
  cluster: Cluster,
  { url, selector }: { url?: string | undefined; selector: string },
): Promise<HistoryPoint[] | { problem: string }> {
  try {
    if (url !== undefined) return pointsIn(await fetched(`${url.replace(/\/+$/, '')}/history`));
    return await fromPods(cluster, selector);
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

/** Of several replicas only the one that leads remembers anything. */
async function fromPods(cluster: Cluster, selector: string): Promise<HistoryPoint[]> {
  const pods = await operatorPods(cluster, selector);
  if (pods.length === 0)
    throw new EhosError('NotFound', `no pod has the labels ${selector}: give --url, or --selector`);
  let problem: unknown;
  let best: HistoryPoint[] | undefined;
  for (const pod of pods.slice(0, MOST_PODS)) {
    try {
      const points = pointsIn(await askForAdmin(cluster, pod, { what: 'history', path: '/history' }));
      if (best === undefined || points.length > best.length) best = points;
    } catch (error) {
      problem ??= error;
    }
  }
  if (best === undefined) throw problem;
  return best;
}

async function fetched(target: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(target, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    const why = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    throw new EhosError('Transient', `--url: no operator answers at ${target}: ${why}`, { field: 'url', cause: error });
  }
  const text = await response.text();
  if (!response.ok)
    throw new EhosError('Transient', `${target} answers ${response.status}`, { status: response.status });
  return text;
}

/** Another version of the operator may say more than is read here; what has another form is left out. */
export function pointsIn(text: string): HistoryPoint[] {
  const parsed = parseJson(text) as { points?: unknown } | null;
  if (!Array.isArray(parsed?.points))
    throw new EhosError('Transient', 'what answers there keeps no history: is it an older operator?');
  return (parsed.points as unknown[]).filter(isPoint);
}

function isPoint(value: unknown): value is HistoryPoint {
  const { time, pools } = (value ?? {}) as { time?: unknown; pools?: unknown };
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time)) || typeof pools !== 'object' || pools === null)
    return false;
  return Object.values(pools).every((point: unknown) => {
    const { idle, running, nodes, desired } = (point ?? {}) as Record<string, unknown>;
    return [idle, running, nodes, desired].every((n) => typeof n === 'number' && Number.isFinite(n) && n >= 0);
  });
}
