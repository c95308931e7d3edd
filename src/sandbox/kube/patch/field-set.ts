/**
 * Sets of fields in the form of managedFields (FieldsV1): `f:name` is a field, `k:{...}` an item of a list by its keys, `v:...` an item of a set.
 * A node is itself a member when it is empty or holds `.`. Sets are never changed: operations make new ones and share what stayed.
 */
import { isObject, jsonEqual, type JsonObject } from '../json.ts';
import { fieldSchema, type SchemaNode } from '../schema/schema.ts';

export interface FieldSet {
  [element: string]: FieldSet;
}

const SELF = '.';
const isMember = (node: FieldSet): boolean => SELF in node || isEmpty(node);

export function isEmpty(set: FieldSet): boolean {
  for (const key in set) if (Object.hasOwn(set, key)) return false;
  return true;
}

/** The items of a list as fields of their own; undefined for a list that is one value. */
export function itemElements(list: unknown[], schema: SchemaNode | undefined): Map<string, unknown> | undefined {
  switch (schema?.['x-kubernetes-list-type']) {
    case 'set':
      return new Map(list.map((item) => [`v:${JSON.stringify(item)}`, item]));
    case 'map': {
      const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort();
      return new Map(list.map((item) => [itemKey(item, keys), item]));
    }
    default:
      return undefined;
  }
}

function itemKey(item: unknown, keys: string[]): string {
  const values = isObject(item) ? Object.fromEntries(keys.map((key) => [key, item[key] ?? null])) : {};
  return `k:${JSON.stringify(values)}`;
}

/** What a value consists of, by element, where its parts can have owners of their own. */
function elementsOf(
  value: unknown,
  schema: SchemaNode | undefined,
): Map<string, [unknown, SchemaNode | undefined]> | undefined {
  if (isObject(value) && schema?.['x-kubernetes-map-type'] !== 'atomic') {
    return new Map(Object.entries(value).map(([key, item]) => [`f:${key}`, [item, fieldSchema(schema, key)]]));
  }
  const items = Array.isArray(value) ? itemElements(value, schema) : undefined;
  return items && new Map([...items].map(([element, item]) => [element, [item, schema?.items]]));
}

/** All fields of a value. `containers` counts the objects and lists that hold other fields as well. */
export function fieldsOf(value: unknown, schema: SchemaNode | undefined, containers: boolean): FieldSet {
  const elements = elementsOf(value, schema);
  if (!elements || elements.size === 0) return {};
  const set: FieldSet = containers ? { [SELF]: {} } : {};
  for (const [element, [item, below]] of elements) {
    const isItem = element.startsWith('k:');
    const fields = fieldsOf(item, below, containers);
    set[element] = isItem && !isEmpty(fields) ? { [SELF]: {}, ...fields } : fields;
  }
  return set;
}

/** What differs between two values: fields that are new or other, and fields that are gone. */
export function compareFields(
  old: unknown,
  now: unknown,
  schema: SchemaNode | undefined,
): { changed: FieldSet | undefined; removed: FieldSet | undefined } {
  if (jsonEqual(old, now)) return { changed: undefined, removed: undefined };
  const before = elementsOf(old, schema);
  const after = elementsOf(now, schema);
  if (!before || !after || before.size === 0 || after.size === 0) {
    const removed = before && before.size > 0 ? fieldsOf(old, schema, false) : undefined;
    return { changed: fieldsOf(now, schema, true), removed };
  }
  const changed: FieldSet = {};
  const removed: FieldSet = {};
  for (const [element, [item, below]] of after) {
    const earlier = before.get(element);
    if (!earlier) changed[element] = fieldsOf(item, below, true);
    else {
      const inside = compareFields(earlier[0], item, below);
      if (inside.changed) changed[element] = inside.changed;
      if (inside.removed) removed[element] = inside.removed;
    }
  }
  for (const [element, [item, below]] of before)
    if (!after.has(element)) removed[element] = fieldsOf(item, below, true);
  return { changed: isEmpty(changed) ? undefined : changed, removed: isEmpty(removed) ? undefined : removed };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const out: FieldSet = { ...a };
  for (const [key, node] of Object.entries(b)) {
    const mine = a[key];
    out[key] = mine ? union(mine, node) : node;
  }
  if (isMember(a) !== isMember(b) || isEmpty(a) !== isEmpty(b)) {
    if ((isMember(a) || isMember(b)) && !isEmpty(out)) out[SELF] = {};
  }
  return out;
}

/** The members of `a` that are not in `b`; undefined when none is left. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const out: FieldSet = {};
  for (const [key, node] of Object.entries(a)) {
    if (key === SELF) continue;
    const other = b[key];
    const rest = other ? subtract(node, other) : node;
    if (rest) out[key] = rest;
  }
  if (isMember(a) && !isMember(b)) return isEmpty(out) ? {} : { ...out, [SELF]: {} };
  return isEmpty(out) ? undefined : out;
}

/** The members of both; undefined when there is none. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const out: FieldSet = {};
  for (const [key, node] of Object.entries(a)) {
    const other = b[key];
    if (key === SELF || !other) continue;
    const both = intersect(node, other);
    if (both) out[key] = both;
  }
  if (isMember(a) && isMember(b)) return isEmpty(out) ? {} : { ...out, [SELF]: {} };
  return isEmpty(out) ? undefined : out;
}

/** The members as paths for messages: `.spec.maxNodes`, `.status.conditions[type="Ready"].status`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const below = Object.entries(set).flatMap(([key, node]) =>
    key === SELF ? [] : pathsOf(node, `${prefix}${elementText(key)}`),
  );
  return isMember(set) && prefix !== '' ? [prefix, ...below] : below;
}

function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}
