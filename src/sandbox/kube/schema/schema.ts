/** Structural schemas: the part of OpenAPI 3 that CustomResourceDefinitions may use. */
import type { JsonObject } from '../json.ts';

export interface CelRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  /** Below the node that has the rule: `.spec.minNodes`. */
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

export interface SchemaNode extends JsonObject {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  nullable?: boolean;
  required?: string[];
  enum?: unknown[];
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: CelRule[];
  /** Strategic merge: the key by which built-in lists are merged. */
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
}

/** The schema of a field; undefined where the schema names none. */
export function fieldSchema(schema: SchemaNode | undefined, key: string): SchemaNode | undefined {
  const named = schema?.properties?.[key];
  if (named) return named;
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** Whether fields that the schema does not name are kept. */
export function keepsUnknown(schema: SchemaNode): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
}

/** How messages name a place: `spec.clouds[0].name`, `spec.labels[a.b/c]` for the keys of a map. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}
