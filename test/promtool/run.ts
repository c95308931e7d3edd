/** Rules, their tests, and the metrics of an operator that runs, put before promtool and Prometheus. Exit code 3: it could not be had, and nothing was checked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ALERT_CASES } from './alert-cases.ts';
import { askPrometheus } from './prometheus.ts';
import { findPrometheus, findPromtool, run } from './promtool.ts';
import { readRules, RULES } from './rules.ts';
import { withOperator } from './scrape.ts';

const NOT_CHECKED = 3;

/** As `promtool test rules` reads them. Summary and runbook are taken from the rule: the description is where values stand. */
function ruleTests(): string {
  const rules = new Map(readRules().map((rule) => [rule.alert, rule]));
  const tests = ALERT_CASES.map(({ alert, series, quietAt, firesAt, labels, description }) => {
    const { summary = '', runbook_url = '' } = rules.get(alert)?.annotations ?? {};
    const fires = { exp_labels: labels, exp_annotations: { summary, description, runbook_url } };
    return {
      name: alert,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        ...(quietAt === undefined ? [] : [{ eval_time: quietAt, alertname: alert, exp_alerts: [] }]),
        { eval_time: firesAt, alertname: alert, exp_alerts: [fires] },
      ],
    };
  });
  return stringify({ rule_files: [fileURLToPath(RULES)], evaluation_interval: '1m', tests });
}

function tell(what: string, { ok, output }: { ok: boolean; output: string }): boolean {
  console.log(`${what}: ${ok ? 'ok' : `FAILED\n${output}`}`);
  return ok;
}

async function main(): Promise<number> {
  const promtool = findPromtool();
  if (promtool === undefined) {
    console.error('promtool: NOT CHECKED: rules and metrics were put before nobody, since it cannot be had here');
    return NOT_CHECKED;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ehos-promtool-'));
  try {
    const tests = join(folder, 'tests.yaml');
    writeFileSync(tests, ruleTests());
    const told = [
      tell(`check rules (${readRules().length} alerts)`, run(promtool, ['check', 'rules', fileURLToPath(RULES)])),
      tell(`test rules (${ALERT_CASES.length} alerts)`, run(promtool, ['test', 'rules', tests])),
    ];
    await withOperator(async (address) => {
      const input = await (await fetch(`http://${address}/metrics`)).text();
      told.push(
        tell(`check metrics (${input.split('\n').length} lines)`, run(promtool, ['check', 'metrics'], { input })),
      );
      const prometheus = findPrometheus();
      if (prometheus === undefined) console.error('Prometheus: NOT ASKED: only the package of Debian has it');
      else {
        const problems = await askPrometheus(prometheus, folder, address, 'default');
        const what = 'Prometheus scrapes it, takes the rules and answers each question of the dashboard';
        told.push(tell(what, { ok: problems.length === 0, output: problems.join('\n') }));
      }
    });
    return told.every((ok) => ok) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
