/** How long the planner takes: it runs at every observation, so it must not be felt, whatever the length of the queue. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { canPin, OPERATORS_CORE } from './operator-process.ts';
import type { Section } from './table.ts';

/** Bundled as the operator is, in a process of its own: the transpiler that runs the benches names functions anew whenever they are made. */
export async function planBench(): Promise<Section[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ehos-bench-'));
  const outfile = join(folder, 'plan.mjs');
  try {
    await build({
      entryPoints: [fileURLToPath(new URL('plan-process.ts', import.meta.url))],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
    });
    const command = [process.execPath, outfile];
    const [program = '', ...args] = canPin() ? ['taskset', '-c', String(OPERATORS_CORE), ...command] : command;
    return JSON.parse(execFileSync(program, args, { encoding: 'utf8' })) as Section[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
