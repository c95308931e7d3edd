/** The answer of a command in the form that was asked for. */
import { Option } from 'commander';
import { stringify } from 'yaml';
import { oneLine } from '../base/text.ts';

export type OutputForm = 'table' | 'json' | 'yaml';

export const outputOption = (): Option =>
  new Option('-o, --output <form>', 'form of the answer').choices(['table', 'json', 'yaml']).default('table');

/** Names and reasons are others' words, and go to a terminal: the same value, each text printable and on one line. */
function printable<T>(value: T): T {
  if (typeof value === 'string') return oneLine(value) as T;
  if (Array.isArray(value)) return value.map(printable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [oneLine(key), printable<unknown>(item)])) as T;
}

/** `table` makes the form for people. */
export function rendered<T>(form: OutputForm, value: T, table: (value: T) => string): string {
  const shown = printable(value);
  switch (form) {
    case 'json':
      return `${JSON.stringify(shown, null, 2)}\n`;
    case 'yaml':
      return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false });
    case 'table':
      return table(shown);
  }
}
