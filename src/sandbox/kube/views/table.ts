/** Objects as rows, as kubectl asks for them, and as metadata alone. */
import type { KubeJson } from '../json.ts';
import { shown, type Column, type Resource } from '../resource.ts';

/** What of an object a row carries along: kubectl's `--show-labels`, sorting and names need the metadata. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

interface Row {
  cells: unknown[];
  object?: unknown;
}

export function table(
  resource: Resource,
  objects: KubeJson[],
  options: { includeObject: IncludeObject; now: number; withColumns: boolean; listMeta: object },
): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.listMeta,
    columnDefinitions: options.withColumns ? resource.columns.map(definition) : null,
    rows: objects.map((object) => row(resource, object, options)),
  };
}

function definition(column: Column): object {
  const { name, type, description, priority } = column;
  return { name, type, format: column.format ?? '', description, priority };
}

function row(resource: Resource, stored: KubeJson, options: { includeObject: IncludeObject; now: number }): Row {
  const object = shown(resource, stored);
  const cells = resource.columns.map((column) => column.cell(object, options.now));
  if (options.includeObject === 'None') return { cells };
  return { cells, object: options.includeObject === 'Object' ? object : metadataOnly(object) };
}

export function metadataOnly(object: KubeJson): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
