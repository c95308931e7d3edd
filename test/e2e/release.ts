/**
 * The release on a real cluster: installed with Helm in a namespace that enforces the Pod Security level `restricted`, used, its leader ended, killed, frozen
 * and cut from power, upgraded, rolled back, uninstalled and installed again, all with jobs running, and removed to the last trace.
 */
import { join } from 'node:path';
import { VERSION } from '../../src/version.ts';
import { checkOneWriter, checkRights } from './audit.ts';
import { Cluster } from './cluster.ts';
import { helm, leader, NAMESPACE, pods, RELEASE, untilReady } from './helm.ts';
import { checkHistory, marked } from './jobs.ts';
import { startNodes, stopNodes } from './kube-nodes.ts';
import { checkKubernetesEmpty, checkNothingLeft } from './leftovers.ts';
import { checkOwnerRight } from './owner-right.ts';
import type { Report } from './report.ts';
import { checkCommands, checkFiles, checkIdle, checkSecondRelease } from './release-checks.ts';
import { failOvers } from './release-failover.ts';
import { CHART, makeImages, REPOSITORY, VALUES, VERSION_BEFORE, withChartBefore } from './release-image.ts';
import { MARK, POOL, ReleaseStage } from './release-stage.ts';
import { checkPrometheus } from './release-watch.ts';
import { installNodes, kubectl, master, masterForPods, root, type Master } from './rigs.ts';
import { SecretScan } from './secret-scan.ts';
import { jobStates, novaTime, serverNames, serversMadeSince } from './truth.ts';
import { until } from './until.ts';

/** A goal, seconds. */
const INSTALL_SECONDS = 15;
/** Of the release's pods. */
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}`;
const WAIT = ['--wait', '--timeout', '90s'];

export async function runRelease(report: Report): Promise<void> {
  await report.step('build what the nodes of the cluster run (cached)', installNodes);
  const cluster = new Cluster('institute');
  const stage = new ReleaseStage(report, cluster);
  try {
    await report.step('start two nodes: kubelet, containerd, kube-proxy, scheduler', startNodes);
    await report.step('build the image, put it on both nodes', makeImages);
    await withChartBefore(async (before) => await life(stage, before));
  } catch (error) {
    await dump(report);
    throw error;
  } finally {
    await stopNodes();
  }
}

async function life(stage: ReleaseStage, before: string): Promise<void> {
  const { report, cluster } = stage;
  const ssh = masterForPods(await master());
  const secrets = new SecretScan(cluster, ssh);
  const since = novaTime();
  await report.step('an empty cluster, and a namespace that enforces restricted', prepare);
  await install(report, before);
  await checkIdle(report);
  await checkFiles(report, cluster, objects(cluster, await master()));
  await report.step('apply Secrets, cloud, master and pool', async () => await applyAll(cluster, ssh));
  await report.step('jobs get nodes', async () => await stage.startLongJobs());
  await checkOwnerRight(report, cluster, ACCOUNT);
  await masterAway(stage);
  await checkSecondRelease(report);
  await failOvers(stage);
  await replace(stage);
  await checkPrometheus(report, await leader(), cluster.namespace);
  for (const pod of await pods()) await secrets.look({ url: `http://${pod.address}:8080` });
  await uninstallAndAgain(stage);
  await checkCommands(report, cluster);
  await report.step('all jobs end', async () => {
    await until('all jobs leave the queue', 600_000, async () => (await jobStates(marked(MARK))).length === 0);
  });
  await checkHistory(report, 'jobs over the whole life of the release', MARK, stage.submitted);
  const made = (await serversMadeSince(since)).filter((name) => name.startsWith(POOL));
  const twins = made.filter((name, i) => made.indexOf(name) !== i);
  const found = `${made.length} servers made, twice: ${twins.join(', ') || 'none'}`;
  report.check('no server was made twice over all leaders', made.length > 0 && twins.length === 0, found);
  await report.step('delete pool, master and cloud', async () => await cluster.deleteAll());
  await checkKubernetesEmpty(report, cluster);
  await checkNothingLeft(report, cluster);
  await stage.keepLogs();
  await removeAll(stage);
  secrets.tell(report, stage.logFile);
  checkOneWriter(report, ACCOUNT);
  checkRights(report, stage.uninstalled);
}

/** What earlier parts applied goes, so that Helm finds nothing. */
async function prepare(): Promise<void> {
  for (const what of ['crds', 'config/rbac.yaml'])
    await kubectl(['delete', '-f', join(root, what), '--ignore-not-found', '--timeout=60s']);
  await kubectl(['create', 'namespace', NAMESPACE]);
  await kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
}

async function install(report: Report, chart: string): Promise<void> {
  const began = performance.now();
  await report.step('helm install --wait', async () => await helm('install', RELEASE, chart, ...VALUES, ...WAIT));
  const seconds = (performance.now() - began) / 1000;
  report.check(
    `helm install --wait on an empty cluster takes less than ${INSTALL_SECONDS} s`,
    seconds < INSTALL_SECONDS,
    `${seconds.toFixed(1)} s, image there`,
  );
  const running = await pods();
  report.check(
    'two pods are ready, one on each node, in a namespace that enforces restricted',
    running.length === 2 && running.every(({ ready }) => ready) && new Set(running.map(({ node }) => node)).size === 2,
    running.map(({ name, node }) => `${name} on ${node}`).join(', '),
  );
  const test = await helm('test', RELEASE, '--timeout', '60s');
  report.check('helm test', /Phase:\s+Succeeded/.test(test), /Phase:\s+(\w+)/.exec(test)?.[1] ?? 'no phase');
}

function objects(cluster: Cluster, ssh: Master): Parameters<Cluster['apply']>[0] {
  return [
    ...cluster.access(ssh),
    cluster.configMap('motd', {
      userdata: '#cloud-config\nwrite_files: [{ path: /etc/motd, content: "a node of EHOS" }]\n',
    }),
    cluster.cloud('cloud', 'ehos'),
    cluster.master(ssh),
    cluster.ehos('EhosNodePool', POOL, {
      masterRef: { name: 'master' },
      maxNodes: 8,
      clouds: [{ name: 'cloud' }],
      template: { flavors: ['m1.medium', 'm1.large'], userData: { configMapRef: { name: 'motd' } } },
      scaleDown: { consolidateAfter: '20s' },
      bootTimeout: '5m',
    }),
  ];
}

async function applyAll(cluster: Cluster, ssh: Master): Promise<void> {
  await cluster.apply(objects(cluster, ssh));
  await until('cloud, master and pool are Ready', 120_000, async () => await cluster.isReady());
}

/** A wrong port, corrected after some polls: told, and no more than told. */
async function masterAway(stage: ReleaseStage): Promise<void> {
  const { report, cluster } = stage;
  const { port } = await master();
  const at = async (port: number, ready: string): Promise<void> => {
    const spec = JSON.stringify({ spec: { ssh: { port } } });
    await cluster.kubectl('patch', 'emaster', 'master', '--type=merge', '-p', spec);
    await cluster.kubectl('wait', `--for=condition=Ready=${ready}`, 'emaster/master', '--timeout=60s');
  };
  await report.step('the master is not where its spec says, and is again', async () => {
    await at(1, 'False');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await at(port, 'True');
  });
  await stage.checkUntouched('the master was away');
}

async function replace(stage: ReleaseStage): Promise<void> {
  const { report } = stage;
  await untilReady(2);
  await stage.keepLogs();
  await stage.moreJobs();
  await report.step('helm upgrade --wait, under load', async () => {
    await helm('upgrade', RELEASE, CHART, '--reset-then-reuse-values', ...WAIT);
  });
  await checkImage(report, 'the upgrade brought the new image', VERSION);
  await stage.checkUntouched('helm upgrade');
  await report.step('what was queued meanwhile is served', async () => await stage.untilServed());
  await stage.keepLogs();
  await stage.moreJobs();
  await report.step('helm rollback --wait, under load', async () => await helm('rollback', RELEASE, ...WAIT));
  await checkImage(report, 'the rollback brought the image of the version before', VERSION_BEFORE);
  await stage.checkUntouched('helm rollback');
  await report.step('what was queued meanwhile is served', async () => await stage.untilServed());
}

async function checkImage(report: Report, what: string, tag: string): Promise<void> {
  const images = (await pods()).map(({ image }) => image);
  report.check(
    what,
    images.length === 2 && images.every((image) => image === `${REPOSITORY}:${tag}`),
    images.join(', '),
  );
}

/** Everything but the operator stays, and a later installation goes on with it. */
async function uninstallAndAgain(stage: ReleaseStage): Promise<void> {
  const { report } = stage;
  await stage.keepLogs();
  await report.step('helm uninstall --wait', async () => await stage.uninstall());
  await stage.checkUntouched('helm uninstall');
  await report.step('helm install --wait, over what was left', async () => {
    await helm('install', RELEASE, CHART, ...VALUES, ...WAIT);
  });
  await stage.checkUntouched('helm install again');
}

async function removeAll(stage: ReleaseStage): Promise<void> {
  const { report } = stage;
  await report.step('helm uninstall, and remove the resource definitions', async () => {
    await stage.uninstall();
    await kubectl(['delete', '-f', join(root, 'crds'), '--timeout=60s']);
    await kubectl(['delete', 'namespace', NAMESPACE, '--timeout=120s']);
  });
  const kinds = 'crd,clusterrole,clusterrolebinding,validatingadmissionpolicy';
  const left = (await kubectl(['get', kinds, '-o', 'name'])).split('\n').filter((line) => line.includes('ehos'));
  const servers = await serverNames();
  report.check(
    'nothing of the release is left in the cluster, and no server',
    left.length + servers.length === 0,
    [...left, ...servers].join(', ') || 'nothing',
  );
}

/** What a person would look at first when a run failed. */
async function dump(report: Report): Promise<void> {
  const looks = [
    ['get', 'pods', '-A', '-o', 'wide'],
    ['-n', NAMESPACE, 'describe', 'pods'],
    ['-n', NAMESPACE, 'logs', '-l', 'app.kubernetes.io/component=operator', '--tail=30', '--prefix'],
    ['get', 'ehos', '-A', '-o', 'wide'],
  ];
  for (const args of looks) {
    report.say(`kubectl ${args.join(' ')}`);
    console.log(await kubectl(args).catch((error: unknown) => String(error)));
  }
}
