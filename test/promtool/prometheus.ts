/** Prometheus itself: it scrapes an operator, takes the rules, and answers each question of the dashboard. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { FILES, RULES } from './rules.ts';

const PATIENCE_MS = 60_000;

interface Answer {
  status: string;
  error?: string;
  data?: unknown;
}

interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** What is wrong, in words; empty: nothing. `operator`: host and port of what is scraped; `nodesIn`: the namespace in which it has nodes. */
export async function askPrometheus(
  program: string,
  folder: string,
  operator: string,
  nodesIn: string,
): Promise<string[]> {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  const scrape = {
    job_name: 'ehos-operator',
    honor_labels: true,
    static_configs: [{ targets: [operator], labels: { namespace: 'ehos-system' } }],
  };
  const global = { scrape_interval: '1s', evaluation_interval: '1s' };
  writeFileSync(config, stringify({ global, rule_files: [fileURLToPath(RULES)], scrape_configs: [scrape] }));
  mkdirSync(join(folder, 'data'));
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const child = spawn(program, [...flags, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await questions(`http://127.0.0.1:${port}/api/v1/`, nodesIn);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function questions(api: string, nodesIn: string): Promise<string[]> {
  const ask = async (path: string): Promise<Answer> => {
    try {
      return (await (await fetch(`${api}${path}`)).json()) as Answer;
    } catch (error) {
      return { status: 'error', error: String(error) };
    }
  };
  const query = async (expression: string): Promise<{ error?: string | undefined; samples: Sample[] }> => {
    const { status, error, data } = await ask(`query?query=${encodeURIComponent(expression)}`);
    if (status !== 'success') return { error: error ?? status, samples: [] };
    return { samples: (data as { result: Sample[] }).result };
  };
  const end = Date.now() + PATIENCE_MS;
  while ((await query('count_over_time(ehos_build_info[1m]) > 3')).samples.length === 0) {
    if (Date.now() > end) return ['no sample of the operator within a minute'];
    await pause(500);
  }
  const problems: string[] = [];
  for (const expression of expressions()) {
    const { error } = await query(expression);
    if (error !== undefined) problems.push(`${expression}: ${error}`);
  }
  // the label of the object stays, and where there is none Prometheus sets that of the target
  const namespaces = async (metric: string): Promise<string[]> =>
    (await query(`count by (namespace) (${metric})`)).samples.map(({ metric: labels }) => labels.namespace ?? '');
  for (const [metric, wanted] of [
    ['ehos_nodes', nodesIn],
    ['ehos_leader', 'ehos-system'],
    ['ehos_api_requests_total{service="kubernetes"}', 'ehos-system'],
  ] as const) {
    const found = (await namespaces(metric)).join();
    if (found !== wanted) problems.push(`namespace of ${metric} is ${JSON.stringify(found)}, not ${wanted}`);
  }
  const { data } = await ask('rules');
  for (const { rules } of (data as { groups: { rules: { name: string; health: string; lastError?: string }[] }[] })
    .groups)
    for (const { name, health, lastError = '' } of rules)
      if (health !== 'ok') problems.push(`alert ${name} is ${health}: ${lastError}`);
  return problems;
}

/** Of the dashboard, with its variables set to all. */
function expressions(): string[] {
  const { panels } = JSON.parse(readFileSync(new URL('dashboard.json', FILES), 'utf8')) as {
    panels: { targets?: { expr: string }[] }[];
  };
  const all = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return all.map((expression) => expression.replace(/\$(?:namespace|pool|cloud)/g, '.*'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
