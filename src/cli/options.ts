/** Options that several commands take, and how their values are checked. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../base/duration.ts';

/** An option that takes a whole number within bounds, which its help names. */
export function whole(
  flags: string,
  description: string,
  [from, to]: readonly [number, number],
  standard: number,
): Option {
  return new Option(flags, `${description} (${from} to ${to})`).default(standard).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  });
}

/** An empty name would mean all namespaces. */
export function namespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a namespace: small letters, digits and dashes, 63 at most.');
}

export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:8081.');
}

/** A name that an object may have (RFC 1123, as the API server checks it). */
export function objectName(text: string): string {
  if (text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be the name of an object: small letters, digits, dashes and dots, 253 at most.',
  );
}

/** Milliseconds. */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('It must be a duration such as 90s, 15m or 1h30m.');
  }
}
