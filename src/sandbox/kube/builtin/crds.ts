/** CustomResourceDefinitions as objects: their making is what makes a kind served. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { resourceOfCrd, type CrdSpec } from '../custom-resource.ts';
import { fieldInvalid, type Cause } from '../status.ts';
import { column, nameColumn } from '../views/columns.ts';
import { builtIn } from './built-in.ts';

export const crds: Resource = builtIn({
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  generation: true,
  unconditionalUpdate: false,
  schema: {
    type: 'object',
    description: 'CustomResourceDefinition represents a resource that should be exposed on the API server.',
    properties: {
      spec: { type: 'object', description: 'How it should look.', 'x-kubernetes-preserve-unknown-fields': true },
      status: { type: 'object', description: 'Whether it is served.', 'x-kubernetes-preserve-unknown-fields': true },
    },
  },
  columns: [
    nameColumn,
    { ...column('Created At', 'date', 'When it was created.', (object) => object.metadata.creationTimestamp) },
  ],
  prepare: (object, old) => {
    const spec: JsonObject = isObject(object.spec) ? object.spec : {};
    const names: JsonObject = isObject(spec.names) ? spec.names : {};
    const kind = typeof names.kind === 'string' ? names.kind : '';
    object.spec = {
      conversion: { strategy: 'None' },
      ...spec,
      names: { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names },
    };
    if (!old)
      object.status = {
        conditions: null,
        acceptedNames: { plural: '', kind: '' },
        storedVersions: storedVersions(object),
      };
  },
  check: crdCauses,
});

function crdCauses(object: KubeJson): Cause[] {
  const spec = specOf(object);
  const expected = `${spec.names.plural}.${spec.group}`;
  if (object.metadata.name !== expected) {
    return [fieldInvalid('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)];
  }
  try {
    resourceOfCrd(spec);
    return [];
  } catch (error) {
    return [fieldInvalid('spec.versions', undefined, error instanceof Error ? error.message : String(error))];
  }
}

function storedVersions(object: JsonObject): string[] {
  return specOf(object)
    .versions.filter((version) => version.storage)
    .map((version) => version.name);
}

/** Whether the kind is served already. */
export function isEstablished(object: KubeJson): boolean {
  return isObject(object.status) && Array.isArray(object.status.conditions);
}

export function specOf(object: JsonObject): CrdSpec {
  return object.spec as CrdSpec;
}

/** What the apiextensions controller writes once it serves the kind. */
export function establishedStatus(object: KubeJson, now: string): JsonObject {
  const spec = specOf(object);
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: spec.names,
    storedVersions: storedVersions(object),
  };
}
