/** All commands of `ehos`, which is also `kubectl ehos`. What a command does is loaded when it runs. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { demoCommand } from './demo.ts';
import { drainCommand } from './drain.ts';
import { initCommand } from './init.ts';
import { logsCommand } from './logs.ts';
import { migrateCommand } from './migrate.ts';
import { nodesCommand } from './nodes.ts';
import { planCommand } from './plan.ts';
import { protectCommand } from './protect.ts';
import { runCommand } from './run.ts';
import { snapshotCommand } from './snapshot.ts';
import { statusCommand } from './status.ts';
import { whyCommand } from './why.ts';

/** kubectl takes an executable of this name in PATH for its own command `ehos` (kubectl, "Extend kubectl with plugins"). */
const PLUGIN = 'kubectl-ehos';

/** How the user calls it, from the path it was started by. */
export function callName(path: string | undefined): string {
  return path !== undefined && basename(path).startsWith(PLUGIN) ? 'kubectl ehos' : 'ehos';
}

/** In the order of a first day with it: write, check, watch, act, explain; then what runs it. */
export function makeProgram(name = 'ehos'): Command {
  const program = new Command(name)
    .description('EHOS: turns queued HTCondor jobs into OpenStack servers, and idle servers back into nothing.')
    .version(VERSION);
  const commands = [
    initCommand(),
    migrateCommand(),
    checkCommand(),
    statusCommand(),
    whyCommand(),
    nodesCommand(),
    drainCommand(),
    protectCommand(),
    logsCommand(),
    snapshotCommand(),
    planCommand(),
    runCommand(),
    demoCommand(),
    completionCommand(() => program),
  ];
  for (const command of commands) program.addCommand(command.showHelpAfterError());
  return program.showHelpAfterError();
}
