#!/usr/bin/env node
/** The `ehos` command. */
import { Command } from 'commander';
import { EhosError, messageOf } from './base/errors.ts';
import { demoCommand } from './cli/demo.ts';
import { planCommand } from './cli/plan.ts';
import { runCommand } from './cli/run.ts';
import { snapshotCommand } from './cli/snapshot.ts';
import { VERSION } from './version.ts';

const program = new Command('ehos')
  .description('EHOS: turns queued HTCondor jobs into OpenStack servers, and idle servers back into nothing.')
  .version(VERSION);

for (const command of [runCommand(), planCommand(), snapshotCommand(), demoCommand()])
  program.addCommand(command.showHelpAfterError());

// whoever reads the output may have seen enough: `ehos plan ... | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.showHelpAfterError().parseAsync();
} catch (error) {
  // what the user can mend is a sentence; anything else is a fault of ours and shows where
  process.stderr.write(
    error instanceof EhosError
      ? `ehos: ${messageOf(error)}\n`
      : `ehos: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  process.exitCode = 1;
}
