/** The operator against real peers, from an empty cloud to an empty cloud. */
import { Cluster } from './cluster.ts';
import { checkEvents, checkKubernetesEmpty, checkNothingLeft } from './leftovers.ts';
import { mainJob } from './main-job.ts';
import { mixedQueue } from './mixed-queue.ts';
import { OperatorProcess } from './operator.ts';
import type { Report } from './report.ts';
import { master, rig, type Master } from './rigs.ts';
import { SecretScan } from './secret-scan.ts';
import { MINUTE, type Stage } from './stage.ts';
import { removeJobs } from './truth.ts';

const POOL = 'pool-a';

export async function runScenario(report: Report): Promise<void> {
  const ssh = await master();
  const cluster = new Cluster('research');
  await report.step(
    'kubectl apply: CRDs, RBAC, Secrets, two clouds, a master, a pool',
    async () => await applyAll(cluster, ssh),
  );
  const operator = await report.step(
    'start the operator (its own process, its own service account)',
    async () => await OperatorProcess.start({ log: 'operator.log' }),
  );
  const stage: Stage = { report, cluster, operator, pool: POOL };
  const secrets = new SecretScan(cluster, ssh);
  try {
    await report.step('clouds, master and pool become Ready', async () => {
      await operator.until('clouds, master and pool are Ready', 2 * MINUTE, async () => await cluster.isReady());
    });
    await mainJob(stage);
    await secrets.look(operator);
    await mixedQueue(stage);
    await secrets.look(operator);
    await report.step('idle nodes are drained and deleted', async () => await allGoes(stage));
    await checkNothingLeft(report, cluster);
    await checkEvents(report, cluster);
    await secrets.look(operator);
    await report.step('delete pool, master and clouds', async () => await cluster.deleteAll());
    await checkKubernetesEmpty(report, cluster);
  } catch (error) {
    await dump(stage);
    throw error;
  } finally {
    await operator.stop();
    secrets.tell(report, operator.logFile);
  }
}

async function applyAll(cluster: Cluster, ssh: Master): Promise<void> {
  await cluster.prepare();
  await cluster.apply([
    ...cluster.access(ssh),
    cluster.cloud('cloud-a', 'ehos'),
    cluster.cloud('cloud-b', 'ehos-b'),
    cluster.master(ssh),
    cluster.ehos('EhosNodePool', POOL, {
      masterRef: { name: 'master' },
      maxNodes: 12,
      clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
      template: { flavors: ['m1.medium', 'm1.large', 'm1.xlarge'] },
      scaleDown: { consolidateAfter: '20s' },
      bootTimeout: '5m',
    }),
  ]);
}

/** What still waits is taken back, and nobody wants a node. */
async function allGoes({ cluster, operator, pool }: Stage): Promise<void> {
  await removeJobs();
  await cluster.patchPool(pool, { minNodes: 0 });
  await operator.until('no EhosNode is left', 5 * MINUTE, async () => (await cluster.nodes()).length === 0);
}

/** What a person would look at first when a run failed. */
async function dump({ report, cluster, operator }: Stage): Promise<void> {
  const show = async (title: string, task: () => Promise<string>): Promise<void> => {
    report.say(title);
    console.log(await task().catch((error: unknown) => String(error)));
  };
  await show('resources', async () => await cluster.kubectl('get', 'ehos', '-o', 'wide'));
  await show('pool', async () => await cluster.kubectl('describe', 'epool,emaster,ecloud'));
  await show('servers', async () => await rig('cloud', 'servers'));
  await show('queue', async () => await rig('condor', 'exec', 'condor_q', '-allusers'));
  await show('operator log', async () => await Promise.resolve(operator.lastLines(60)));
}
