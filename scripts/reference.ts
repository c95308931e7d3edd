/** Renders the CRDs as the user's reference, docs/reference.md. */
import { servedVersion, type CelRule, type Crd, type CrdVersion, type Schema } from './schema.ts';

export function renderReference(crds: Crd[]): string {
  const contents = crds.map((crd) => `- ${link(crd.spec.names.kind)}`);
  return [
    '# Reference of the custom resources',
    'Made from `crds/` by `make generate`; `kubectl explain` says the same.',
    [...contents, `- ${link('Conditions')}`].join('\n'),
    ...crds.flatMap(renderKind),
    ...renderConditions(crds),
  ]
    .join('\n\n')
    .concat('\n');
}

function renderKind(crd: Crd): string[] {
  const version = servedVersion(crd);
  const { kind, plural, shortNames = [], categories = [] } = crd.spec.names;
  const { description = '', properties = {} } = version.schema.openAPIV3Schema;
  const names = [plural, ...shortNames].map((name) => `\`kubectl get ${name}\``).join(' or ');
  const together = categories.map((category) => `, among all others with \`kubectl get ${category}\``).join('');
  const parts = ['spec', 'status'].flatMap((part) => {
    const schema = properties[part];
    return schema ? renderObject(kind, part, schema) : [];
  });
  return [
    `## ${kind}`,
    description,
    `\`apiVersion: ${crd.spec.group}/${version.name}\`. Namespaced. ${names}${together}.`,
    ...renderColumns(version),
    ...parts,
  ];
}

function renderColumns({ additionalPrinterColumns: columns = [] }: CrdVersion): string[] {
  const rows = columns.map(
    ({ name, jsonPath, description = '', priority = 0 }) =>
      `| ${name}${priority > 0 ? ' (wide)' : ''} | \`${jsonPath.slice(1)}\` | ${cell(description)} |`,
  );
  return ['Columns of `kubectl get`; those marked "wide" with `-o wide`:', table('column', 'from', 'meaning', rows)];
}

/** One object: its rules, a table of its fields, then its inner objects as sections of their own. */
function renderObject(kind: string, path: string, schema: Schema): string[] {
  const fields = Object.entries(schema.properties ?? {});
  const rows = fields.map(([name, field]) => {
    const meaning = [field.description ?? '', ...factsOf(field, schema.required?.includes(name) ?? false)];
    return `| \`${name}\` | ${typeOf(kind, `${path}.${name}`, field)} | ${cell(meaning.filter(Boolean).join(' '))} |`;
  });
  const inner = fields.flatMap(([name, field]) => {
    const object = objectIn(field);
    return object && name !== 'conditions' ? renderObject(kind, pathIn(`${path}.${name}`, field), object) : [];
  });
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => `- ${ruleText(rule)}`);
  return [
    `### ${kind} ${path}`,
    schema.description ?? '',
    ...(rules.length > 0 ? [`Rules:\n\n${rules.join('\n')}`] : []),
    table('field', 'type', 'meaning', rows),
    ...inner,
  ];
}

/** All kinds have the same conditions, which are Kubernetes' own. */
function renderConditions(crds: Crd[]): string[] {
  const lines: string[] = [];
  let form: Schema | undefined;
  for (const crd of crds) {
    const conditions = servedVersion(crd).schema.openAPIV3Schema.properties?.status?.properties?.conditions;
    form ??= conditions?.items;
    if (conditions) lines.push(`- ${crd.spec.names.kind}: ${conditions.description ?? ''}`);
  }
  const rows = Object.entries(form?.properties ?? {}).map(
    ([name, field]) =>
      `| \`${name}\` | ${typeOf('', name, field)} | ${cell([field.description ?? '', ...factsOf(field, false)].join(' '))} |`,
  );
  return ['## Conditions', lines.join('\n'), table('field', 'type', 'meaning', rows)];
}

function factsOf(field: Schema, required: boolean): string[] {
  const { default: value, enum: values, minimum, maximum, minItems, maxItems, maxProperties } = field;
  const isScalar = value !== undefined && typeof value !== 'object';
  const isObject = objectIn(field) !== undefined;
  return [
    ...(required ? ['**Required.**'] : []),
    ...(isScalar ? [`Default: \`${JSON.stringify(value)}\`.`] : []),
    ...(values ? [`One of ${values.map((each) => `\`${String(each)}\``).join(', ')}.`] : []),
    ...(minimum !== undefined && maximum !== undefined ? [`From ${minimum} to ${maximum}.`] : []),
    ...(minItems !== undefined ? [`At least ${minItems}.`] : []),
    ...(maxItems !== undefined ? [`At most ${maxItems}.`] : []),
    ...(maxProperties !== undefined ? [`At most ${maxProperties}.`] : []),
    // an object's rules stand in its own section
    ...(isObject ? [] : (field['x-kubernetes-validations'] ?? []).map((rule) => `Rule: ${ruleText(rule)}.`)),
  ];
}

/** A rule in words: its message; of a computed message its text, with the names of the fields where values will stand. */
export function ruleText({ rule, message, messageExpression }: CelRule): string {
  if (message !== undefined) return message;
  if (messageExpression === undefined) return `\`${rule}\``;
  const parts = messageExpression.match(/'(?:[^'\\]|\\.)*'|\b(?:old)?[sS]elf(?:\.\w+)+/g) ?? [];
  const text = (part: string): string => part.slice(1, -1).replace(/\\(.)/g, '$1');
  const field = (part: string): string => `\`${part.replace(/^\w+\./, '')}\``;
  if (!messageExpression.includes('.format('))
    return parts.map((part) => (part.startsWith("'") ? text(part) : field(part))).join('');
  const [form = '', ...values] = parts;
  return values.reduce((out, value) => out.replace(/%[ds]/, field(value)), text(form));
}

function typeOf(kind: string, path: string, field: Schema): string {
  const word = (schema: Schema | undefined): string =>
    schema?.format === 'date-time' ? 'time' : (schema?.type ?? 'any');
  if (path.endsWith('.conditions')) return `list of [conditions](#conditions)`;
  const object = objectIn(field);
  const inner = object && kind !== '' ? `[object](#${anchor(`${kind} ${pathIn(path, field)}`)})` : undefined;
  if (field.type === 'array') return `list of ${inner ?? word(field.items)}`;
  if (field.additionalProperties) return `map of ${inner ?? word(field.additionalProperties)}`;
  return inner ?? word(field);
}

/** The object with fields of its own that a field is, or is a list of. */
function objectIn(field: Schema): Schema | undefined {
  const candidate = field.items ?? field.additionalProperties ?? field;
  return candidate.properties ? candidate : undefined;
}

const pathIn = (path: string, field: Schema): string => (field.items ? `${path}[]` : path);
const table = (a: string, b: string, c: string, rows: string[]): string =>
  [`| ${a} | ${b} | ${c} |`, '|---|---|---|', ...rows].join('\n');
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const link = (heading: string): string => `[${heading}](#${anchor(heading)})`;
/** As GitHub makes anchors of headings. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
