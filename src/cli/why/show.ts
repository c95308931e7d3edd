/** Reads what explains a pool. */
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  type EhosCloud,
  type EhosMaster,
  type EhosNode,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../api/resources.ts';
import { systemClock } from '../../base/clock.ts';
import { errorClassOf } from '../../base/errors.ts';
import { inCluster, listAll, notFound, type Cluster } from '../connect.ts';
import { rendered } from '../output.ts';
import { paintFor } from '../style.ts';
import type { WhyOptions } from '../why.ts';
import { whyReport, type Around, type KubeEvent } from './report.ts';
import { whyText } from './text.ts';

const EVENTS: ResourceType = { group: '', version: 'v1', plural: 'events', kind: 'Event' };

export async function showWhy(name: string, options: WhyOptions): Promise<void> {
  await inCluster(options, async (cluster) => {
    const report = whyReport(await read(cluster, name));
    const paint = paintFor(process.stdout, process.env);
    process.stdout.write(rendered(options.output, report, (shown) => whyText(shown, systemClock.now(), paint)));
  });
}

async function read({ client, namespace }: Cluster, name: string): Promise<Around> {
  const pools = await listAll<EhosNodePool>(client, POOLS, namespace);
  const pool = pools.find(({ metadata }) => metadata.name === name);
  if (!pool) {
    const names = pools.map(({ metadata }) => metadata.name);
    throw notFound('EhosNodePool', name, namespace, names);
  }
  const [clouds, masters, nodes, events] = await Promise.all([
    listAll<EhosCloud>(client, CLOUDS, namespace),
    listAll<EhosMaster>(client, MASTERS, namespace),
    listAll<EhosNode>(client, NODES, namespace),
    eventsOf(client, namespace),
  ]);
  const ours = nodes.filter(({ spec }) => spec.poolRef.name === name);
  const about = new Set([
    `${POOLS.kind}/${name}`,
    `${MASTERS.kind}/${pool.spec.masterRef.name}`,
    ...pool.spec.clouds.map((entry) => `${CLOUDS.kind}/${entry.name}`),
    ...ours.map(({ metadata }) => `${NODES.kind}/${metadata.name}`),
  ]);
  return {
    pool,
    nodes: ours,
    clouds,
    master: masters.find(({ metadata }) => metadata.name === pool.spec.masterRef.name),
    events: events.filter(({ involvedObject: { kind = '', name: of = '' } = {} }) => about.has(`${kind}/${of}`)),
  };
}

/** Who may not read events still gets everything else. */
async function eventsOf(client: Cluster['client'], namespace: string): Promise<KubeEvent[]> {
  try {
    return await listAll<KubeEvent & KubeObject>(client, EVENTS, namespace);
  } catch (error) {
    if (errorClassOf(error) !== 'Auth') throw error;
    return [];
  }
}
