/**
 * Reading answers of a service whose JSON is not ours: absent or odd fields become undefined, never an exception deep in a mapping. What
 * decides over servers (which there are, whose, how many more may be made) is read by `required*`: an answer without it is none.
 */
import { EhosError } from '../base/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `key`; undefined when there is none (Nova writes `"image": ""` for a server that boots from a volume). */
export function objectAt(from: unknown, key: string): JsonObject | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return isObject(value) ? value : undefined;
}

/** The text under `key`; numbers become text, since ids of old flavors are numbers in some clouds' JSON. */
export function textAt(from: unknown, key: string): string | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** The number under `key`; Nova writes a flavor's absent swap as `""`, which is no number. */
export function numberAt(from: unknown, key: string): number | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number that fits into what is reckoned with: whole, and no larger than can be counted exactly. */
export function amountAt(from: unknown, key: string): number | undefined {
  const value = numberAt(from, key);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function booleanAt(from: unknown, key: string): boolean | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === 'boolean' ? value : undefined;
}

/** Rejects the whole answer: `what` is not there in the form that it must have. */
function unreadable(what: string): EhosError {
  return new EhosError('Transient', `unexpected answer: ${what}`);
}

export function isId(id: string | undefined): id is string {
  return id !== undefined && /^[\w.:@+-]{1,255}$/.test(id);
}

/** An id as services write them: it goes into paths, into status fields and back. */
export function requiredId(from: unknown, of: string): string {
  const id = textAt(from, 'id');
  if (!isId(id)) throw unreadable(`${of} without an id`);
  return id;
}

export function requiredText(from: unknown, key: string, of: string): string {
  const value = isObject(from) ? from[key] : undefined;
  if (typeof value !== 'string') throw unreadable(`${of} without ${key}`);
  return value;
}

export function requiredTexts(from: unknown, key: string, of: string): string[] {
  const value = isObject(from) ? from[key] : undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw unreadable(`${of} without ${key}`);
  return value;
}

export function requiredTime(from: unknown, key: string, of: string): number {
  const value = timeAt(from, key);
  if (value === undefined) throw unreadable(`${of} without a time ${key}`);
  return value;
}

/** A whole number that fits into what is reckoned with; -1 where `key` is a limit that there is not. */
export function requiredAmount(from: unknown, key: string, of: string): number {
  const value = amountAt(from, key);
  if (value === undefined || value < -1) throw unreadable(`${of} without a number ${key}`);
  return value;
}

/** The objects of the list under `key`; empty when there is no list. */
export function objectsAt(from: unknown, key: string): JsonObject[] {
  const value = isObject(from) ? from[key] : undefined;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts of the list under `key`; empty when there is no list. */
export function textsAt(from: unknown, key: string): string[] {
  const value = isObject(from) ? from[key] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The object under `key` with its text values only: metadata, extra specs. */
export function textMapAt(from: unknown, key: string): Record<string, string> {
  const entries = Object.entries(objectAt(from, key) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Milliseconds since the epoch of an OpenStack time. Keystone leaves the zone out of some (`2030-01-01T00:00:00.000000`): all are UTC. */
export function timeAt(from: unknown, key: string): number | undefined {
  const text = textAt(from, key);
  if (text === undefined) return undefined;
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
