/** Prometheus' own checker, in the cache of e2e: from Debian's package, or built from its Go module. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { cache } from '../e2e/rigs.ts';

/** 2.55: the last one that a Go of 2024 builds. */
const MODULE = 'github.com/prometheus/prometheus';
const MODULE_VERSION = 'v0.55.1';

const folder = join(cache, 'promtool');
const program = join(folder, 'promtool');
/** Only Debian's package has it. */
const server = join(folder, 'prometheus');

interface Ran {
  ok: boolean;
  output: string;
}

export function run(command: string, args: readonly string[], options: { cwd?: string; input?: string } = {}): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20 * 60_000,
  });
  if (error) return { ok: false, output: error.message };
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/** Prometheus itself, where findPromtool has found it. */
export function findPrometheus(): string | undefined {
  return existsSync(server) ? server : undefined;
}

/** Where it is; undefined, with the reasons told, where it cannot be had. */
export function findPromtool(): string | undefined {
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    const failures: string[] = [];
    for (const [how, make] of [
      ['Debian package prometheus', fromDebian],
      [`Go module ${MODULE}@${MODULE_VERSION}`, fromGo],
    ] as const) {
      const { ok, output } = make(work);
      if (ok && existsSync(program)) return program;
      failures.push(`${how}: ${output.split('\n').slice(-3).join(' / ')}`);
    }
    for (const failure of failures) console.error(failure);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Taken out of the package: nothing is installed, and no server starts. */
function fromDebian(work: string): Ran {
  const fetched = run('apt-get', ['download', 'prometheus'], { cwd: work });
  if (!fetched.ok) return fetched;
  const archive = readdirSync(work).find((name) => name.endsWith('.deb')) ?? '';
  const unpacked = run('dpkg-deb', ['-x', archive, 'root'], { cwd: work });
  if (!unpacked.ok) return unpacked;
  renameSync(join(work, 'root/usr/bin/prometheus'), server);
  renameSync(join(work, 'root/usr/bin/promtool'), program);
  return unpacked;
}

/** Not `go install`: the module has directives that it refuses. */
function fromGo(work: string): Ran {
  const steps = [
    ['mod', 'init', 'promtool.local'],
    ['get', `${MODULE}/cmd/promtool@${MODULE_VERSION}`],
    ['build', '-o', program, `${MODULE}/cmd/promtool`],
  ];
  let last: Ran = { ok: false, output: 'not begun' };
  for (const step of steps) {
    last = run('go', step, { cwd: work });
    if (!last.ok) return last;
  }
  return last;
}
