/** All figures at once: asked for at each scrape. */
import { keyOf, splitKey, type EhosCloud, type EhosMaster } from '../api/resources.ts';
import type { CallMeter } from '../base/call-meter.ts';
import type { WorkQueueMetrics } from '../kube/work-queue.ts';
import type { CloudController } from './cloud-controller.ts';
import type { Context } from './context.ts';
import type { Figures } from './figures.ts';
import type { FleetController } from './fleet-controller.ts';
import type { MasterController } from './master-controller.ts';
import type { Meters } from './meters.ts';
import type { NodeController } from './node-controller.ts';
import { leavingFigures, nodeFigures } from './node-figures.ts';
import * as objects from './object-figures.ts';

export interface Observed {
  leader: boolean;
  stores: Context['stores'];
  /** undefined: nothing was listed yet. */
  controllers:
    { clouds: CloudController; masters: MasterController; fleets: FleetController; nodes: NodeController } | undefined;
  meters: Meters;
  queues: Map<string, WorkQueueMetrics>;
  now: number;
}

export function collectFigures({ leader, stores, controllers, meters, queues, now }: Observed): Figures {
  const [nodes, pools, clouds, masters] = [
    stores.nodes.list(),
    stores.pools.list(),
    stores.clouds.list(),
    stores.masters.list(),
  ];
  const sessionOf = (cloud: EhosCloud): ReturnType<CloudController['session']> =>
    controllers?.clouds.session(keyOf(cloud));
  const orphans = clouds.map((cloud) => objects.orphanFigures(cloud, sessionOf(cloud)?.orphans));
  const times = controllers?.nodes.times;
  times?.keep((namespace, pool) => stores.pools.get(`${namespace}/${pool}`) !== undefined);
  return {
    leader,
    nodes: nodeFigures(nodes),
    leaving: leavingFigures(nodes),
    jobs: objects.jobFigures(pools),
    pools: objects.poolFigures(pools),
    decisions: objects.decisionFigures(controllers?.fleets.decisions() ?? []),
    boots: objects.bootFigures(pools),
    clouds: clouds.map((cloud) => objects.cloudFigure(cloud, sessionOf(cloud), now)),
    quotas: clouds.flatMap(objects.quotaFigures),
    orphans: orphans.flatMap((one) => one.orphans),
    orphanActs: orphans.flatMap((one) => one.orphanActs),
    masters: masters.map((master) => objects.masterFigure(master, controllers?.masters.session(keyOf(master)))),
    conditions: [
      ...objects.conditionFigures('EhosCloud', clouds),
      ...objects.conditionFigures('EhosMaster', masters),
      ...objects.conditionFigures('EhosNodePool', pools),
    ],
    queues,
    ...callFigures(meters, clouds),
    ...commandFigures(meters, masters),
    steps: [...(times?.all() ?? [])],
  };
}

function callFigures(meters: Meters, clouds: readonly EhosCloud[]): Pick<Figures, 'calls' | 'callTimes'> {
  const peers: [{ namespace?: string; cloud?: string }, CallMeter][] = [
    [{}, meters.kubernetes],
    ...clouds.map((cloud): [{ namespace: string; cloud: string }, CallMeter] => {
      const { namespace, name } = splitKey(keyOf(cloud));
      return [{ namespace, cloud: name }, meters.cloud(keyOf(cloud))];
    }),
  ];
  return {
    calls: peers.flatMap(([peer, meter]) => [...meter.counts()].map((one) => ({ ...peer, ...one }))),
    callTimes: peers.flatMap(([peer, meter]) => [...meter.times()].map((one) => ({ ...peer, ...one }))),
  };
}

function commandFigures(meters: Meters, masters: readonly EhosMaster[]): Pick<Figures, 'commands' | 'commandTimes'> {
  const peers = masters.map((master) => {
    const { namespace, name } = splitKey(keyOf(master));
    return { peer: { namespace, master: name }, meter: meters.master(keyOf(master)) };
  });
  return {
    commands: peers.flatMap(({ peer, meter }) => [...meter.counts()].map((one) => ({ ...peer, ...one }))),
    commandTimes: peers.flatMap(({ peer, meter }) => [...meter.times()].map((one) => ({ ...peer, ...one }))),
  };
}
