/** Who set which field: metadata.managedFields, as far as server-side apply and its conflicts need it. */
import { isObject, withMeta, type JsonObject, type KubeJson } from '../json.ts';
import { OBJECT_META } from '../schema/meta-schema.ts';
import type { SchemaNode } from '../schema/schema.ts';
import { compareFields, fieldsOf, isEmpty, subtract, union, type FieldSet } from './field-set.ts';

export interface Manager {
  name: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  /** `status`, `scale` or none. */
  subresource: string | undefined;
}

export interface ManagedEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
  subresource?: string;
}

/** The schema that ownership sees: the resource's own, with metadata in it. */
export function ownedSchema(schema: SchemaNode): SchemaNode {
  return { ...schema, properties: { ...schema.properties, metadata: OBJECT_META } };
}

/** Fields that nobody owns: the object's identity and what the server writes. */
const IDENTITY = ['apiVersion', 'kind'];
const SERVER_META = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
] as const;

/** The object without what nobody owns. */
export function ownable(object: JsonObject): JsonObject {
  const out: JsonObject = { ...object };
  for (const key of IDENTITY) Reflect.deleteProperty(out, key);
  if (isObject(object.metadata)) {
    const metadata = { ...object.metadata };
    for (const key of SERVER_META) Reflect.deleteProperty(metadata, key);
    if (Object.keys(metadata).length === 0) Reflect.deleteProperty(out, 'metadata');
    else out.metadata = metadata;
  }
  return out;
}

export function managedEntries(object: KubeJson): ManagedEntry[] {
  return (object.metadata.managedFields ?? []) as ManagedEntry[];
}

export const isEntryOf = (entry: ManagedEntry, manager: Manager): boolean =>
  entry.manager === manager.name &&
  entry.operation === manager.operation &&
  entry.apiVersion === manager.apiVersion &&
  entry.subresource === manager.subresource;

/** `now` with its owners after `manager` has written it over `old`: what changed is the manager's, what is gone is nobody's. */
export function trackUpdate(
  old: KubeJson | undefined,
  now: KubeJson,
  schema: SchemaNode,
  manager: Manager,
  time: string,
): KubeJson {
  const before = old ? ownable(old) : {};
  const { changed, removed } = old
    ? compareFields(before, ownable(now), ownedSchema(schema))
    : { changed: fieldsOf(ownable(now), ownedSchema(schema), true), removed: undefined };
  const taken = changed && withoutRoot(changed);
  return setEntries(now, takeFields(old ? managedEntries(old) : [], taken, removed, manager, time));
}

/** metadata is a part of every object: nobody owns it as such. */
function withoutRoot(set: FieldSet): FieldSet {
  const out = { ...set };
  Reflect.deleteProperty(out, '.');
  const metadata = out['f:metadata'];
  if (metadata) {
    out['f:metadata'] = { ...metadata };
    Reflect.deleteProperty(out['f:metadata'], '.');
  }
  return out;
}

/** Gives `changed` to the manager, takes it from all others, and takes `removed` from all. */
function takeFields(
  entries: ManagedEntry[],
  changed: FieldSet | undefined,
  removed: FieldSet | undefined,
  manager: Manager,
  time: string,
): ManagedEntry[] {
  const out: ManagedEntry[] = [];
  let isKnown = false;
  for (const entry of entries) {
    const isOwn = isEntryOf(entry, manager);
    isKnown ||= isOwn;
    let fields: FieldSet | undefined = entry.fieldsV1;
    if (removed) fields = subtract(fields, removed);
    if (changed) fields = isOwn ? union(fields ?? changed, changed) : fields && subtract(fields, changed);
    if (fields) out.push({ ...entry, fieldsV1: fields, ...(isOwn && changed ? { time } : {}) });
  }
  if (!isKnown && changed && !isEmpty(changed)) out.push(newEntry(manager, changed, time));
  return out;
}

export function newEntry(manager: Manager, fields: FieldSet, time: string): ManagedEntry {
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  };
}

export function setEntries(object: KubeJson, entries: ManagedEntry[]): KubeJson {
  return withMeta(object, { managedFields: entries.length === 0 ? undefined : entries });
}
