/** Renders what the status of each kind may hold at most, for the code that makes what peers say fit into it. */
import { format } from 'prettier';
import { servedVersion, type Crd, type Schema } from './schema.ts';

/** Whole numbers of Kubernetes by their format; 64 bits are more than JavaScript counts exactly. */
const WHOLE: Record<string, [least: number, most: number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

export async function renderStatusBounds(crds: readonly Crd[]): Promise<string> {
  const kinds = crds.map((crd) => {
    const status = servedVersion(crd).schema.openAPIV3Schema.properties?.status;
    if (!status) throw new Error(`${crd.spec.names.kind}: the schema has no status`);
    return [crd.spec.names.kind, boundsOf(status)];
  });
  const text = `// Made from crds/ by "make generate". Do not edit.
import type { Bounds } from '../bounds.ts';

export const STATUS_BOUNDS: Readonly<Record<string, Bounds>> = ${JSON.stringify(Object.fromEntries(kinds))};
`;
  return await format(text, { parser: 'typescript', singleQuote: true, printWidth: 120 });
}

/** undefined for what has no bound: words of ours, times, and objects of such. */
function boundsOf(schema: Schema): object | undefined {
  if (schema.properties) {
    const fields = Object.entries(schema.properties).flatMap(([name, child]) => {
      const bounds = boundsOf(child);
      return bounds === undefined ? [] : [[name, bounds] as const];
    });
    return fields.length === 0 ? undefined : { fields: Object.fromEntries(fields) };
  }
  if (schema.items) return { most: schema.maxItems, items: boundsOf(schema.items) };
  if (schema.type === 'integer') {
    const [least, most] = WHOLE[schema.format ?? 'int64'] ?? [];
    return { least: schema.minimum ?? least, most: schema.maximum ?? most };
  }
  const isOurs = schema.enum !== undefined || schema.format !== undefined;
  return schema.type === 'string' && !isOurs ? { length: schema.maxLength } : undefined;
}
