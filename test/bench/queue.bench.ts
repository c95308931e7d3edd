/** A thousand jobs arrive in an empty pool: how soon are their nodes asked for, and in how many plans? */
import type { Scale } from './scale.ts';
import { startGauge } from './gauge.ts';
import { Stage } from './stage.ts';
import { exactly, seconds, type Section } from './table.ts';
import { delayRow } from './usage-rows.ts';

const MINUTE = 60_000;
const CORES = 8;

export async function queueBench({ jobs }: Scale): Promise<Section> {
  const nodes = Math.ceil(jobs / CORES);
  const stage = await Stage.start({ clouds: 2, instances: 200, spawnDelayMs: 1_000, bootDelayMs: [1_000, 2_000] });
  try {
    const scaleDown = { consolidateAfter: '10s' };
    await stage.applyPool({ maxNodes: 200, template: { flavors: ['m1.xlarge'] }, scaleDown });
    await stage.untilPoolIsReady();
    const gauge = await startGauge(stage.operator);
    const submittedAt = await stage.peers.call('submit', [{ cpus: 1, memory: 512, seconds: 10, count: jobs }]);
    await stage.until(`${nodes} creates`, MINUTE, ({ creates }) => creates >= nodes);
    const growth = await gauge.stop();
    await stage.until(`${nodes} nodes have joined`, MINUTE, ({ joined }) => joined >= nodes);
    const goneAt = await stage.until('nothing is left', 3 * MINUTE, ({ servers, records }) => servers + records === 0);
    const truth = await stage.peers.call('truth');
    const { log } = stage.operator;
    const harm = `${truth.killed}, ${truth.everLost}`;
    const { firstCreateAt = Number.NaN, lastCreateAt = Number.NaN } = truth;
    const plannedAt = log.firstCreatingPlanAt ?? Number.NaN;
    const spread = lastCreateAt - firstCreateAt;
    return {
      title: `${jobs} idle jobs in one queue`,
      setting: `1 core each, flavor of ${CORES} cores on two clouds, poll interval 15 s, 8 creates at a time in each cloud`,
      rows: [
        {
          what: 'submit to the plan',
          value: seconds(plannedAt - submittedAt),
          how: 'waits for the next poll of the master; submitted just after one, so near the worst case',
        },
        {
          what: 'plan to the first create accepted',
          value: seconds(firstCreateAt - plannedAt),
          how: 'Nova of the sandbox',
        },
        {
          what: 'plan to the last create accepted',
          value: seconds(lastCreateAt - plannedAt),
          how: `${truth.creates} creates`,
        },
        {
          what: 'submit to the last create accepted',
          value: seconds(lastCreateAt - submittedAt),
          how: 'sum of the above',
        },
        {
          what: 'plans that created',
          value: String(log.creatingPlans),
          ...exactly(String(log.creatingPlans), '1'),
          how: 'log of the operator',
        },
        {
          what: 'servers created',
          value: String(truth.creates),
          ...exactly(String(truth.creates), String(nodes)),
          how: `${truth.twins} twins`,
        },
        {
          what: 'POSTs per second',
          value: ((truth.creates - 1) / (spread / 1000)).toFixed(0),
          how: `most in one second: ${truth.busiestSecond}`,
        },
        delayRow(growth),
        {
          what: 'CPU meanwhile',
          value: `${growth.cpuSeconds.toFixed(1)} s`,
          how: `in ${growth.seconds.toFixed(1)} s, all threads of the operator`,
        },
        {
          what: 'submit to nothing left',
          value: seconds(goneAt - submittedAt),
          how: 'jobs of 10 s, consolidateAfter 10 s',
        },
        {
          what: 'jobs killed, nodes lost',
          value: harm,
          ...exactly(harm, '0, 0'),
          how: 'counted by the sandbox',
        },
      ],
    };
  } finally {
    await stage.stop();
  }
}
