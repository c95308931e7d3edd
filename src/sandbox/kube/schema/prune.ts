/** Takes away the fields that the schema does not know, and tells which they were. */
import { isObject, type JsonObject } from '../json.ts';
import { joinPath, keepsUnknown, type SchemaNode } from './schema.ts';

/** Fields of a whole object that its schema need not name; metadata has a schema of its own: see `pruneMeta`. */
const COMMON = new Set(['apiVersion', 'kind', 'metadata']);

/** What is left of `object`, which is the same object if nothing went; `unknown` gets the paths of what went, as messages name them. */
export function prune<T extends JsonObject>(
  object: T,
  schema: SchemaNode,
  unknown: string[],
  path = '',
  isWhole = true,
): T {
  let out: JsonObject = object;
  const set = (key: string, value: unknown): void => {
    if (out === object) out = { ...object };
    if (value === undefined) Reflect.deleteProperty(out, key);
    else out[key] = value;
  };
  for (const [key, value] of Object.entries(object)) {
    if (isWhole && COMMON.has(key)) continue;
    const below = joinPath(path, key);
    const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    const known = schema.properties?.[key] ?? additional;
    if (known) {
      const kept = pruneValue(value, known, unknown, below);
      if (kept !== value) set(key, kept);
    } else if (!keepsUnknown(schema)) {
      set(key, undefined);
      unknown.push(below);
    }
  }
  return out as T;
}

function pruneValue(value: unknown, schema: SchemaNode, unknown: string[], path: string): unknown {
  if (isObject(value)) return prune(value, schema, unknown, path, schema['x-kubernetes-embedded-resource'] === true);
  const { items } = schema;
  if (!Array.isArray(value) || !items) return value;
  const kept = value.map((item, i) => pruneValue(item, items, unknown, joinPath(path, i)));
  return kept.every((item, i) => item === value[i]) ? value : kept;
}
