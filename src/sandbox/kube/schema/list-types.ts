/** Lists of type set and map must not repeat themselves. */
import { isObject, jsonEqual } from '../json.ts';
import { fieldDuplicate, fieldInvalid, type Cause } from '../status.ts';
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
      const identities = value.map((item, i) => {
        if (isObject(item)) return Object.fromEntries(keys.map((key) => [key, item[key]]));
        causes.push(fieldInvalid(`${path}[${i}]`, item, 'must be an object for an array of list-type map'));
        return undefined;
      });
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

/** Each value is reported at its second occurrence only. */
function report(identities: unknown[], path: string, causes: Cause[]): void {
  const seen: { identity: unknown; isReported: boolean }[] = [];
  identities.forEach((identity, i) => {
    if (identity === undefined) return;
    const earlier = seen.find((other) => jsonEqual(other.identity, identity));
    if (!earlier) seen.push({ identity, isReported: false });
    else if (!earlier.isReported) {
      causes.push(fieldDuplicate(`${path}[${i}]`, identity));
      earlier.isReported = true;
    }
  });
}
