/** ClassAds as the tools print them with -json, and string literals for those that we write. */
import { evaluate, type AdValue } from './expression.ts';

/** One ad, its attribute names in lower case: ClassAd names know no case (ClassAd language reference, "Attribute references"). */
export class Ad {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(attributes: Record<string, unknown>) {
    this.#values = new Map(Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** The value, evaluated within this ad where it is an expression; undefined when it is missing or cannot be evaluated. */
  get(name: string): AdValue {
    return this.#evaluated(name, 0);
  }

  /** As it was printed: a text, a number, or `/Expr(...)/`. */
  raw(name: string): unknown {
    return this.#values.get(name.toLowerCase());
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

  #evaluated(name: string, depth: number): AdValue {
    const value = this.raw(name);
    const source = typeof value === 'string' ? /^\/Expr\(([\s\S]*)\)\/$/.exec(value)?.[1] : undefined;
    if (source === undefined) return plain(value);
    // an ad may refer to itself in a circle
    return depth > MAX_REFERENCES ? undefined : evaluate(source, (attribute) => this.#evaluated(attribute, depth + 1));
  }
}

const MAX_REFERENCES = 8;

function plain(value: unknown): AdValue {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(plain) : undefined;
}

/**
 * The ads in a tool's -json output. No ad at all is printed as nothing, not as `[]` (measured).
 * Throws a plain Error when it is not a JSON array of objects: cut short, or a message in its place.
 */
export function parseAds(output: string): Ad[] {
  if (output.trim() === '') return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw new Error(`not JSON: ${JSON.stringify(output.trim().slice(0, 80))}`);
  }
  if (!Array.isArray(parsed) || !parsed.every(isRecord)) throw new Error('not a list of ClassAds');
  return parsed.map((attributes) => new Ad(attributes));
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
