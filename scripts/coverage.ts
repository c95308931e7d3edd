/**
 * Reads the coverage that `make test` measured, prints it by folder, and fails below the house's gates.
 * Lines, not branches: through the transpiler c8 counts branches that nobody wrote.
 *
 * Each folder of coverage/tmp holds what one kind of test process measured; c8 reports each by itself, and a line that any of them ran
 * is covered. Merged by c8 itself, a process that only loads a module takes lines away that another has run (measured: 66 instead of
 * 100 % of src/domain/claims.ts).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

interface Count {
  total: number;
  covered: number;
}

/** Least share of covered lines, percent, of the files whose path begins so. */
const GATES: [prefix: string, percent: number][] = [
  ['src/domain/', 95],
  ['src/', 85],
];

const root = fileURLToPath(new URL('..', import.meta.url));
const measured = join(root, 'coverage/tmp');

/** File -> line -> whether a test of any process ran it. */
function linesOf(parts: string[]): Map<string, Map<number, boolean>> {
  const files = new Map<string, Map<number, boolean>>();
  for (const part of parts) {
    const reports = join(root, 'coverage/reports', part);
    const options = ['--temp-directory', join(measured, part), '--reports-dir', reports, '--reporter', 'lcovonly'];
    execFileSync(join(root, 'node_modules/.bin/c8'), ['report', ...options], { cwd: root });
    let lines = new Map<number, boolean>();
    for (const record of readFileSync(join(reports, 'lcov.info'), 'utf8').split('\n')) {
      const [kind, value = ''] = record.split(/:(.*)/);
      if (kind === 'SF') {
        lines = files.get(value) ?? new Map<number, boolean>();
        files.set(value, lines);
      } else if (kind === 'DA') {
        const [line, hits] = value.split(',').map(Number);
        if (line !== undefined) lines.set(line, lines.get(line) === true || (hits ?? 0) > 0);
      }
    }
  }
  return files;
}

/** A file of types only is never loaded, and c8 would call it uncovered. */
function hasCode(file: string): boolean {
  const { code } = transformSync(readFileSync(file, 'utf8'), { loader: 'ts' });
  return code.trim() !== '';
}

const percent = ({ total, covered }: Count): number => (total === 0 ? 100 : (100 * covered) / total);
const sum = (counts: Count[]): Count => ({
  total: counts.reduce((total, count) => total + count.total, 0),
  covered: counts.reduce((total, count) => total + count.covered, 0),
});

const files = [...linesOf(readdirSync(measured).sort())]
  .map(([file, lines]) => ({ file: join(root, file), lines: [...lines.values()] }))
  // source maps of bundles name things that are no files
  .filter(({ file }) => existsSync(file) && hasCode(file))
  .map(({ file, lines }) => ({
    path: relative(root, file),
    lines: { total: lines.length, covered: lines.filter(Boolean).length },
  }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));

const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');
for (const folder of new Set(files.map((file) => folderOf(file.path)))) {
  const lines = sum(files.filter((file) => folderOf(file.path) === folder).map((file) => file.lines));
  console.log(`${percent(lines).toFixed(1).padStart(6)} % of ${String(lines.total).padStart(5)} lines  ${folder}`);
}

for (const [prefix, gate] of GATES) {
  const inside = files.filter((file) => file.path.startsWith(prefix));
  const reached = percent(sum(inside.map((file) => file.lines)));
  console.log(`${prefix}: ${reached.toFixed(2)} % of lines, at least ${gate} % wanted`);
  if (reached >= gate) continue;
  process.exitCode = 1;
  const worst = inside
    .map((file) => ({ path: file.path, missing: file.lines.total - file.lines.covered }))
    .sort((a, b) => b.missing - a.missing)
    .slice(0, 10);
  console.error(`coverage of ${prefix} is too low; lines that no test runs:`);
  for (const file of worst) console.error(`  ${String(file.missing).padStart(5)}  ${file.path}`);
}
