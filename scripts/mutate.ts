/** Puts a bug of test/mutants.ts into the code. */
import type { Mutant } from '../test/mutants.ts';

/** The file's text with the bug in it. Throws when the list no longer fits the code. */
export function mutated(text: string, { name, file, from, to }: Mutant): string {
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`test/mutants.ts: ${name}: "${from}" stands ${places} times in ${file}, not once`);
  if (`${from}${to}`.includes('\n')) throw new Error(`test/mutants.ts: ${name}: more than one line`);
  if (from === to) throw new Error(`test/mutants.ts: ${name}: it changes nothing`);
  return text.replace(from, () => to);
}
