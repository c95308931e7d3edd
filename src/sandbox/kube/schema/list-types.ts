/** Lists of type set and map must not repeat themselves. */
import { isObject, jsonEqual } from '../json.ts';
import { fieldDuplicate, type Cause } from '../status.ts';
import { joinPath, type SchemaNode } from './schema.ts';

/** The repetitions in `value`, which stands at `path`. */
export function duplicateCauses(value: unknown, schema: SchemaNode, path: string): Cause[] {
  const causes: Cause[] = [];
  visit(value, schema, path, causes);
  return causes;
}

function visit(value: unknown, schema: SchemaNode, path: string, causes: Cause[]): void {
  if (Array.isArray(value)) {
    const keys = schema['x-kubernetes-list-map-keys'];
    if (schema['x-kubernetes-list-type'] === 'set') report(value, path, causes);
    else if (keys) {
      const identities = value.map((item) =>
        isObject(item) ? Object.fromEntries(keys.map((key) => [key, item[key]])) : item,
      );
      report(identities, path, causes);
    }
    const items = schema.items;
    if (items) value.forEach((item, i) => visit(item, items, joinPath(path, i), causes));
  } else if (isObject(value)) {
    const additional = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    for (const [key, item] of Object.entries(value)) {
      const below = schema.properties?.[key] ?? additional;
      if (below) visit(item, below, joinPath(path, key), causes);
    }
  }
}

function report(identities: unknown[], path: string, causes: Cause[]): void {
  identities.forEach((identity, i) => {
    if (identities.slice(0, i).some((earlier) => jsonEqual(earlier, identity))) {
      causes.push(fieldDuplicate(`${path}[${i}]`, identity));
    }
  });
}
