/** The account's shell on the simulated master: the operator's scripts on standard input, and single command lines. */
import { SCRIPT_COMMAND, SCRIPT_PREAMBLE } from '../../../base/remote-script.ts';
import { findTool } from '../tools/registry.ts';
import { failed, type ToolContext, type ToolResult } from '../tools/tool.ts';
import { parseShell, type Pipeline, type Words } from './shell-words.ts';

export interface ShellRun {
  context: ToolContext;
  /** Standard input of the whole command. */
  stdin: string;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Called with the command's name before it runs. */
  count: (tool: string) => void;
}

/** Runs a command line as sshd hands it to the account's shell; returns the exit code. */
export async function runCommandLine(line: string, run: ShellRun): Promise<number> {
  if (line === SCRIPT_COMMAND || line === 'sh -s') return runScript(run);
  return runLines(line, run);
}

async function runScript(run: ShellRun): Promise<number> {
  if (!run.stdin.startsWith(SCRIPT_PREAMBLE)) return runLines(run.stdin, run);
  let pipelines: Pipeline[];
  try {
    pipelines = parseShell(run.stdin.slice(SCRIPT_PREAMBLE.length));
  } catch (error) {
    run.stderr(`sh: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  for (const { commands } of pipelines) {
    const [words = []] = commands;
    if (words[0] === 's') await runStep(words.slice(1), run);
    else if (words[0] === 'printf') run.stdout((words[1] ?? '').replaceAll('\\n', '\n'));
  }
  return 0;
}

/** The function `s` of the script's preamble: NAME SECONDS STDIN ARGV..., framed. */
async function runStep([name = '', seconds = '20', stdin = '', ...argv]: Words, run: ShellRun): Promise<void> {
  run.stdout(`\n#EHOS ${name}\n`);
  const result = await withDeadline(argv, Number(seconds) * 1000, stdin, run);
  const errors = result.stderr.replace(/\n+$/, '').replaceAll('\n', ' ');
  run.stdout(`${result.stdout}\n#ERR ${errors}\n#RC ${result.code}\n`);
}

/** `timeout SECONDS ARGV`. */
async function withDeadline(argv: Words, ms: number, stdin: string, run: ShellRun): Promise<ToolResult> {
  const { context } = run;
  const [name = ''] = argv;
  const tool = findTool(name, { sbinInPath: true, noCondor: context.noCondor });
  run.count(name);
  if (!tool) return failed(`timeout: failed to run command '${name}': No such file or directory\n`, 127);
  const deadline = new AbortController();
  const cancel = context.pool.clock.after(ms, () => deadline.abort());
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  try {
    const result = await tool(argv.slice(1), { ...context, signal }, stdin);
    return deadline.signal.aborted ? { ...result, code: 124 } : result;
  } finally {
    cancel();
  }
}

/** What people type: lists and pipes of single commands. */
async function runLines(text: string, run: ShellRun): Promise<number> {
  let pipelines: Pipeline[];
  try {
    pipelines = parseShell(text);
  } catch (error) {
    run.stderr(`bash: -c: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  let code = 0;
  for (const { commands, when } of pipelines) {
    if ((when === 'success' && code !== 0) || (when === 'failure' && code === 0)) continue;
    code = await runPipeline(commands, run);
  }
  return code;
}

async function runPipeline(commands: Words[], run: ShellRun): Promise<number> {
  let result: ToolResult = { code: 0, stdout: run.stdin, stderr: '' };
  for (const [name = '', ...argv] of commands) {
    const tool = findTool(name, { sbinInPath: false, noCondor: run.context.noCondor });
    run.count(name);
    result = tool ? await tool(argv, run.context, result.stdout) : failed(`bash: ${name}: command not found\n`, 127);
    run.stderr(result.stderr);
  }
  run.stdout(result.stdout);
  return result.code;
}
