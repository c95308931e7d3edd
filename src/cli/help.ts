/** What follows the list of options in a command's help: examples and exit codes. */
import type { Command } from 'commander';

export interface Notes {
  /** A command line without the program's name, and what it is for. */
  examples: readonly (readonly [line: string, what: string])[];
  /** Those that are not only 0 for success and 1 for everything else. */
  exitCodes?: readonly (readonly [code: number, meaning: string])[];
  /** A paragraph of its own. */
  remarks?: string;
}

export function withNotes(command: Command, notes: Notes): Command {
  return command.addHelpText('after', () => notesText(command.parent?.name() ?? 'ehos', notes));
}

export function notesText(program: string, { examples, exitCodes = [], remarks }: Notes): string {
  // a pipe may call it again
  const lines = examples.map(
    ([line, what]) => [`${program} ${line.replaceAll('| ehos ', `| ${program} `)}`, what] as const,
  );
  const width = Math.max(...lines.map(([line]) => line.length));
  const parts = [
    ...(remarks === undefined ? [] : ['', remarks]),
    '',
    'Examples:',
    ...lines.map(([line, what]) => `  ${line.padEnd(width)}  # ${what}`),
  ];
  if (exitCodes.length > 0)
    parts.push('', 'Exit codes:', ...exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`));
  return parts.join('\n');
}
