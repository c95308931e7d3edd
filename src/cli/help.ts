/** What follows the list of options in a command's help: examples and exit codes. */
import type { Command } from 'commander';

export interface Notes {
  /** A command line without the program's name, broken where it is long, and what it is for. */
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
  const line = (text: string): string => `${program} ${text.replaceAll('| ehos ', `| ${program} `)}`;
  const shown = examples.map(([text, what]) => `  # ${what}\n  ${line(text).replaceAll('\n', ' \\\n    ')}`);
  const parts = [...(remarks === undefined ? [] : ['', remarks]), '', 'Examples:', ...shown];
  if (exitCodes.length > 0)
    parts.push('', 'Exit codes:', ...exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`));
  return parts.join('\n');
}
