/** Server-side apply: the applied fields win, fields that the manager no longer names go, others' fields are a conflict. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import { fieldSchema, type SchemaNode } from '../schema/schema.ts';
import { ApiError } from '../status.ts';
import {
  compareFields,
  fieldsOf,
  intersect,
  isEmpty,
  itemElements,
  pathsOf,
  subtract,
  type FieldSet,
} from './field-set.ts';
import {
  isEntryOf,
  managedEntries,
  newEntry,
  ownable,
  ownedSchema,
  setEntries,
  type Manager,
  type ManagedEntry,
} from './ownership.ts';

/** The result of applying `config` to `live`, with the new owners. Throws 409 with one cause for each field of another manager. */
export function applyConfig(
  live: KubeJson,
  config: KubeJson,
  schema: SchemaNode,
  manager: Manager,
  options: { force: boolean; time: string },
): KubeJson {
  const owned = ownedSchema(schema);
  const applied = fieldsOf(ownable(config), owned, false);
  const entries = managedEntries(live);
  const others = entries.filter((entry) => !isEntryOf(entry, manager));
  const mine = entries.find((entry) => isEntryOf(entry, manager));

  const merged = mergeValue(ownable(live), ownable(config), owned) as JsonObject;
  const { changed } = compareFields(ownable(live), merged, owned);
  if (changed && !options.force) refuseConflicts(others, changed);

  const dropped = mine && subtract(mine.fieldsV1, applied);
  const orphaned =
    dropped && others.reduce<FieldSet | undefined>((set, entry) => set && subtract(set, entry.fieldsV1), dropped);
  const result = orphaned ? (removeFields(merged, orphaned, owned) as JsonObject) : merged;

  const kept = changed ? takeFromOthers(others, changed) : others;
  const isSame =
    mine !== undefined && changed === undefined && dropped === undefined && !subtract(applied, mine.fieldsV1);
  const own = isSame ? mine : newEntry(manager, isEmpty(applied) ? {} : applied, options.time);
  const object: KubeJson = {
    ...result,
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: metadataOf(live, result),
  };
  return setEntries(object, isEmpty(applied) ? kept : [...kept, own]);
}

/** The server's part of the live metadata, and the merged rest. */
function metadataOf(live: KubeJson, result: JsonObject): KubeJson['metadata'] {
  const merged = isObject(result.metadata) ? result.metadata : {};
  const rest: JsonObject = { ...live.metadata };
  for (const key of Object.keys(ownable(live).metadata ?? {})) Reflect.deleteProperty(rest, key);
  return { ...rest, ...merged } as unknown as KubeJson['metadata'];
}

function refuseConflicts(others: ManagedEntry[], changed: FieldSet): void {
  const conflicts = others.flatMap((entry) => {
    const both = intersect(changed, entry.fieldsV1);
    const words =
      entry.operation === 'Apply'
        ? `"${entry.manager}"`
        : `"${entry.manager}"${suffix(entry)} using ${entry.apiVersion}`;
    return both ? pathsOf(both).map((field) => ({ words, field })) : [];
  });
  if (conflicts.length === 0) return;
  const causes = conflicts.map(({ words, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${words}`,
    field,
  }));
  throw new ApiError(409, 'Conflict', conflictMessage(conflicts), { causes });
}

const suffix = (entry: ManagedEntry): string =>
  entry.subresource === undefined ? '' : ` with subresource "${entry.subresource}"`;

function conflictMessage(conflicts: { words: string; field: string }[]): string {
  const count = `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}`;
  if (conflicts.length === 1)
    return `${count}: conflict with ${conflicts[0]?.words ?? ''}: ${conflicts[0]?.field ?? ''}`;
  const lines = [...new Set(conflicts.map(({ words }) => words))].map((words) => {
    const fields = conflicts.filter((conflict) => conflict.words === words).map(({ field }) => `- ${field}`);
    return `conflicts with ${words}:\n${fields.join('\n')}`;
  });
  return `${count}: ${lines.join('\n')}`;
}

function takeFromOthers(others: ManagedEntry[], changed: FieldSet): ManagedEntry[] {
  return others.flatMap((entry) => {
    const fields = subtract(entry.fieldsV1, changed);
    return fields ? [{ ...entry, fieldsV1: fields }] : [];
  });
}

function mergeValue(live: unknown, applied: unknown, schema: SchemaNode | undefined): unknown {
  if (isObject(live) && isObject(applied) && schema?.['x-kubernetes-map-type'] !== 'atomic') {
    const out: JsonObject = { ...live };
    for (const [key, value] of Object.entries(applied))
      out[key] = mergeValue(live[key], value, fieldSchema(schema, key));
    return out;
  }
  if (Array.isArray(live) && Array.isArray(applied)) {
    const before = itemElements(live, schema);
    const after = itemElements(applied, schema);
    if (before && after) {
      const merged = new Map(before);
      for (const [element, item] of after) merged.set(element, mergeValue(before.get(element), item, schema?.items));
      return [...merged.values()];
    }
  }
  return applied;
}

/** The value without the fields of the set. Containers go when they were members and nothing is left in them. */
function removeFields(value: unknown, set: FieldSet, schema: SchemaNode | undefined): unknown {
  if (isObject(value)) {
    const out: JsonObject = { ...value };
    for (const [element, below] of Object.entries(set)) {
      const key = element.slice(2);
      if (!element.startsWith('f:') || !(key in out)) continue;
      const rest = isEmpty(below) ? undefined : removeFields(out[key], below, fieldSchema(schema, key));
      if (rest === undefined) Reflect.deleteProperty(out, key);
      else out[key] = rest;
    }
    return Object.keys(out).length === 0 && '.' in set ? undefined : out;
  }
  const items = Array.isArray(value) ? itemElements(value, schema) : undefined;
  if (!items) return undefined;
  const kept = [...items].flatMap(([element, item]) => {
    const below = set[element];
    if (!below) return [item];
    // an item of a list is gone with its keys
    return isEmpty(below) || '.' in below ? [] : [removeFields(item, below, schema?.items)];
  });
  return kept.length === 0 && '.' in set ? undefined : kept;
}
