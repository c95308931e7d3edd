/** Renders README.md of the chart: how it is installed, and every value with its default, from values.yaml and its schema. */
import { parse } from 'yaml';
import type { ValueSchema } from './chart-schema.ts';
import type { ChartValue } from './chart-values.ts';

const INTRODUCTION = `# Helm chart of EHOS

Made from \`values.yaml\` by \`make generate\`. [Installing](../../docs/install.md) says which values serve which purpose, and how to upgrade, roll back and remove.

\`\`\`sh
helm install ehos charts/ehos-operator --namespace ehos-system --create-namespace --wait \\
  --set image.repository=registry.example.org/ehos-operator
helm test ehos --namespace ehos-system
\`\`\`

Helm 3.17 or newer, Kubernetes 1.31 or newer. Wrong values are refused by \`values.schema.json\`, with the key.
`;

/** `text` is values.yaml, `values` its keys, `schema` values.schema.json. */
export function renderChartReadme(text: string, values: readonly ChartValue[], schema: ValueSchema): string {
  const defaults = parse(text) as Record<string, unknown>;
  const groups = values.filter(({ path }) => path.length === 1).map(({ path: [key = ''] }) => key);
  const single = groups.filter((key) => !schema.properties?.[key]?.properties);
  const row = ({ path, comment }: ChartValue): string =>
    `| \`${path.join('.')}\` | ${code(at(defaults, path))} | ${cell(comment + bounds(schemaAt(schema, path)))} |`;
  const leaves = values.filter(({ path }) => isLeaf(schema, path));
  const sections = groups
    .filter((key) => !single.includes(key))
    .flatMap((key) => {
      const comment = values.find(({ path }) => path.length === 1 && path[0] === key)?.comment ?? '';
      return [`## ${key}`, comment, table(leaves.filter(({ path }) => path[0] === key).map(row))];
    });
  const alone = leaves.filter(({ path }) => single.includes(path[0] ?? ''));
  return [INTRODUCTION.trimEnd(), '## Values', table(alone.map(row)), ...sections].join('\n\n').concat('\n');
}

const table = (rows: string[]): string => ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (value: unknown): string => (value === '' ? 'empty' : `\`${JSON.stringify(value)}\``);

/** The place has a schema and no properties of its own there: what is below it is Kubernetes' or the user's. */
function isLeaf(schema: ValueSchema, path: string[]): boolean {
  const own = schemaAt(schema, path);
  return own !== undefined && !own.properties;
}

function schemaAt(schema: ValueSchema, path: string[]): ValueSchema | undefined {
  return path.reduce<ValueSchema | undefined>((inner, key) => inner?.properties?.[key], schema);
}

function at(values: Record<string, unknown>, path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], values);
}

function bounds({ minimum, maximum, enum: allowed }: ValueSchema = {}): string {
  if (Array.isArray(allowed)) return ` One of ${allowed.map((value) => `\`${String(value)}\``).join(', ')}.`;
  return minimum === undefined ? '' : ` From ${minimum} to ${maximum ?? 'any'}.`;
}
