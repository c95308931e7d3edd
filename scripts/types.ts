/** Renders one CRD's spec and status as TypeScript interfaces. */
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { servedVersion, type Crd, type Schema } from './schema.ts';

const PARTS = { spec: 'Spec', status: 'Status' } as const;

export async function renderTypes(crd: Crd, source: string): Promise<string> {
  const { properties = {} } = servedVersion(crd).schema.openAPIV3Schema;
  const texts: string[] = [];
  for (const [part, suffix] of Object.entries(PARTS)) {
    const schema = properties[part];
    if (!schema) throw new Error(`${source}: the schema has no ${part}`);
    const name = crd.spec.names.kind + suffix;
    const text = await compile(toJsonSchema(schema, name), name, {
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
      style: { singleQuote: true, printWidth: 120 },
    });
    texts.push(text);
  }
  return `// Made from ${source} by "make generate". Do not edit.\n${texts.join('\n')}`;
}

/** The schema in plain JSON Schema, every object closed and named after its place, so that it becomes an interface of its own. */
function toJsonSchema(schema: Schema, name: string): JSONSchema {
  const out: JSONSchema = { description: commentOf(schema) };
  if (schema.enum) out.enum = schema.enum as string[];
  else out.type = schema.type as 'object';
  if (schema.items) out.items = toJsonSchema(schema.items, singular(name));
  if (schema.additionalProperties) out.additionalProperties = toJsonSchema(schema.additionalProperties, `${name}Value`);
  if (schema.properties) {
    out.title = name;
    out.additionalProperties = false;
    out.required = schema.required ?? [];
    const children = Object.entries(schema.properties);
    out.properties = Object.fromEntries(
      children.map(([key, child]) => [key, toJsonSchema(child, name + capital(key))]),
    );
  }
  return out;
}

/** The description, and what a reader of the type would otherwise look up in the YAML. */
function commentOf(schema: Schema): string {
  const { description = '', default: value } = schema;
  const isScalar = value !== undefined && typeof value !== 'object';
  return isScalar ? `${description}\n\nDefault: ${JSON.stringify(value)}` : description;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const singular = (word: string): string => word.replace(/s$/, '');
