/** Prometheus itself, from Debian, scrapes a pod of the release, evaluates the alerts, and answers the dashboard's questions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askPrometheus } from '../promtool/prometheus.ts';
import { findPrometheus, findPromtool, run } from '../promtool/promtool.ts';
import { RULES } from '../promtool/rules.ts';
import { fromPod, type Pod } from './helm.ts';
import type { Report } from './report.ts';

export async function checkPrometheus(report: Report, pod: Pod, namespace: string): Promise<void> {
  const promtool = findPromtool();
  const server = findPrometheus();
  if (promtool === undefined || server === undefined) {
    report.section('*Prometheus was NOT asked: its package could not be had.*\n');
    report.say('*** Prometheus was NOT asked: its package could not be had ***');
    return;
  }
  const rules = run(promtool, ['check', 'rules', fileURLToPath(RULES)]);
  report.check('promtool check rules', rules.ok, rules.output.split('\n').at(-1) ?? '');
  const input = await fromPod(pod, '/metrics');
  const { ok, output } = run(promtool, ['check', 'metrics'], { input });
  report.check('promtool check metrics', ok, ok ? `${input.split('\n').length} lines` : output);
  const folder = mkdtempSync(join(tmpdir(), 'ehos-prometheus-'));
  try {
    const problems = await report.step('Prometheus scrapes the leader', async () => {
      return await askPrometheus(server, folder, `${pod.address}:8080`, namespace);
    });
    const what = 'Prometheus scrapes the pod, takes the alerts and answers each question of the dashboard';
    report.check(what, problems.length === 0, problems.join('; ') || 'no complaint');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
