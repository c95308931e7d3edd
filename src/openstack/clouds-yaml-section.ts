import { EhosError } from '../base/errors.ts';
import { isObject, type JsonObject } from './json.ts';

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];
/** How YAML writes "nothing"; the failsafe schema hands it over as text. */
const NULLS = ['', '~', 'null', 'Null', 'NULL'];

/** One map of clouds.yaml with its path, so that every refusal says where. */
export class Section {
  readonly #values: JsonObject;

  constructor(
    values: JsonObject,
    readonly path: string,
  ) {
    this.#values = values;
  }

  /** The error for `key`; `why` must not repeat a secret. */
  refusal(key: string, why: string): EhosError {
    const field = `${this.path}.${key}`;
    return new EhosError('Invalid', `${field}: ${why}`, { field });
  }

  /** The error for an absent `key`; without a colon behind the key, since `password: missing` is redacted in logs as a password. */
  missing(key: string, hint?: string): EhosError {
    const field = `${this.path}.${key}`;
    return new EhosError('Invalid', `${field} is missing${hint === undefined ? '' : `: ${hint}`}`, { field });
  }

  /** The text under `key`; undefined when it is absent or empty. */
  text(key: string): string | undefined {
    const value = Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.refusal(key, 'must be one value, not a list or a map');
    return NULLS.includes(value) ? undefined : value;
  }

  /** The first of `keys` that has a text. */
  firstText(...keys: string[]): string | undefined {
    for (const key of keys) {
      const text = this.text(key);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const word = text.toLowerCase();
    if (TRUE.includes(word)) return true;
    if (FALSE.includes(word)) return false;
    throw this.refusal(key, `"${text.slice(0, 64)}" is neither true nor false`);
  }

  /** An http(s) URL without trailing slashes. */
  url(key: string): string | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && (url.username !== '' || url.password !== '')) {
      throw this.refusal(key, 'must not hold credentials, which have keys of their own');
    }
    if (!url || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
      throw this.refusal(key, `"${withoutQuery(text)}" is not a URL like https://keystone.example.org:5000/v3`);
    }
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  }

  section(key: string): Section {
    const value = Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
    if (!isObject(value)) throw this.missing(key, 'it must be a map with auth_url and the credentials');
    return new Section(value, `${this.path}.${key}`);
  }
}

/** What may be shown of a text that should have been a URL: a query or a user part could hold a secret. */
function withoutQuery(text: string): string {
  return text
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/]*@/, '//')
    .slice(0, 128);
}
