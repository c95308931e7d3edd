/**
 * Runs test files in one mocha, shows failures in full, and says as its very last line, alone: `N passed, N failed` (and `, N skipped`).
 * The numbers are mocha's. Exit code 1 when a test failed, a file could not be loaded, or there was nothing to run.
 *
 * Usage: node --import tsx scripts/test.ts FOLDER-OR-FILE...
 */
import { existsSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
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

const paths = process.argv.slice(2);
const files = paths.flatMap(testFiles);
const mocha = await load(files);
const started = performance.now();
const stats = await new Promise<Mocha.Stats>((resolve) => {
  const runner: Mocha.Runner = mocha.run(() => {
    if (runner.stats) resolve(runner.stats);
  });
});

const { passes, failures, pending } = stats;
console.log(`${files.length} files, ${Math.round((performance.now() - started) / 1000)} s`);
if (passes + failures === 0) console.error(`no test ran for ${paths.join(' ')}`);
process.exitCode = failures > 0 || passes === 0 ? 1 : 0;

setTimeout(() => {
  console.error(`the tests are over and something is still open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}, LINGER_MS).unref();

// written when the process ends, so that nothing can come after it
process.on('exit', () => {
  writeSync(1, `${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}\n`);
});
