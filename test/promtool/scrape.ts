/** An operator that has made nodes in the sandbox, and serves its metrics. */
import { silentLog } from '../../src/base/log.ts';
import { startHttpServer } from '../../src/server/http.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { publicRoutes } from '../../src/server/public-routes.ts';
import { Harness, pool } from '../integration/harness.ts';

/** `use` is given where it listens, host and port. */
export async function withOperator<T>(use: (address: string) => Promise<T>): Promise<T> {
  const harness = await Harness.start();
  const { operator } = harness.operator;
  const metrics = createMetrics(() => operator.figures());
  const readiness = (): { ready: boolean; role: 'alone'; missing: string[] } => ({
    ready: true,
    role: 'alone',
    missing: [],
  });
  const where = { host: '127.0.0.1', port: 0, name: 'metrics', log: silentLog };
  const server = await startHttpServer({ ...where, routes: publicRoutes(readiness, metrics) });
  try {
    await harness.applyPeers();
    await harness.apply(pool({ minNodes: 2 }));
    // every kind of sample is there only once a node has joined
    const joined = (): number => operator.figures().steps.reduce((sum, { join }) => sum + join.count, 0);
    await harness.until('nodes have joined', 300, () => joined() >= 2);
    return await use(`127.0.0.1:${server.port}`);
  } finally {
    await server.close();
    await harness.close();
  }
}
