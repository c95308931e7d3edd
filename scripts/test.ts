/**
 * Runs test files in mocha, shows failures in full, and says as its very last line, alone: `N passed, N failed` (and `, N skipped`).
 * The numbers are mocha's. Exit code 1 when a test failed, a file could not be loaded, or there was nothing to run.
 * Integration tests mostly wait for scaled time, and the simulation computes for minutes: they run in processes of their own beside the others,
 * whose numbers are added up.
 *
 * Usage: node --import tsx scripts/test.ts FOLDER-OR-FILE...
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename, join } from 'node:path';
import Mocha from 'mocha';

const root = new URL('..', import.meta.url);
/** After its last test the process must end by itself within this time: what keeps it alive was forgotten by a test. Milliseconds. */
const LINGER_MS = 10_000;

const { timeout, reporter } = JSON.parse(readFileSync(new URL('.mocharc.json', root), 'utf8')) as {
  timeout: number;
  reporter: string;
};

async function load(files: string[]): Promise<Mocha> {
  const options = { timeout, reporter, forbidOnly: true, color: process.stdout.isTTY };
  const mocha = new Mocha(options);
  for (const file of files) mocha.addFile(file);
  try {
    await mocha.loadFilesAsync();
    return mocha;
  } catch (error) {
    // a file that does not load is a failed test, and mocha counts it
    const failed = new Mocha(options);
    failed.suite.addTest(
      new Mocha.Test('the test files can be loaded', () => {
        throw error;
      }),
    );
    return failed;
  }
}

function testFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name))
    .sort();
}

/** Processes for the integration tests: more would be slower on two cores, since time runs on while they wait for them. */
const INTEGRATION_PROCESSES = 2;
const PART = '--part';
/** Begins the lines that name what failed, once more at the end: whoever reads only that must know where to look. */
const FAILED = 'FAILED: ';

interface Result {
  passed: number;
  failed: number;
  skipped: number;
  /** Which tests, with the first line of what they say. */
  failures: string[];
}

/** One mocha over these files, in this process. */
async function runHere(files: string[]): Promise<Result> {
  const mocha = await load(files);
  const failures: string[] = [];
  const stats = await new Promise<Mocha.Stats>((resolve) => {
    const runner: Mocha.Runner = mocha.run(() => {
      if (runner.stats) resolve(runner.stats);
    });
    runner.on('fail', (test, { message }: Error) => {
      failures.push(`${test.titlePath().join(' › ')}: ${message.split('\n')[0] ?? ''}`);
    });
  });
  return { passed: stats.passes, failed: stats.failures, skipped: stats.pending, failures };
}

/** The same in a process of its own; its output is shown when it has ended, and a process that breaks off is a failure. */
function runApart(files: string[], part: number): Promise<Result> {
  const child = spawn(process.execPath, ['--import', 'tsx', process.argv[1] ?? '', PART, ...files], {
    env: { ...process.env, ...coverageTo(`part-${part}`) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // what runs on simulated time can wait; what runs on the wall's cannot
  if (files.some(isSimulation) && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const lines = output.trimEnd().split('\n');
      const last = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(lines.at(-1) ?? '');
      const failures = lines.filter((line) => line.startsWith(FAILED)).map((line) => line.slice(FAILED.length));
      const shown = lines.slice(0, last ? -1 : undefined).filter((line) => !line.startsWith(FAILED));
      process.stdout.write(`${shown.join('\n')}\n`);
      const result = {
        passed: Number(last?.[1] ?? 0),
        failed: Number(last?.[2] ?? 1),
        skipped: Number(last?.[3] ?? 0),
        failures,
      };
      if (last && (code === 0 || result.failed > 0)) resolve(result);
      else resolve({ ...result, failed: 1, failures: [...failures, `a process ended with code ${code ?? 'none'}`] });
    });
  });
}

/** Where a process writes what it covered: c8 cannot merge processes that ran different parts of a module (scripts/coverage.ts). */
function coverageTo(folder: string): Record<string, string> {
  const { NODE_V8_COVERAGE: own } = process.env;
  return own === undefined ? {} : { NODE_V8_COVERAGE: join(own, '..', folder) };
}

const isSimulation = (file: string): boolean => file.startsWith('test/sim/');

/** Integration files dealt out to their processes, the simulation by itself, and all others together. */
function partsOf(files: string[]): string[][] {
  const apart = files.filter((file) => file.startsWith('test/integration/'));
  const parts = Array.from({ length: INTEGRATION_PROCESSES }, (_, i) =>
    apart.filter((_file, j) => j % INTEGRATION_PROCESSES === i),
  );
  const others = files.filter((file) => !apart.includes(file) && !isSimulation(file));
  return [others, ...parts, files.filter(isSimulation)].filter((part) => part.length > 0);
}

const args = process.argv.slice(2);
const isPart = args[0] === PART;
// node has read its own folder at its start: this is for the processes that tests start
if (isPart) Object.assign(process.env, coverageTo(`${basename(process.env.NODE_V8_COVERAGE ?? '')}-children`));
const paths = isPart ? args.slice(1) : args;
const files = paths.flatMap(testFiles);
const started = performance.now();
const parts = partsOf(files);
const results = await (isPart || parts.length < 2
  ? Promise.all([runHere(files)])
  : Promise.all(parts.map(async (part, i) => await runApart(part, i))));
const sum = (of: 'passed' | 'failed' | 'skipped'): number => results.reduce((total, result) => total + result[of], 0);
const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
console.log(`${files.length} files, ${Math.round((performance.now() - started) / 1000)} s`);
for (const failure of results.flatMap(({ failures }) => failures)) console.log(`${FAILED}${failure}`);
if (passed + failed === 0) console.error(`no test ran for ${paths.join(' ')}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

setTimeout(() => {
  console.error(`the tests are over and something is still open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}, LINGER_MS).unref();

// written when the process ends, so that nothing can come after it
process.on('exit', () => {
  writeSync(1, `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
});
