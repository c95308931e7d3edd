/** What the API knows about one kind of object. */
import type { Cause } from './status.ts';
import type { JsonObject, KubeJson } from './json.ts';
import type { SchemaNode } from './schema/schema.ts';
import type { CustomValidation } from './schema/custom-validation.ts';

/** A column of kubectl's table. */
export interface Column {
  name: string;
  /** integer, number, string, boolean or date. */
  type: string;
  format?: string;
  description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  priority: number;
  cell(object: KubeJson, now: number): unknown;
}

/** Where the scale subresource finds its numbers. */
export interface ScalePaths {
  specReplicas: string[];
  statusReplicas: string[];
  labelSelector: string[] | undefined;
}

export interface Resource {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  listKind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  verbs: string[];
  /** Name of the store; two versions or groups of one object share it. */
  storage: string;
  /** Whether a CustomResourceDefinition made it: no strategic patches, and updates must name a resourceVersion. */
  custom: boolean;
  /** Whether the object has a status of its own, written through `/status` only. */
  status: boolean;
  scale: ScalePaths | undefined;
  /** Whether metadata.generation counts changes of everything but metadata and status. */
  generation: boolean;
  /** Whether an update without resourceVersion overwrites whatever is there. */
  unconditionalUpdate: boolean;
  columns: Column[];
  /** Field selectors beyond metadata.name and metadata.namespace: the label and where to find it. */
  selectable: ReadonlyMap<string, (object: KubeJson) => string>;
  schema: SchemaNode;
  /** Rules of the CRD. */
  validation: CustomValidation | undefined;
  /** What a built-in kind fills in or converts before it is stored. The object is the caller's to change. */
  prepare?(object: JsonObject, old: KubeJson | undefined): void;
  /** What a built-in kind refuses. */
  check?(object: KubeJson, old: KubeJson | undefined): Cause[];
  /** Names must be DNS labels (namespaces) rather than subdomains. */
  labelNames?: boolean;
  /** Between the stored form and that of this resource, where they differ. */
  view?: { fromStored(object: KubeJson): KubeJson; toStored(object: KubeJson): KubeJson };
}

export const apiVersionOf = (resource: { group: string; version: string }): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** An object as this resource shows it. */
export const shown = (resource: Resource, stored: KubeJson): KubeJson => resource.view?.fromStored(stored) ?? stored;
