/** Reading answers of a service whose JSON is not ours: absent or odd fields become undefined, never an exception deep in a mapping. */

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

export function booleanAt(from: unknown, key: string): boolean | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === 'boolean' ? value : undefined;
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
