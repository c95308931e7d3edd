/** What is looked at beside what happens to the release: its size at rest, files before they are applied, commands, and a second release. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, Manifest } from './cluster.ts';
import { fromPod, helmIn, leader, pods } from './helm.ts';
import { ehos } from './operator.ts';
import { CHART, VALUES } from './release-image.ts';
import { POOL } from './release-stage.ts';
import type { Report } from './report.ts';
import { kubeconfig, kubectl, root } from './rigs.ts';
import { until } from './until.ts';

/** Goals: bytes, share of a core; and how long it is left alone before, how long looked at, seconds, and how often. */
const IDLE = { bytes: 80e6, cores: 0.01, settle: 30, seconds: 60, times: 3 };
/** Of the reason why a second release does not act. */
const SERVED = 'served already by the release';

/** Of a leader that has nothing to do, by its own metrics, once its start is over. Neighbours on the machine only ever add to the CPU that something takes: it is measured up to three times. */
export async function checkIdle(report: Report): Promise<void> {
  const pod = await leader();
  const value = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await fromPod(pod, '/metrics'))?.[1] ?? NaN);
  const pause = async (seconds: number): Promise<unknown> =>
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const shares: number[] = [];
  await report.step('leave the leader alone', async () => {
    await pause(IDLE.settle);
    do {
      const before = await value('process_cpu_seconds_total');
      await pause(IDLE.seconds);
      shares.push(((await value('process_cpu_seconds_total')) - before) / IDLE.seconds);
    } while (Math.min(...shares) >= IDLE.cores && shares.length < IDLE.times);
  });
  const rss = await value('process_resident_memory_bytes');
  const told = shares.map((share) => `${(share * 100).toFixed(2)} %`).join(', ');
  report.check(`idle: RSS below ${IDLE.bytes / 1e6} MB`, rss < IDLE.bytes, `${(rss / 1e6).toFixed(1)} MB`);
  report.check(`idle: below ${IDLE.cores * 100} % of a core`, Math.min(...shares) < IDLE.cores, told);
}

/** Before anything is applied: the samples, and our own files through `ehos check`. */
export async function checkFiles(report: Report, cluster: Cluster, objects: Manifest[]): Promise<void> {
  const samples = await kubectl(['apply', '--dry-run=server', '-R', '-f', join(root, 'config/samples')]);
  const applied = samples.trim().split('\n');
  report.check(
    'kubectl apply --dry-run=server takes every sample',
    applied.length > 0 && applied.every((line) => /(created|configured|unchanged) \(server dry run\)$/.test(line)),
    `${applied.length} objects`,
  );
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: cluster.namespace } }]);
  const file = join(tmpdir(), `ehos-check-${process.pid}.json`);
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'), { mode: 0o600 });
  try {
    const checked = await ehos('check', '-f', file, '-n', cluster.namespace, '--kubeconfig', kubeconfig).catch(String);
    const lines = checked.trim().split('\n');
    const failed = lines.filter((line) => /^\s+FAIL|^Error/.test(line));
    const found = failed.length === 0 ? lines.at(-1) : failed.join('; ');
    report.check('ehos check finds nothing wrong before they are applied', failed.length === 0, found ?? '');
  } finally {
    rmSync(file, { force: true });
  }
}

/** What a person asks for, through a real kubelet's port-forward and logs. */
export async function checkCommands(report: Report, cluster: Cluster): Promise<void> {
  const where = ['-n', cluster.namespace, '--kubeconfig', kubeconfig];
  const says = async (what: string, args: string[], ...words: string[]): Promise<void> => {
    let text = '';
    const isSaid = async (): Promise<boolean> => {
      text = await ehos(...args).catch((error: unknown) => String(error));
      return words.every((word) => text.includes(word));
    };
    // a leader looks once a minute at what it draws
    const ok = await until(what, 90_000, isSaid).then(
      () => true,
      () => false,
    );
    report.check(what, ok, ok ? words.join(', ') : text);
  };
  await says('ehos status, with the last hour by port-forward', ['status', ...where], POOL, 'jobs running');
  await says('ehos nodes', ['nodes', ...where], `${POOL}-`, 'Active');
  await says('ehos why', ['why', POOL, ...where], `pool ${POOL}`, 'Last decision');
  await says('ehos snapshot, from the pod that leads', ['snapshot', ...where], POOL, 'kind: ');
  await says('ehos logs', ['logs', '--kubeconfig', kubeconfig], POOL);
}

/** Another release that would serve the same namespaces finds that out, says so, and does nothing. */
export async function checkSecondRelease(report: Report): Promise<void> {
  const namespace = 'ehos-second';
  const without = ['--set', 'crds.install=false', '--set', 'replicaCount=1'];
  let said = '';
  await report.step('a second release', async () => {
    await helmIn(namespace, 'install', 'second', CHART, '--create-namespace', ...VALUES, ...without);
    const isRefused = async (): Promise<boolean> => {
      const [pod] = await pods(namespace);
      said = pod === undefined ? '' : await fromPod(pod, '/readyz').catch(() => '');
      return said.includes(SERVED);
    };
    await until('the second release says that there is another one', 60_000, isRefused, 500).catch(() => undefined);
  });
  const [pod] = await pods(namespace);
  const found = said.trim().split('\n').join('; ');
  report.check('a second release does not act, and says why', said.includes(SERVED) && pod?.ready === false, found);
  await helmIn(namespace, 'uninstall', 'second', '--wait');
  await kubectl(['delete', 'namespace', namespace, '--timeout=60s']);
}
