/** ObjectMeta as a schema: for unknown fields, for explain, and for merging. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import { badRequest } from '../status.ts';
import { prune } from './prune.ts';
import type { SchemaNode } from './schema.ts';

const text = (description: string): SchemaNode => ({ type: 'string', description });
const strings = (description: string): SchemaNode => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', default: '' },
});

const OWNER_REFERENCE: SchemaNode = {
  type: 'object',
  description: 'Names an object that owns this one; when the owner goes, this one goes too.',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: { type: 'boolean', description: 'Whether the owner is the managing controller.' },
    blockOwnerDeletion: {
      type: 'boolean',
      description: 'Whether a foreground deletion of the owner waits for this object.',
    },
  },
};

export const OBJECT_META: SchemaNode = {
  type: 'object',
  description: 'Standard metadata of every object.',
  properties: {
    name: text('Name, unique within its namespace.'),
    generateName: text('Beginning of a name that the server completes, where name is not given.'),
    namespace: text('Namespace of the object.'),
    uid: text('Unique in time and space. Set by the server.'),
    resourceVersion: text('Changes with every write. Opaque to clients.'),
    selfLink: text('Deprecated; not set any more.'),
    generation: { type: 'integer', format: 'int64', description: 'Counts the changes of the desired state.' },
    creationTimestamp: {
      type: 'string',
      format: 'date-time',
      description: 'When the object was made. Set by the server.',
    },
    deletionTimestamp: {
      type: 'string',
      format: 'date-time',
      description: 'When its deletion was asked for. Set by the server.',
    },
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Seconds that the object may take to end.',
    },
    labels: strings('Labels, by which objects are selected.'),
    annotations: strings('Annotations, for tools.'),
    finalizers: {
      type: 'array',
      description: 'The object stays until this list is empty.',
      items: { type: 'string', default: '' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    ownerReferences: {
      type: 'array',
      description: 'The objects that own this one.',
      items: OWNER_REFERENCE,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'uid',
    },
    managedFields: {
      type: 'array',
      description: 'Which manager set which fields. Kept by the server.',
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
};

/** Field names that hold texts, and so must not hold anything else. */
const TEXTS = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'] as const;
const TIMES = ['creationTimestamp', 'deletionTimestamp'] as const;

/** The object with pruned metadata; `unknown` gets what went. Throws 400 when a field has a type that metadata cannot have. */
export function pruneMeta(object: KubeJson, unknown: string[]): KubeJson {
  const given = Object.fromEntries(Object.entries(object.metadata).filter(([, value]) => value !== null));
  const why = typeFault(given);
  if (why !== undefined) {
    const version = object.apiVersion.split('/').at(-1) ?? '';
    throw badRequest(`${object.kind} in version "${version}" cannot be handled as a ${object.kind}: ${why}`);
  }
  const kept = prune(given, OBJECT_META, unknown, 'metadata', false);
  return { ...object, metadata: kept as unknown as KubeJson['metadata'] };
}

/** The first field that Go could not decode, in Go's words. */
function typeFault(metadata: JsonObject): string | undefined {
  for (const field of TEXTS) {
    const value = metadata[field];
    if (value !== undefined && typeof value !== 'string') return goFault(value, field, 'string');
  }
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field];
    if (map === undefined) continue;
    if (!isObject(map)) return goFault(map, field, 'map[string]string');
    const wrong = Object.values(map).find((value) => typeof value !== 'string');
    if (wrong !== undefined) return goFault(wrong, field, 'string');
  }
  for (const field of TIMES) {
    const value = metadata[field];
    if (value !== undefined && (typeof value !== 'string' || Number.isNaN(Date.parse(value)))) {
      const text = JSON.stringify(value);
      return `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`;
    }
  }
  return undefined;
}

/** Go's words for a JSON value of the wrong type. */
export function goFault(value: unknown, field: string, type: string, struct = 'ObjectMeta'): string {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${found} into Go struct field ${struct}.${field} of type ${type}`;
}
