/** The account's shell on the simulated master: the operator's scripts on standard input, and command lines that people type. */
import { messageOf } from '../../../base/errors.ts';
import { SCRIPT_COMMAND, SCRIPT_PREAMBLE } from '../../../base/remote-script.ts';
import { findTool } from '../tools/registry.ts';
import { failed, type Input, type ToolContext, type ToolResult } from '../tools/tool.ts';
import { parseShell, type Command, type Pipeline, type Sink } from './shell-words.ts';

export interface ShellRun {
  context: ToolContext;
  /** Standard input of the whole command. */
  stdin: Input;
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Called with the command's name before it runs. */
  count: (tool: string) => void;
}

const NO_INPUT: Input = () => Promise.resolve('');

/** Runs a command line as sshd hands it to the account's shell; returns the exit code. */
export async function runCommandLine(line: string, run: ShellRun): Promise<number> {
  if (line !== SCRIPT_COMMAND && line !== 'sh -s') return runLines(line, run);
  const script = await run.stdin();
  const inScript = { ...run, stdin: NO_INPUT };
  return script.startsWith(SCRIPT_PREAMBLE)
    ? runSteps(script.slice(SCRIPT_PREAMBLE.length), inScript)
    : runLines(script, inScript);
}

/** The lines after the preamble of the operator's scripts. */
async function runSteps(script: string, run: ShellRun): Promise<number> {
  for (const { commands } of parse(script, run) ?? []) {
    const [{ words } = { words: [] }] = commands;
    if (words[0] === 's') await runStep(words.slice(1), run);
    else if (words[0] === 'printf') run.stdout((words[1] ?? '').replaceAll('\\n', '\n'));
  }
  return 0;
}

/** The function `s` of the preamble: NAME SECONDS STDIN ARGV..., framed. */
async function runStep([name = '', seconds = '20', stdin = '', ...argv]: string[], run: ShellRun): Promise<void> {
  run.stdout(`\n#EHOS ${name}\n`);
  const result = await withDeadline(argv, Number(seconds) * 1000, stdin, run);
  const errors = result.stderr.replace(/\n+$/, '').replaceAll('\n', ' ');
  run.stdout(`${result.stdout}\n#ERR ${errors}\n#RC ${result.code}\n`);
}

/** `timeout SECONDS ARGV`. */
async function withDeadline(argv: string[], ms: number, stdin: string, run: ShellRun): Promise<ToolResult> {
  const { context } = run;
  const [name = ''] = argv;
  const tool = findTool(name, { sbinInPath: true, noCondor: context.noCondor });
  run.count(name);
  if (!tool) return failed(`timeout: failed to run command '${name}': No such file or directory\n`, 127);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const cancel = context.pool.clock.after(ms, end);
  if (context.signal.aborted) end();
  context.signal.addEventListener('abort', end);
  try {
    const result = await tool(argv.slice(1), { ...context, signal: ending.signal }, () => Promise.resolve(stdin));
    const late = ending.signal.aborted && !context.signal.aborted;
    return late ? { ...result, code: 124 } : result;
  } finally {
    cancel();
    context.signal.removeEventListener('abort', end);
  }
}

/** Lists and pipes. */
async function runLines(text: string, run: ShellRun): Promise<number> {
  const pipelines = parse(text, run);
  if (!pipelines) return 2;
  let code = 0;
  for (const { commands, when } of pipelines) {
    if ((when === 'success' && code !== 0) || (when === 'failure' && code === 0)) continue;
    const [{ words } = { words: [] }] = commands;
    if (words[0] === 'exit') return Number(words[1] ?? code);
    code = await runPipeline(commands, run);
  }
  return code;
}

async function runPipeline(commands: Command[], run: ShellRun): Promise<number> {
  let piped: string | undefined;
  let code = 0;
  for (const [i, command] of commands.entries()) {
    const [name = '', ...argv] = command.words;
    const tool = findTool(name, { sbinInPath: false, noCondor: run.context.noCondor });
    run.count(name);
    const input = piped;
    const stdin: Input = input === undefined ? run.stdin : () => Promise.resolve(input);
    const result = tool ? await tool(argv, run.context, stdin) : notFound(name);
    code = result.code;
    const last = i === commands.length - 1;
    piped = '';
    const send = (sink: Sink, output: string): void => {
      if (sink === 'stderr') run.stderr(output);
      else if (sink === 'stdout' && last) run.stdout(output);
      else if (sink === 'stdout') piped = `${piped ?? ''}${output}`;
    };
    send(command.stdout, result.stdout);
    send(command.stderr, result.stderr);
  }
  return code;
}

function notFound(name: string): ToolResult {
  return failed(`bash: ${name}: ${name.includes('/') ? 'No such file or directory' : 'command not found'}\n`, 127);
}

function parse(text: string, run: ShellRun): Pipeline[] | undefined {
  try {
    return parseShell(text);
  } catch (error) {
    run.stderr(`bash: ${messageOf(error)}\n`);
    return undefined;
  }
}
