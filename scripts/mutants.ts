/**
 * `make mutants`: is the safety code guarded? Each entry of test/mutants.ts is a bug in one line; it is put into a copy of the project, one
 * at a time, and the tests that it names must fail. A mutant that survives, or that no longer fits the code, is a failure.
 *
 * Usage: node --import tsx scripts/mutants.ts [--only TEXT]
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant } from '../test/mutants.ts';
import { mutated } from './mutate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What a test may read. */
const COPIED = ['src', 'test', 'crds', 'config', 'docs', 'scripts', 'package.json', 'tsconfig.json', '.mocharc.json'];
/** A mutant may make a loop endless. */
const DEADLINE_MS = 300_000;

interface Outcome {
  /** The first test that failed; undefined: none did. */
  failed: string | undefined;
  /** Why this says nothing, in words. */
  broken: string | undefined;
}

interface MochaReport {
  stats: { tests: number; failures: number };
  failures: { fullTitle: string }[];
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const all = MUTANTS.filter(({ name }) => name.includes(values.only ?? ''));
const began = performance.now();
const survivors: string[] = [];
const waiting = [...all];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), all.length) }, work));
const took = Math.round((performance.now() - began) / 1000);
for (const line of survivors) console.log(line);
console.log(`${all.length} mutants, ${all.length - survivors.length} caught, ${survivors.length} not, in ${took} s`);
if (survivors.length > 0 || all.length === 0) process.exitCode = 1;

/** One copy of the project, for one mutant after the other. */
async function work(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'ehos-mutants-'));
  try {
    for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const sound = new Set<string>();
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) await tryOne(copy, mutant, sound);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** `sound`: tests that were seen to pass without a mutant. */
async function tryOne(copy: string, mutant: Mutant, sound: Set<string>): Promise<void> {
  const { name, file, tests } = mutant;
  const key = tests.join(' ');
  if (!sound.has(key)) {
    const { failed, broken } = await run(copy, tests);
    const reason = broken ?? (failed === undefined ? undefined : `"${failed}" fails`);
    if (reason !== undefined) {
      survivors.push(`NO EVIDENCE  ${name}: without it ${reason}`);
      return;
    }
    sound.add(key);
  }
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(text, mutant));
  const { failed, broken } = await run(copy, tests);
  writeFileSync(path, text);
  if (failed !== undefined) console.log(`caught       ${name}\n             by "${failed}"`);
  else survivors.push(broken === undefined ? `SURVIVED     ${name} (${file})` : `NO EVIDENCE  ${name}: ${broken}`);
}

/** The tests end at the first that fails. */
function run(copy: string, tests: readonly string[]): Promise<Outcome> {
  const args = ['node_modules/.bin/mocha', '--reporter', 'json', '--bail', ...tests];
  const options = { cwd: copy, timeout: DEADLINE_MS, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const report = reportIn(stdout);
      if (error?.killed) resolve({ failed: 'no end within the time', broken: undefined });
      else if (!report) resolve({ failed: undefined, broken: `the tests could not be run: ${stderr.slice(0, 500)}` });
      else if (report.stats.tests === 0) resolve({ failed: undefined, broken: 'there are no tests' });
      else resolve({ failed: report.failures[0]?.fullTitle, broken: undefined });
    });
  });
}

function reportIn(stdout: string): MochaReport | undefined {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf('{\n  "stats"'))) as MochaReport;
  } catch {
    return undefined;
  }
}
