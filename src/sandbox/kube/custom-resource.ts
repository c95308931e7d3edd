/** A CustomResourceDefinition as a resource that can be served. */
import type { JsonObject, KubeJson } from './json.ts';
import type { Column, Resource, ScalePaths } from './resource.ts';
import { CustomValidation } from './schema/custom-validation.ts';
import type { SchemaNode } from './schema/schema.ts';
import { ageColumn, customColumn, nameColumn } from './views/columns.ts';
import { compileJsonPath } from './views/jsonpath.ts';

interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  schema?: { openAPIV3Schema: SchemaNode };
  subresources?: {
    status?: object;
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
  };
  selectableFields?: { jsonPath: string }[];
  additionalPrinterColumns?: JsonObject[];
}

export interface CrdSpec {
  group: string;
  scope: 'Namespaced' | 'Cluster';
  names: {
    kind: string;
    listKind?: string;
    plural: string;
    singular?: string;
    shortNames?: string[];
    categories?: string[];
  };
  versions: CrdVersion[];
}

/** In the order in which the real server tells them of custom resources. */
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** Compiling the checks of the operator's four CRDs takes half a second: of so many definitions the resource is kept for the next cluster. */
const KEPT = 16;
const kept = new Map<string, Resource>();

/** The storage version of a CRD as a resource. Other versions are not served: there is no conversion. Throws for rules that are not CEL. */
export function resourceOfCrd(spec: CrdSpec): Resource {
  const text = JSON.stringify(spec);
  const known = kept.get(text);
  if (known) return known;
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size >= KEPT) kept.delete(oldest);
  const resource = newResource(spec);
  kept.set(text, resource);
  return resource;
}

function newResource(spec: CrdSpec): Resource {
  const version = spec.versions.find((candidate) => candidate.storage);
  if (!version) throw new Error(`${spec.names.plural}.${spec.group} has no storage version`);
  const schema: SchemaNode = version.schema?.openAPIV3Schema ?? {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const { names, group } = spec;
  const scale = scaleOf(version);
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: spec.scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: VERBS,
    storage: `${names.plural}.${group}`,
    custom: true,
    status: version.subresources?.status !== undefined,
    scale,
    generation: true,
    unconditionalUpdate: false,
    columns: columnsOf(version),
    selectable: new Map((version.selectableFields ?? []).map(({ jsonPath }) => selectableField(jsonPath))),
    schema,
    validation: new CustomValidation(schema, scale ? [scale.specReplicas, scale.statusReplicas] : []),
  };
}

function columnsOf(version: CrdVersion): Column[] {
  const declared = version.additionalPrinterColumns;
  if (!declared || declared.length === 0) {
    const description =
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';
    return [nameColumn, { ...ageColumn(description), type: 'date' }];
  }
  return [nameColumn, ...declared.map(customColumn)];
}

function scaleOf(version: CrdVersion): ScalePaths | undefined {
  const scale = version.subresources?.scale;
  if (!scale) return undefined;
  return {
    specReplicas: pathOf(scale.specReplicasPath),
    statusReplicas: pathOf(scale.statusReplicasPath),
    labelSelector: scale.labelSelectorPath === undefined ? undefined : pathOf(scale.labelSelectorPath),
  };
}

const pathOf = (jsonPath: string): string[] => jsonPath.split('.').filter((part) => part !== '');

function selectableField(jsonPath: string): [string, (object: KubeJson) => string] {
  const find = compileJsonPath(jsonPath);
  return [
    jsonPath.replace(/^\./, ''),
    (object) => {
      const value = find(object)[0];
      // texts, whole numbers and booleans are all that can be selected
      return typeof value === 'string'
        ? value
        : typeof value === 'number' || typeof value === 'boolean'
          ? String(value)
          : '';
    },
  ];
}
