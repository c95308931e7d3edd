/** Puts the comments of values.yaml into values.schema.json, where editors and `helm` users find them. */
import { format } from 'prettier';
import type { ChartValue } from './chart-values.ts';

export interface ValueSchema {
  description?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, ValueSchema>;
  [keyword: string]: unknown;
}

/** A chart that is part of another gets the values of all of them there; we read none. */
const GLOBAL = 'What a chart of charts gives to all of its parts; nothing here reads it.';

/** `text` is the schema as it is; its descriptions are written anew. Throws when a property stands in no comment of values.yaml. */
export async function describedSchema(text: string, values: readonly ChartValue[]): Promise<string> {
  const comments = new Map(values.map(({ path, comment }) => [path.join('.'), comment]));
  comments.set('global', GLOBAL);
  const schema = describe(JSON.parse(text) as ValueSchema, [], comments);
  return await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}

function describe(schema: ValueSchema, path: string[], comments: ReadonlyMap<string, string>): ValueSchema {
  const { properties, ...rest } = schema;
  delete rest.description;
  const comment = comments.get(path.join('.')) ?? '';
  if (path.length > 0 && comment === '') throw new Error(`values.yaml: ${path.join('.')} needs a comment`);
  const children = Object.entries(properties ?? {}).map(([key, child]) => [
    key,
    describe(child, [...path, key], comments),
  ]);
  return {
    ...(path.length > 0 ? { description: comment } : {}),
    ...rest,
    ...(properties ? { properties: Object.fromEntries(children) as Record<string, ValueSchema> } : {}),
  };
}
