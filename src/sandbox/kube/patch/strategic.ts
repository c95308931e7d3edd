/** Strategic merge patch, for built-in kinds: like a merge patch, but lists with a merge strategy are merged item by item. */
import { isObject, jsonEqual, type JsonObject } from '../json.ts';
import { fieldSchema, type SchemaNode } from '../schema/schema.ts';

const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
const SET_ORDER = '$setElementOrder/';
const RETAIN_KEYS = '$retainKeys';

/** `target` changed by `patch`; the schema tells which lists merge, and by which key. */
export function strategicPatch(target: unknown, patch: unknown, schema: SchemaNode | undefined): unknown {
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') return without(patch, '$patch');
  if (patch.$patch === 'delete') return {};
  const out: JsonObject = isObject(target) ? { ...target } : {};
  const retained = patch[RETAIN_KEYS];
  if (Array.isArray(retained))
    for (const key of Object.keys(out)) if (!retained.includes(key)) Reflect.deleteProperty(out, key);
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(SET_ORDER)) continue;
    if (key.startsWith(DELETE_FROM_LIST)) deleteItems(out, key.slice(DELETE_FROM_LIST.length), value);
    else if (value === null) Reflect.deleteProperty(out, key);
    else if (Array.isArray(value)) out[key] = mergeList(out[key], value, fieldSchema(schema, key));
    else out[key] = strategicPatch(out[key], value, fieldSchema(schema, key));
  }
  return out;
}

function mergeList(target: unknown, patch: unknown[], schema: SchemaNode | undefined): unknown[] {
  if (schema?.['x-kubernetes-patch-strategy'] !== 'merge') return patch;
  const live: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
  const key = schema['x-kubernetes-patch-merge-key'];
  if (key === undefined) {
    return [...live, ...patch.filter((item) => !live.some((other) => jsonEqual(other, item)))];
  }
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = live.findIndex((other) => isObject(other) && jsonEqual(other[key], item[key]));
    if (item.$patch === 'delete') {
      if (at >= 0) live.splice(at, 1);
    } else if (at < 0) live.push(without(item, '$patch'));
    else live[at] = strategicPatch(live[at], item, schema.items);
  }
  return live;
}

function deleteItems(object: JsonObject, key: string, items: unknown): void {
  const live = object[key];
  if (!Array.isArray(live) || !Array.isArray(items)) return;
  const kept = (live as unknown[]).filter((item) => !items.some((gone) => jsonEqual(gone, item)));
  if (kept.length > 0) object[key] = kept;
  else Reflect.deleteProperty(object, key);
}

function without(object: JsonObject, key: string): JsonObject {
  const out = { ...object };
  Reflect.deleteProperty(out, key);
  return out;
}
