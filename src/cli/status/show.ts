/** Reads the cluster and shows it, once or again and again. */
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  type EhosCloud,
  type EhosMaster,
  type EhosNode,
  type EhosNodePool,
} from '../../api/resources.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { inCluster, listAll, scopeOf, type Cluster } from '../connect.ts';
import { rendered } from '../output.ts';
import type { StatusOptions } from '../status.ts';
import { paintFor } from '../style.ts';
import { readHistory } from './history.ts';
import { statusReport, type StatusReport } from './report.ts';
import { statusText } from './text.ts';

/** Home, and away with what stood there (ECMA-48, CUP and ED). */
const CLEAR = '\u001b[H\u001b[2J';

export async function showStatus(options: StatusOptions): Promise<void> {
  await inCluster(options, async (cluster) => {
    const show = async (before: string): Promise<void> => {
      const report = await readStatus(cluster, options);
      const paint = paintFor(process.stdout, process.env);
      process.stdout.write(before + rendered(options.output, report, (shown) => statusText(shown, paint)));
    };
    if (options.watch !== true) {
      await show('');
      return;
    }
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort());
    while (!interrupted.signal.aborted) {
      await show(process.stdout.isTTY ? CLEAR : '');
      await sleep(systemClock, options.interval * 1000, interrupted.signal).catch(() => undefined);
    }
  });
}

async function readStatus(cluster: Cluster, options: StatusOptions): Promise<StatusReport> {
  const scope = scopeOf(cluster, options);
  const { client } = cluster;
  const [clouds, masters, pools, nodes, history] = await Promise.all([
    listAll<EhosCloud>(client, CLOUDS, scope),
    listAll<EhosMaster>(client, MASTERS, scope),
    listAll<EhosNodePool>(client, POOLS, scope),
    listAll<EhosNode>(client, NODES, scope),
    readHistory(cluster, options),
  ]);
  return statusReport({ clouds, masters, pools, nodes }, history, systemClock.now());
}
