/** ClassAds as the tools print them with -json, and string literals for those that we write. */
import { parseJson } from '../base/json.ts';
import { cut } from '../base/text.ts';
import { evaluate, type AdValue } from './expression.ts';

/** One ad; its attribute names know no case (ClassAd language reference, "Attribute references"). */
export class Ad {
  readonly #attributes: Readonly<Record<string, unknown>>;

  constructor(attributes: Readonly<Record<string, unknown>>) {
    this.#attributes = attributes;
  }

  /** The value, evaluated within this ad where it is an expression; undefined when it is missing or cannot be evaluated. */
  get(name: string): AdValue {
    return this.#evaluated(name, 0, { left: MAX_EVALUATED });
  }

  /** As it was printed: a text, a number, or `/Expr(...)/`. */
  raw(name: string): unknown {
    const attributes = this.#attributes;
    if (Object.hasOwn(attributes, name)) return attributes[name];
    // as it is asked for in most cases; a copy in lower case of each of thousands of ads would cost more than all else
    const lower = name.toLowerCase();
    for (const key of Object.keys(attributes))
      if (key.length === name.length && key.toLowerCase() === lower) return attributes[key];
    return undefined;
  }

  number(name: string): number | undefined {
    const value = this.get(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): string[] {
    const value = this.get(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  #evaluated(name: string, depth: number, budget: { left: number }): AdValue {
    const value = this.raw(name);
    const source = typeof value === 'string' && value.startsWith('/Expr(') ? EXPRESSION.exec(value)?.[1] : undefined;
    if (source === undefined) return plain(value);
    // an ad may refer to itself in a circle, and many times in each round: `A = A+A+A` would never come to an end
    if (depth > MAX_REFERENCES || budget.left <= 0) return undefined;
    budget.left -= source.length;
    return evaluate(source, (attribute) => this.#evaluated(attribute, depth + 1, budget));
  }
}

const MAX_REFERENCES = 8;
/** Characters of all expressions that are evaluated for one value. */
const MAX_EVALUATED = 4096;
const EXPRESSION = /^\/Expr\(([\s\S]*)\)\/$/;

function plain(value: unknown): AdValue {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(plain) : undefined;
}

/** The ads in a tool's -json output, all at once. */
export function parseAds(output: string): Ad[] {
  return [...readAds(output)];
}

/** A closing brace in the first column: an ad ends there, or something nested in it. */
const END = '\n}';
/** So many of these can be in one ad before it is taken for broken. */
const MOST_NESTED = 16;
/** Characters of one ad: a whole slot ad has 10,000, a group of jobs as many as it names jobs. */
const LONGEST_AD = 4 * 1024 * 1024;

/**
 * The ads in a tool's -json output, one after the other: of the slots of thousands of machines, megabytes, only one is in memory as an ad.
 * No ad at all is printed as nothing, not as `[]` (measured).
 * Throws a plain Error when it is not a JSON array of objects: cut short, or a message in its place.
 */
export function* readAds(output: string): Generator<Ad> {
  let at = skipBlanks(output, 0);
  if (at === output.length) return;
  if (output[at] !== '[') throw notJson(output);
  at = skipBlanks(output, at + 1);
  // a list that is not printed an ad a line, such as an empty one
  if (output[at] !== '{' || output[at + 1] !== '\n') {
    yield* wholeList(output);
    return;
  }
  for (;;) {
    const [attributes, end] = nextObject(output, at);
    yield new Ad(attributes);
    at = skipBlanks(output, end);
    if (output[at] === ']' && skipBlanks(output, at + 1) === output.length) return;
    if (output[at] !== ',') throw notJson(output);
    at = skipBlanks(output, at + 1);
  }
}

/** The object that begins at `from`, and where it ends. */
function nextObject(output: string, from: number): [attributes: Record<string, unknown>, end: number] {
  let end = from;
  for (let tried = 0; tried < MOST_NESTED; tried++) {
    const found = output.indexOf(END, end);
    if (found === -1) break;
    end = found + END.length;
    if (end - from > LONGEST_AD) break;
    const parsed = jsonIn(output.slice(from, end));
    if (isRecord(parsed)) return [parsed, end];
  }
  throw notJson(output);
}

function* wholeList(output: string): Generator<Ad> {
  const parsed = jsonIn(output);
  if (!Array.isArray(parsed)) throw notJson(output);
  if (!parsed.every(isRecord)) throw new Error('not a list of ClassAds');
  for (const attributes of parsed) yield new Ad(attributes);
}

/** undefined, which is no JSON, for a text that is none. */
function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const BLANKS = /\s*/y;

function skipBlanks(text: string, from: number): number {
  BLANKS.lastIndex = from;
  BLANKS.test(text);
  return BLANKS.lastIndex;
}

function notJson(output: string): Error {
  return new Error(`not JSON: ${JSON.stringify(cut(output.trimStart(), 80).trimEnd())}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A ClassAd string literal; control characters become octal escapes (ClassAd language reference, "Literals"). */
export function quoteString(text: string): string {
  const body = text
    .replace(/[\\"]/g, '\\$&')
    .replace(/\p{Cc}/gu, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `"${body}"`;
}
