/**
 * Writes what the chart has from elsewhere: the resource definitions from crds/, the rights from config/rbac.yaml, and from the comments of values.yaml
 * the README and the descriptions of the schema. `--check` writes nothing and exits 1 when what is there differs.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { renderChartReadme } from './chart-readme.ts';
import { renderRules } from './chart-rules.ts';
import { describedSchema, type ValueSchema } from './chart-schema.ts';
import { chartValues } from './chart-values.ts';

const root = new URL('..', import.meta.url);
const CHART = 'charts/ehos-operator/';
const CRDS = `${CHART}files/crds/`;
const check = process.argv.includes('--check');
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const yamlIn = (folder: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.yaml'))
    .sort();

const values = read(`${CHART}values.yaml`);
const keys = chartValues(values);
const schema = await describedSchema(read(`${CHART}values.schema.json`), keys);
const outputs = new Map<string, string>([
  ...yamlIn('crds/').map((name) => [CRDS + name, read(`crds/${name}`)] as const),
  [`${CHART}templates/_rules.tpl`, renderRules(read('config/rbac.yaml'))],
  [`${CHART}values.schema.json`, schema],
  [`${CHART}README.md`, renderChartReadme(values, keys, JSON.parse(schema) as ValueSchema)],
]);
const stale = yamlIn(CRDS).filter((name) => !outputs.has(CRDS + name));
const changed = [...outputs].filter(([path, text]) => !existsSync(new URL(path, root)) || read(path) !== text);

if (check) {
  for (const name of stale) console.error(`${CRDS}${name} is made from nothing in crds/: run "make generate"`);
  for (const [path] of changed) console.error(`${path} differs from what it is made of: run "make generate"`);
  if (stale.length + changed.length > 0) process.exitCode = 1;
} else {
  for (const name of stale) rmSync(new URL(CRDS + name, root));
  for (const [path, text] of changed) writeFileSync(new URL(path, root), text);
}
console.log(
  `${outputs.size} files of the chart, ${changed.length + stale.length} ${check ? 'out of date' : 'changed'}`,
);
