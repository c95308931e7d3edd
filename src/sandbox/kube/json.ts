/** JSON values as the sandbox handles them. What is stored is never changed: writers build new objects that share what stayed. */
import type { ObjectMeta } from '../../api/resources.ts';

export type JsonObject = Record<string, unknown>;

/** ObjectMeta with what only the API server writes. */
export interface ServerMeta extends ObjectMeta {
  generateName?: string;
  deletionGracePeriodSeconds?: number;
  managedFields?: unknown[];
  selfLink?: string;
}

/** Any object of the Kubernetes API. */
export interface KubeJson extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: ServerMeta;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of JSON values; the order of keys does not count. Shared parts compare at the cost of one step. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]))
  );
}

/** The value below `path`, undefined where there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** A copy of `object` with `value` at `path`; undefined takes the field away. Only the objects on the way are copied. */
export function withValue(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const copy = { ...object };
  const below = rest.length === 0 ? value : withValue(isObject(copy[key]) ? copy[key] : {}, rest, value);
  if (below === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = below;
  return copy;
}

/** A copy with other metadata; undefined takes a field away. */
export function withMeta<T extends KubeJson>(
  object: T,
  changes: { [K in keyof ServerMeta]?: ServerMeta[K] | undefined },
): T {
  const metadata: JsonObject = { ...object.metadata };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(metadata, key);
    else metadata[key] = value;
  }
  return { ...object, metadata: metadata as unknown as ServerMeta };
}
