/** Fills in the defaults of a schema, as the server does before it validates. */
import { isObject, type JsonObject } from '../json.ts';
import type { SchemaNode } from './schema.ts';

/**
 * `object` with its defaults: the same object if there was nothing to fill in.
 * A default that is an object is filled further, so that `default: {}` brings the defaults below it.
 * Null for a field that may not be null counts as absent, and goes.
 */
export function withDefaults<T extends JsonObject>(object: T, schema: SchemaNode): T {
  let out: JsonObject = object;
  const fill = (key: string, field: SchemaNode): void => {
    const given = object[key];
    if (!Object.hasOwn(object, key) && field.default === undefined) return;
    const isAbsent = given === undefined || (given === null && field.nullable !== true);
    const value = isAbsent ? defaultsBelow(field.default, field) : defaultsBelow(given, field);
    if (value === given) return;
    if (out === object) out = { ...object };
    if (value === undefined) Reflect.deleteProperty(out, key);
    else out[key] = value;
  };
  for (const [key, field] of Object.entries(schema.properties ?? {})) fill(key, field);
  const rest = schema.additionalProperties;
  if (typeof rest === 'object') {
    for (const key of Object.keys(object)) if (!schema.properties?.[key]) fill(key, rest);
  }
  return out as T;
}

function defaultsBelow(value: unknown, schema: SchemaNode): unknown {
  if (isObject(value)) return withDefaults(value, schema);
  const { items } = schema;
  if (!Array.isArray(value) || !items) return value;
  const filled = value.map((item) => defaultsBelow(item, items));
  return filled.every((item, i) => item === value[i]) ? value : filled;
}
