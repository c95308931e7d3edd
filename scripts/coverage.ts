/**
 * Reads the coverage that `make test` measured, prints it by folder, and fails below the house's gates.
 * Lines, not branches: through the transpiler c8 counts branches that nobody wrote.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
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
const summary = JSON.parse(readFileSync(`${root}coverage/coverage-summary.json`, 'utf8')) as Record<
  string,
  { lines: Count }
>;

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

const files = Object.entries(summary)
  .filter(([file]) => file !== 'total' && hasCode(file))
  .map(([file, { lines }]) => ({ path: relative(root, file), lines }));

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
