/** The core kinds that the operator and its users need: namespaces, secrets, config maps, service accounts. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { SchemaNode } from '../schema/schema.ts';
import { fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong, type Cause } from '../status.ts';
import { ageColumn, column, countOf, nameColumn } from '../views/columns.ts';
import { builtIn } from './built-in.ts';

/** The real server's limit for all data of a Secret or ConfigMap, bytes. */
const MAX_DATA = 1024 * 1024;

const text = (description: string): SchemaNode => ({ type: 'string', description });
const texts = (description: string, format?: string): SchemaNode => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', default: '', ...(format === undefined ? {} : { format }) },
});
const flag = (description: string): SchemaNode => ({ type: 'boolean', description });

export const namespaces: Resource = builtIn({
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  status: true,
  labelNames: true,
  schema: {
    type: 'object',
    description: 'Namespace provides a scope for names.',
    properties: {
      spec: {
        type: 'object',
        description: 'What is wanted of the namespace.',
        properties: {
          finalizers: { type: 'array', items: { type: 'string' }, description: 'It stays until this list is empty.' },
        },
      },
      status: {
        type: 'object',
        description: 'The phase of its life.',
        properties: {
          phase: text('Active or Terminating.'),
          conditions: {
            type: 'array',
            description: 'Why its deletion waits.',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['type'],
            'x-kubernetes-patch-strategy': 'merge',
            'x-kubernetes-patch-merge-key': 'type',
            items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      },
    },
  },
  columns: [
    nameColumn,
    column('Status', 'string', 'The status of the namespace', (object) =>
      isObject(object.status) ? object.status.phase : '',
    ),
    ageColumn(),
  ],
  selectable: new Map([
    ['status.phase', (object: KubeJson) => (isObject(object.status) ? String(object.status.phase) : '')],
  ]),
  prepare: prepareNamespace,
});

function prepareNamespace(object: JsonObject, old: KubeJson | undefined): void {
  const meta = object.metadata as KubeJson['metadata'];
  meta.labels = { ...meta.labels, 'kubernetes.io/metadata.name': meta.name };
  if (old) {
    object.spec = old.spec;
    return;
  }
  object.spec = { finalizers: ['kubernetes'] };
  object.status = { phase: 'Active' };
}

export const secrets: Resource = builtIn({
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
  schema: {
    type: 'object',
    description: 'Secret holds secret data of a certain type.',
    properties: {
      data: texts('The data, base64 encoded. Keys have letters, digits, -, _ and dots.', 'byte'),
      stringData: texts('Data as plain text; written only, it goes into data.'),
      type: text('What kind of secret it is.'),
      immutable: flag('If true the data cannot be changed any more.'),
    },
  },
  columns: [
    nameColumn,
    column('Type', 'string', 'Used to facilitate programmatic handling of secret data.', (object) => object.type),
    column('Data', 'string', 'The number of keys of the data.', (object) => String(countOf('data')(object))),
    ageColumn(),
  ],
  selectable: new Map([['type', (object: KubeJson) => String(object.type)]]),
  prepare: (object) => {
    if (isObject(object.stringData)) {
      const encoded = Object.entries(object.stringData).map(([key, value]) => [
        key,
        Buffer.from(String(value)).toString('base64'),
      ]);
      object.data = { ...(isObject(object.data) ? object.data : {}), ...(Object.fromEntries(encoded) as JsonObject) };
    }
    Reflect.deleteProperty(object, 'stringData');
    object.type ??= 'Opaque';
  },
  check: (object, old) => [
    ...dataCauses(object, ['data'], (value) => Buffer.from(value, 'base64').length),
    ...requiredKeys(object),
    ...(old && old.type !== object.type ? [fieldInvalid('type', object.type, 'field is immutable')] : []),
    ...frozenCauses(object, old, 'data'),
  ],
});

/** The keys that a typed Secret must have, as the server checks them. */
const TYPED_KEYS: Record<string, string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

function requiredKeys(object: KubeJson): Cause[] {
  const data = isObject(object.data) ? object.data : {};
  const missing = (TYPED_KEYS[String(object.type)] ?? []).filter((key) => !(key in data));
  const causes = missing.map((key) => fieldRequired(`data[${key}]`));
  const docker = data['.dockerconfigjson'];
  if (object.type === 'kubernetes.io/dockerconfigjson' && typeof docker === 'string') {
    const why = jsonFault(Buffer.from(docker, 'base64').toString());
    if (why !== undefined) causes.push(fieldInvalid('data[.dockerconfigjson]', '<secret contents redacted>', why));
  }
  return causes;
}

function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return text === ''
      ? 'unexpected end of JSON input'
      : `invalid character '${text.charAt(0)}' looking for beginning of value`;
  }
}

export const configMaps: Resource = builtIn({
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  schema: {
    type: 'object',
    description: 'ConfigMap holds configuration data for pods to consume.',
    properties: {
      data: texts('The data as text.'),
      binaryData: texts('The data that is no text, base64 encoded.', 'byte'),
      immutable: flag('If true the data cannot be changed any more.'),
    },
  },
  columns: [
    nameColumn,
    column('Data', 'string', 'The number of keys of the data.', (object) =>
      String(countOf('data', 'binaryData')(object)),
    ),
    ageColumn(),
  ],
  check: (object, old) => [
    ...dataCauses(object, ['data', 'binaryData'], (value) => Buffer.byteLength(value)),
    ...twiceCauses(object),
    ...frozenCauses(object, old, 'data'),
  ],
});

export const serviceAccounts: Resource = builtIn({
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
  shortNames: ['sa'],
  schema: {
    type: 'object',
    description: 'ServiceAccount is an identity for what runs in pods.',
    properties: {
      secrets: {
        type: 'array',
        description: 'Secrets that its pods may use.',
        items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
      imagePullSecrets: {
        type: 'array',
        description: 'Secrets for pulling images.',
        items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
      automountServiceAccountToken: flag('Whether its pods get its token.'),
    },
  },
  columns: [
    nameColumn,
    column('Secrets', 'string', 'The number of its secrets.', (object) =>
      String(Array.isArray(object.secrets) ? object.secrets.length : 0),
    ),
    ageColumn(),
  ],
});

function dataCauses(object: KubeJson, fields: string[], sizeOf: (value: string) => number): Cause[] {
  const causes: Cause[] = [];
  let total = 0;
  for (const field of fields) {
    for (const [key, value] of Object.entries(isObject(object[field]) ? object[field] : {})) {
      if (key === '.' || key === '..') causes.push(fieldInvalid(`${field}[${key}]`, key, `must not be '${key}'`));
      else if (key.startsWith('..')) causes.push(fieldInvalid(`${field}[${key}]`, key, `must not start with '..'`));
      else if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) {
        const why = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
        causes.push(fieldInvalid(`${field}[${key}]`, key, why));
      }
      total += sizeOf(String(value));
    }
  }
  if (total > MAX_DATA) {
    causes.push(fieldTooLong(object.kind === 'Secret' ? 'data' : '[]', MAX_DATA));
  }
  return causes;
}

function twiceCauses(object: KubeJson): Cause[] {
  const binary = isObject(object.binaryData) ? object.binaryData : {};
  return Object.keys(isObject(object.data) ? object.data : {})
    .filter((key) => key in binary)
    .map((key) => fieldInvalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
}

function frozenCauses(object: KubeJson, old: KubeJson | undefined, field: string): Cause[] {
  if (old?.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const causes = object.immutable === true ? [] : [fieldForbidden('immutable', why)];
  return JSON.stringify(old[field]) === JSON.stringify(object[field])
    ? causes
    : [...causes, fieldForbidden(field, why)];
}
