import { readFileSync } from 'node:fs';
import type { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import { findTool } from '../../../../src/sandbox/condor/tools/registry.ts';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';

const FIXTURES = new URL('../../../fixtures/condor/', import.meta.url);
export const fixture = (name: string): string => readFileSync(new URL(name, FIXTURES), 'utf8');

/** Runs one tool as an administrator, or as a user without rights. */
export function run(
  pool: CondorPool,
  line: string[],
  options: { user?: string; stdin?: string } = {},
): Promise<ToolResult> {
  const [name = '', ...argv] = line;
  const tool = findTool(name, { sbinInPath: true, noCondor: false });
  if (!tool) throw new Error(`no tool ${name}`);
  const account = { name: options.user ?? 'ehos', administrator: options.user === undefined };
  const context = { pool, account, noCondor: false, signal: new AbortController().signal };
  return Promise.resolve(tool(argv, context, () => Promise.resolve(options.stdin ?? '')));
}
