/** What is wrong with the content of a snapshot file, in words: which field, which value, what is allowed. */
import type { ErrorObject } from 'ajv';
import type { Schema } from './schema.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  path: Path;
  words: string;
}

const MOST_NAMED = 12;
const LONGEST_VALUE = 60;
/** A maximum that is there for exact arithmetic only, and not worth telling. */
const UNBOUNDED = 1e12;

/** `pools[0].spec.maxNodes`; the file itself: `the snapshot`. */
export function pathWords(path: Path): string {
  if (path.length === 0) return 'the snapshot';
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const plain = /^[\w-]+$/.test(step);
    return text === '' ? step : plain ? `${text}.${step}` : `${text}[${JSON.stringify(step)}]`;
  }, '');
}

function pathOf(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** A refusal of the schema. */
export function problemOf({ instancePath, keyword, params, parentSchema, data }: ErrorObject): Problem {
  const path = pathOf(instancePath);
  const schema = (parentSchema ?? {}) as Schema;
  const of = params as Record<string, unknown>;
  switch (keyword) {
    case 'required': {
      const missing = String(of.missingProperty);
      const about = schema.properties?.[missing];
      return { path, words: `"${missing}" is missing: give ${about ? allowedWords(about) : 'it'}` };
    }
    case 'additionalProperties': {
      const name = String(of.additionalProperty);
      return {
        path: [...path, name],
        words: `there is no such field${nearestWords(name, Object.keys(schema.properties ?? {}))}`,
      };
    }
    case 'uniqueItems':
      return { path, words: `${valueWords((data as unknown[])[Number(of.j)])} is there twice: name each once` };
    case 'maxItems':
    case 'minItems':
      return { path, words: `it has ${(data as unknown[]).length} items: give ${allowedWords(schema)}` };
    default:
      return {
        path,
        words: `${valueWords(data)} is not allowed: give ${allowedWords(schema)}${expressionWords(data, schema)}`,
      };
  }
}

/** What the file says, short. */
export function valueWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? '.nan' : value < 0 ? '-.inf' : '.inf';
  const text = JSON.stringify(value ?? null);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}

/** `a whole number from 0 to 10000`, `one of Active, Observe, Paused`. */
function allowedWords(schema: Schema): string {
  if (schema.enum) return schema.enum.length === 1 ? schema.enum.join() : `one of ${schema.enum.join(', ')}`;
  const types = [schema.type ?? []].flat();
  const like = schema.examples?.map(String).join(' or ');
  const words = types.map((type) => {
    if (type === 'integer') return `a whole number ${rangeWords(schema)}`;
    if (type === 'number') return `a number ${rangeWords(schema)}`;
    if (type === 'boolean') return 'true or false';
    if (type === 'object') return 'a mapping';
    if (type === 'array') return `a list${countWords(schema.minItems, schema.maxItems, 'items')}`;
    if (types.length > 1 && like !== undefined) return /\d/.test(like) ? `an amount such as ${like}` : like;
    const form =
      like === undefined ? (schema.pattern === undefined ? '' : ` that matches ${schema.pattern}`) : ` such as ${like}`;
    return `a text${form}${countWords(schema.minLength, schema.maxLength, 'characters')}`;
  });
  return words.join(' or ');
}

function rangeWords({ minimum, exclusiveMinimum, maximum }: Schema): string {
  if (exclusiveMinimum !== undefined) return `above ${exclusiveMinimum}`;
  return maximum === undefined || maximum >= UNBOUNDED
    ? `of at least ${minimum ?? 0}`
    : `from ${minimum ?? 0} to ${maximum}`;
}

function countWords(least: number | undefined, most: number | undefined, noun: string): string {
  if (most === undefined) return least === undefined ? '' : ` of at least ${least} ${noun}`;
  return ` of ${least ?? 0} to ${most} ${noun}`;
}

/** HTCondor prints what a job does not give as a number but as an expression between slashes. */
function expressionWords(data: unknown, { type, default: value }: Schema): string {
  const isAmount = [type ?? []].flat().some((one) => one === 'number' || one === 'integer');
  if (typeof data !== 'string' || !isAmount || !/[()*/?<>=]/.test(data)) return '';
  const without = value === undefined ? '' : `, or leave it out (${JSON.stringify(value)} then counts)`;
  return `. An expression cannot be planned with: give what it comes to for these jobs${without}`;
}

/** `: did you mean "maxNodes"?`, else what there is. */
export function nearestWords(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `: did you mean "${near}"?`;
  if (known.length === 0) return ': there are none';
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  return `: there ${known.length === 1 ? 'is' : 'are'} ${known.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** The known name with the fewest letters to change, if they are few. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const one of known) {
    const steps = distance(name.slice(0, 64).toLowerCase(), one.slice(0, 64).toLowerCase());
    if (steps < least) [best, least] = [one, steps];
  }
  return best;
}

/** Letters to change, to add or to take away (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
