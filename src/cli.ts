#!/usr/bin/env node
/** The `ehos` command. */
import { EhosError, messageOf } from './base/errors.ts';
import { callName, makeProgram } from './cli/program.ts';

// whoever reads the output may have seen enough: `ehos plan ... | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await makeProgram(callName(process.argv[1])).parseAsync();
} catch (error) {
  // what the user can mend is a sentence; anything else is a fault of ours and shows where
  process.stderr.write(
    error instanceof EhosError
      ? `ehos: ${messageOf(error)}\n`
      : `ehos: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  process.exitCode = 1;
}
