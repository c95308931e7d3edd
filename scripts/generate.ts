/**
 * Makes src/api/generated/*.ts, docs/reference.md and the schema of snapshots from crds/*.yaml, docs/metrics.md and docs/conditions.md from the
 * tables in src, and docs/cli.md from the help of the commands: these are the source.
 * `--check` writes nothing and exits 1 when what is there differs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { renderCli } from './cli-docs.ts';
import { renderConditionsDoc } from './conditions-doc.ts';
import { renderFieldPaths } from './field-paths.ts';
import { renderMetricsDoc } from './metrics-doc.ts';
import { renderReference } from './reference.ts';
import type { Crd } from './schema.ts';
import { renderSnapshotSchema, SNAPSHOT_SCHEMA } from './snapshot-schema.ts';
import { renderStatusBounds } from './status-bounds.ts';
import { renderTypes } from './types.ts';

const root = new URL('..', import.meta.url);
const GENERATED = 'src/api/generated/';
const check = process.argv.includes('--check');

const outputs = new Map<string, string>();
const crds: Crd[] = [];
for (const name of namesIn('crds/', '.yaml')) {
  const crd = parse(readFileSync(new URL(`crds/${name}`, root), 'utf8')) as Crd;
  crds.push(crd);
  outputs.set(`${GENERATED}${crd.spec.names.kind.toLowerCase()}.ts`, await renderTypes(crd, `crds/${name}`));
}
outputs.set(`${GENERATED}status-bounds.ts`, await renderStatusBounds(crds));
outputs.set(`${GENERATED}field-paths.ts`, renderFieldPaths(crds));
outputs.set('docs/cli.md', await renderCli());
outputs.set('docs/reference.md', renderReference(crds));
outputs.set('docs/metrics.md', renderMetricsDoc());
outputs.set('docs/conditions.md', renderConditionsDoc());
outputs.set(SNAPSHOT_SCHEMA, await renderSnapshotSchema(crds));

let differences = 0;
mkdirSync(new URL(GENERATED, root), { recursive: true });
for (const [path, text] of outputs) {
  const url = new URL(path, root);
  if (existsSync(url) && readFileSync(url, 'utf8') === text) continue;
  report(path, 'differs from what it is made from', () => writeFileSync(url, text));
}
for (const name of namesIn(GENERATED, '.ts')) {
  const path = GENERATED + name;
  if (!outputs.has(path)) report(path, 'is made from nothing in crds/', () => rmSync(new URL(path, root)));
}
if (check && differences > 0) process.exitCode = 1;
else console.log(`${outputs.size} generated files, ${check ? 'all up to date' : `${differences} changed`}`);

function report(path: string, problem: string, repair: () => void): void {
  differences++;
  if (check) console.error(`${path} ${problem}: run "make generate"`);
  else {
    repair();
    console.log(`updated ${path}`);
  }
}

function namesIn(folder: string, ending: string): string[] {
  return readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ending))
    .sort();
}
