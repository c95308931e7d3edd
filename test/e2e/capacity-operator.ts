/** The operator's side of the time to capacity: it is told of nothing but the pool, and finds the jobs in the queue. */
import { fromTime } from '../../src/domain/times.ts';
import {
  cleanUp,
  FLAVOR,
  JOBS_OF_POOL,
  POLL_SECONDS,
  POOL,
  queueJobs,
  SERVERS,
  watchJoins,
  type Round,
  type World,
} from './capacity-world.ts';
import { Cluster } from './cluster.ts';
import { OperatorProcess } from './operator.ts';
import { removeJobs } from './truth.ts';

const MINUTE = 60_000;
const cluster = new Cluster('capacity');

export async function prepareOperator({ ssh, token }: World): Promise<void> {
  await cluster.prepare();
  await cluster.apply([
    ...cluster.access(ssh),
    cluster.secret('node-token', { token }, { 'ehos.io/for-nodes': 'true' }),
    cluster.cloud('cloud-a', 'ehos'),
    cluster.master(ssh, {
      pollInterval: `${POLL_SECONDS}s`,
      nodeCredentials: { method: 'SecretRef', secretRef: { name: 'node-token' } },
    }),
  ]);
}

export async function operatorRound(world: World): Promise<Round> {
  await cluster.apply([
    cluster.ehos('EhosNodePool', POOL, {
      masterRef: { name: 'master' },
      maxNodes: SERVERS,
      clouds: [{ name: 'cloud-a' }],
      template: { flavors: [FLAVOR] },
    }),
  ]);
  const operator = await OperatorProcess.start({ log: 'operator-capacity.log', namespace: cluster.namespace });
  let machines: string[] = [];
  try {
    await operator.until('cloud, master and pool are Ready', 2 * MINUTE, async () => await cluster.isReady());
    await queueJobs();
    const start = performance.now();
    const startTime = Date.now();
    const cpuBefore = await operator.metric('process_cpu_seconds_total');
    const { first, last } = await watchJoins(() => operator.mustRun());
    const cpu = 1000 * ((await operator.metric('process_cpu_seconds_total')) - cpuBefore);
    const nodes = await cluster.nodes();
    machines = nodes.map(({ metadata }) => metadata.name);
    const times = (of: (status: NonNullable<(typeof nodes)[number]['status']>) => string | undefined): number[] =>
      nodes.map(({ status = {} }) => (fromTime(of(status)) ?? Number.NaN) - startTime);
    return {
      planned: await plannedAt(startTime),
      firstPost: Math.min(...times(({ requested }) => requested)),
      lastPost: Math.max(...times(({ launched }) => launched)),
      firstJoin: first - start,
      lastJoin: last - start,
      cpu,
    };
  } finally {
    await takeAway(world, operator, machines);
  }
}

/** When the plan was made from which the last nodes came. */
async function plannedAt(startTime: number): Promise<number | undefined> {
  const [change] = (await cluster.pool(POOL)).status?.recentChanges ?? [];
  const at = fromTime(change?.when);
  return at === undefined ? undefined : at - startTime;
}

async function takeAway(world: World, operator: OperatorProcess, machines: string[]): Promise<void> {
  try {
    await removeJobs(JOBS_OF_POOL);
    await cluster.kubectl('delete', 'epool', POOL, '--timeout=600s');
  } finally {
    await operator.stop();
  }
  await cleanUp(world, machines);
}
