/** Renders the CRDs as the user's reference, docs/reference.md. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message?: string; messageExpression?: string }[];
}

export interface Crd {
  spec: {
    group: string;
    names: { kind: string; plural: string; shortNames?: string[] };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

export function renderReference(crds: Crd[]): string {
  const lines = ['# Reference', '', 'Made from `crds/` by `make generate`; `kubectl explain` says the same.', ''];
  for (const crd of crds) {
    const version = crd.spec.versions[0];
    if (!version) continue;
    const { kind, plural, shortNames } = crd.spec.names;
    const schema = version.schema.openAPIV3Schema;
    lines.push(
      `## ${kind}`,
      '',
      schema.description ?? '',
      '',
      `\`${crd.spec.group}/${version.name}\`, \`kubectl get ${plural}\` (${(shortNames ?? []).join(', ')}), namespaced.`,
      '',
    );
    for (const part of ['spec', 'status']) {
      const root = schema.properties?.[part];
      if (!root) continue;
      lines.push('| field | type | meaning |', '|---|---|---|');
      rows(root, part, false, lines);
      lines.push('');
    }
  }
  return lines.join('\n');
}

function rows(schema: Schema, path: string, required: boolean, lines: string[]): void {
  const facts = [
    required ? 'Required.' : '',
    schema.default !== undefined && schema.type !== 'object' ? `Default: \`${JSON.stringify(schema.default)}\`.` : '',
    schema.enum ? `One of ${schema.enum.map((value) => `\`${String(value)}\``).join(', ')}.` : '',
    schema.minimum !== undefined && schema.maximum !== undefined ? `From ${schema.minimum} to ${schema.maximum}.` : '',
    ...(schema['x-kubernetes-validations'] ?? []).map((rule) =>
      rule.message ? `Rule: ${rule.message}.` : `Rule: \`${rule.rule}\`.`,
    ),
  ].filter(Boolean);
  const meaning = [schema.description ?? '', ...facts].join(' ').replaceAll('|', '\\|');
  lines.push(`| \`${path}\` | ${typeOf(schema)} | ${meaning} |`);
  const inner = schema.items ?? schema;
  const innerPath = schema.items ? `${path}[]` : path;
  for (const [name, child] of Object.entries(inner.properties ?? {}))
    rows(child, `${innerPath}.${name}`, inner.required?.includes(name) ?? false, lines);
}

function typeOf(schema: Schema): string {
  if (schema.type === 'array') return `list of ${schema.items?.type ?? 'any'}`;
  if (schema.additionalProperties) return `map of ${schema.additionalProperties.type ?? 'any'}`;
  return schema.type ?? 'any';
}
