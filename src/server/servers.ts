/** The two servers of the operator: one for everybody, one for admins. */
import type { Clock } from '../base/clock.ts';
import type { AdjustableLog } from '../base/log.ts';
import type { Figures } from '../controllers/figures.ts';
import type { Readiness } from '../controllers/readiness.ts';
import { adminRoutes } from './admin-routes.ts';
import { History, type PoolPoint } from './history.ts';
import { startHttpServer, type RunningServer } from './http.ts';
import { createMetrics } from './metrics.ts';
import { publicRoutes } from './public-routes.ts';
import type { SnapshotSource } from './snapshot-route.ts';

interface Address {
  host: string;
  port: number;
}

export interface Addresses {
  metrics: Address;
  admin: Address;
}

/** The operator, as the servers see it. */
export interface Shown extends SnapshotSource {
  figures(): Figures;
}

export interface Served {
  operator: Shown;
  readiness: () => Readiness;
  log: AdjustableLog;
  clock: Clock;
}

export interface RunningServers {
  /** Of health and metrics. */
  port: number;
  adminPort: number;
  close(): Promise<void>;
}

export async function startServers(
  { metrics, admin }: Addresses,
  { operator, readiness, log, clock }: Served,
): Promise<RunningServers> {
  const history = new History(clock, () => (readiness().ready ? pointsOf(operator.figures()) : undefined));
  const forAll = await startHttpServer({
    ...metrics,
    name: 'metrics',
    routes: publicRoutes(
      readiness,
      createMetrics(() => operator.figures()),
    ),
    log,
  });
  let forAdmins: RunningServer;
  try {
    forAdmins = await startHttpServer({
      ...admin,
      name: 'admin',
      routes: adminRoutes({ readiness, snapshots: operator, history, log }),
      log,
    });
  } catch (error) {
    await forAll.close();
    throw error;
  }
  history.start();
  return {
    port: forAll.port,
    adminPort: forAdmins.port,
    close: async () => {
      history.stop();
      await Promise.all([forAll.close(), forAdmins.close()]);
    },
  };
}

function pointsOf({ jobs, pools, nodes }: Figures): Map<string, PoolPoint> {
  const points = new Map<string, PoolPoint>();
  for (const { namespace, pool, desired = 0 } of pools)
    points.set(`${namespace}/${pool}`, { idle: 0, running: 0, nodes: 0, desired });
  for (const { namespace, pool, state, count } of jobs) {
    const point = points.get(`${namespace}/${pool}`);
    if (point && (state === 'idle' || state === 'running')) point[state] = count;
  }
  for (const { namespace, pool, count } of nodes) {
    const point = points.get(`${namespace}/${pool}`);
    if (point) point.nodes += count;
  }
  return points;
}
