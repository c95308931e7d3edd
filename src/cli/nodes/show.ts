import { LABEL_POOL, NODES, POOLS, type EhosNode, type EhosNodePool } from '../../api/resources.ts';
import { systemClock } from '../../base/clock.ts';
import { inCluster, listAll, notFound, scopeOf } from '../connect.ts';
import type { NodesOptions } from '../nodes.ts';
import { rendered } from '../output.ts';
import { nodeLine, nodesText } from './report.ts';

export async function showNodes(pool: string | undefined, options: NodesOptions): Promise<void> {
  await inCluster(options, async (cluster) => {
    const scope = scopeOf(cluster, options);
    const selectors = pool === undefined ? {} : { labelSelector: `${LABEL_POOL}=${pool}` };
    const nodes = await listAll<EhosNode>(cluster.client, NODES, scope, selectors);
    if (pool !== undefined && nodes.length === 0) {
      const names = (await listAll<EhosNodePool>(cluster.client, POOLS, scope)).map(({ metadata }) => metadata.name);
      if (!names.includes(pool)) throw notFound('EhosNodePool', pool, scope ?? '(all)', names);
    }
    const lines = nodes.map(nodeLine);
    process.stdout.write(rendered(options.output, lines, (shown) => nodesText(shown, systemClock.now())));
  });
}
