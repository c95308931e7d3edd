/**
 * What an API server does with an object of ours before it stores it: defaults, strict schema, CEL rules.
 * Made of ajv and cel-js, apart from the sandbox's own admission, so that the two check each other.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Environment } from '@marcbachmann/cel-js';
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { parse } from 'yaml';
import { servedVersion, type CelRule, type Crd, type Schema } from '../../../scripts/schema.ts';

export const root = new URL('../../../', import.meta.url);

export const crds: Crd[] = readdirSync(new URL('crds/', root))
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => parse(readFileSync(new URL(`crds/${name}`, root), 'utf8')) as Crd);

export const kindOf = (crd: Crd): string => crd.spec.names.kind;
export const schemaOf = (crd: Crd): Schema => servedVersion(crd).schema.openAPIV3Schema;

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const ajv = new Ajv({ strict: false, allErrors: true, useDefaults: true });
formatsPlugin.default(ajv);

/** CEL as Kubernetes has it, with the one function of its string library that the CRDs use and cel-js lacks. */
const cel = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'string.format(list): string',
  (text: string, values: unknown[]) => values.reduce<string>((out, value) => out.replace('%d', String(value)), text),
);

/** Every object closed: kubectl refuses unknown fields, and a sample with a typing error must not pass. */
function closed(schema: Schema): AnySchema {
  return {
    ...schema,
    ...(schema.properties && {
      additionalProperties: false,
      properties: Object.fromEntries(Object.entries(schema.properties).map(([key, child]) => [key, closed(child)])),
    }),
    ...(schema.items && { items: closed(schema.items) }),
    ...(schema.additionalProperties && { additionalProperties: closed(schema.additionalProperties) }),
    ...(schema['x-kubernetes-list-type'] === 'set' && { uniqueItems: true }),
  };
}

const validators = new Map<string, ValidateFunction>();
for (const crd of crds) {
  const schema = schemaOf(crd);
  const { properties = {} } = schema;
  // metadata is checked by the API server itself
  const validate = ajv.compile(closed({ ...schema, properties: { ...properties, metadata: {} } }));
  validators.set(kindOf(crd), validate);
}

/** Why the object is refused, one line for each reason; empty when it is taken. `old` makes it an update. */
export function refusals(manifest: Manifest, old?: Manifest): string[] {
  const { problems, admitted } = withDefaults(manifest);
  if (problems.length > 0) return problems;
  const crd = crds.find((each) => kindOf(each) === manifest.kind);
  const before = old && withDefaults(old).admitted;
  return crd ? brokenRules(schemaOf(crd), '', admitted, before) : [];
}

/** The object as it is stored. */
export function withDefaults(manifest: Manifest): { problems: string[]; admitted: Manifest } {
  const admitted = structuredClone(manifest);
  const validate = validators.get(manifest.kind);
  if (manifest.apiVersion !== 'ehos.io/v1alpha1' || !validate) {
    return { problems: [`${manifest.apiVersion} ${manifest.kind} is not a kind of ours`], admitted };
  }
  validate(admitted);
  const problems = (validate.errors ?? []).map(({ instancePath, message = '', params }) => {
    const name = (params as { additionalProperty?: string }).additionalProperty;
    return `${instancePath.slice(1).replaceAll('/', '.')}: ${message}${name === undefined ? '' : ` (${name})`}`;
  });
  return { problems, admitted };
}

function brokenRules(schema: Schema, path: string, value: unknown, old: unknown): string[] {
  if (value === undefined || value === null) return [];
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter((rule) => old !== undefined || !rule.rule.includes('oldSelf'))
    .flatMap((rule) => brokenRule(rule, schema, path, value, old));
  const inner = children(schema, value).flatMap(([key, child, item]) =>
    brokenRules(child, path === '' ? key : `${path}.${key}`, item, (old as Record<string, unknown> | undefined)?.[key]),
  );
  return [...own, ...inner];
}

function brokenRule(rule: CelRule, schema: Schema, path: string, value: unknown, old: unknown): string[] {
  const context = { self: celValue(schema, value), ...(old !== undefined && { oldSelf: celValue(schema, old) }) };
  if (cel.evaluate(rule.rule, context) === true) return [];
  const message =
    rule.messageExpression === undefined ? rule.message : (cel.evaluate(rule.messageExpression, context) as string);
  return [`${path}${rule.fieldPath ?? ''}: ${message ?? rule.rule}`];
}

function children(schema: Schema, value: unknown): [key: string, schema: Schema, value: unknown][] {
  const { items, additionalProperties, properties = {} } = schema;
  if (items && Array.isArray(value)) return value.map((item, i) => [String(i), items, item]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]): [string, Schema, unknown][] => {
    const child = properties[key] ?? additionalProperties;
    return child ? [[key, child, item]] : [];
  });
}

/** CEL's integers are not JavaScript's numbers. */
function celValue(schema: Schema, value: unknown): unknown {
  if (schema.type === 'integer' && typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return children(schema, value).map(([, child, item]) => celValue(child, item));
  // of metadata the schema of a CRD says nothing, and rules may read the name all the same
  if (typeof value !== 'object' || value === null || !(schema.properties ?? schema.additionalProperties)) return value;
  return Object.fromEntries(children(schema, value).map(([key, child, item]) => [key, celValue(child, item)]));
}

/** Every node of a schema with its path: `spec.clouds[].name`, `spec.template.metadata{}`. */
export function nodesOf(schema: Schema, path = ''): { path: string; schema: Schema }[] {
  const { items, additionalProperties, properties = {} } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([key, child]) => nodesOf(child, path === '' ? key : `${path}.${key}`)),
    ...(items ? nodesOf(items, `${path}[]`) : []),
    ...(additionalProperties ? nodesOf(additionalProperties, `${path}{}`) : []),
  ];
}
