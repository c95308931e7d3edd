/** Built-in kinds are decoded into Go types: what does not fit is a 400 in Go's words, not a validation error. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { badRequest } from '../status.ts';
import { goFault } from './meta-schema.ts';
import { fieldSchema, type SchemaNode } from './schema.ts';

/** Throws 400 for the first field of a built-in object whose value has another type than the field. */
export function requireGoTypes(object: KubeJson, resource: Resource): void {
  const { kind, version } = resource;
  for (const [key, field] of Object.entries(resource.schema.properties ?? {})) {
    const why = fault(object[key], field, kind, key);
    if (why !== undefined) throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
  }
}

/** `path` begins below the struct: `spec.leaseDurationSeconds` of LeaseSpec. */
function fault(value: unknown, schema: SchemaNode, struct: string, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!hasType(value, schema)) return goFault(value, path, goType(schema), struct);
  if (schema.format === 'byte') return base64Fault(value as string);
  if (isObject(value)) return insideFault(value, schema, struct, path);
  return undefined;
}

function insideFault(value: JsonObject, schema: SchemaNode, struct: string, path: string): string | undefined {
  const isMap = schema.additionalProperties !== undefined;
  const inner = isMap ? struct : `${struct}${path.charAt(0).toUpperCase()}${path.slice(1).replace(/\..*$/, '')}`;
  for (const [key, item] of Object.entries(value)) {
    const below = fieldSchema(schema, key);
    // an entry of a map has the map's name
    const why = below && fault(item, below, inner, isMap ? path : `${path}.${key}`);
    if (why !== undefined) return why;
  }
  return undefined;
}

function hasType(value: unknown, schema: SchemaNode): boolean {
  switch (schema.type) {
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case undefined:
      return true;
    default:
      return typeof value === schema.type;
  }
}

function goType(schema: SchemaNode): string {
  switch (schema.type) {
    case 'integer':
      return schema.format ?? 'int';
    case 'boolean':
      return 'bool';
    case 'array':
      return `[]${schema.items ? goType(schema.items) : 'interface {}'}`;
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map[string]${goType(schema.additionalProperties)}`
        : 'map[string]interface {}';
    default:
      return schema.format === 'byte' ? '[]uint8' : 'string';
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function base64Fault(text: string): string | undefined {
  const compact = text.replace(/[\r\n]/g, '');
  if (BASE64.test(compact) && compact.length % 4 === 0) return undefined;
  const bad = compact.search(/[^A-Za-z0-9+/=]/);
  const at = bad >= 0 ? bad : Math.max(0, compact.length - (compact.length % 4 || 4));
  return `illegal base64 data at input byte ${at}`;
}
