/** Options of HTCondor's tools: one dash, any unambiguous beginning of the name, `-af` takes all the words that follow. */
import type { AdForm } from './ad-output.ts';

export interface OptionSpec {
  flags: readonly string[];
  /** Options followed by one value. */
  values: readonly string[];
}

export interface ParsedArguments {
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, readonly string[]>;
  /** Words that are no options. */
  words: readonly string[];
  form: AdForm | undefined;
  attributes: readonly string[] | undefined;
}

/** Output forms that condor_q, condor_status and condor_history share. */
const FORMS: OptionSpec = { flags: ['-json', '-long'], values: ['-attributes', '-constraint', '-limit'] };

/** The error is the option that is not known, or lacks its value. */
export function parseArguments(argv: readonly string[], spec: OptionSpec): ParsedArguments | { unknown: string } {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const words: string[] = [];
  let autoformat: AdForm | undefined;
  const known = { flags: [...FORMS.flags, ...spec.flags], values: [...FORMS.values, ...spec.values] };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const format = /^-(?:af|autoformat)(?::(\w*))?$/.exec(word);
    const flag = match(word, known.flags);
    const value = match(word, known.values);
    if (format) {
      const end = argv.findIndex((later, at) => at > i && later.startsWith('-'));
      const names = argv.slice(i + 1, end === -1 ? undefined : end);
      const options = format[1] ?? '';
      autoformat = {
        kind: 'autoformat',
        attributes: names,
        quoted: /[Vr]/.test(options),
        jobId: options.includes('j'),
      };
      i += names.length;
    } else if (flag !== undefined) flags.add(flag);
    else if (value !== undefined && i + 1 < argv.length)
      values.set(value, [...(values.get(value) ?? []), argv[++i] ?? '']);
    else if (word.startsWith('-') && word.length > 1) return { unknown: word };
    else words.push(word);
  }
  const attributes = values
    .get('-attributes')
    ?.flatMap((list) => list.split(/[\s,]+/))
    .filter((name) => name !== '');
  const plain: AdForm | undefined = flags.has('-json')
    ? { kind: 'json' }
    : flags.has('-long')
      ? { kind: 'long' }
      : undefined;
  return { flags, values, words, form: autoformat ?? plain, attributes };
}

/** An exact name, or the first that begins so; one or two letters are too few but for exact names. */
function match(word: string, names: readonly string[]): string | undefined {
  if (!word.startsWith('-')) return undefined;
  return (
    names.find((name) => name === word) ?? (word.length > 3 ? names.find((name) => name.startsWith(word)) : undefined)
  );
}
