/**
 * Makes src/api/generated/*.ts and docs/reference.md from crds/*.yaml, which are the source.
 * `--check` writes nothing and exits 1 when what is there differs.
 */
import { readFileSync, readdirSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { renderReference, type Crd } from './reference.ts';

const root = new URL('..', import.meta.url);
const check = process.argv.includes('--check');
const crds = readdirSync(new URL('crds/', root))
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => ({ name, crd: parse(readFileSync(new URL(`crds/${name}`, root), 'utf8')) as Crd }));

/** A structural schema in the form json-schema-to-typescript reads: closed objects, no cluster-only keys. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith('x-kubernetes-') || key === 'maxItems' || key === 'minItems') continue;
    out[key] = toJsonSchema(value);
  }
  if (out['type'] === 'object' && out['additionalProperties'] === undefined) out['additionalProperties'] = false;
  return out;
}

const outputs = new Map<string, string>();
for (const { name, crd } of crds) {
  const kind = crd.spec.names.kind;
  const properties = crd.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
  const parts = await Promise.all(
    (['spec', 'status'] as const).map((part) =>
      compile(toJsonSchema(properties[part]) as JSONSchema, `${kind}${part === 'spec' ? 'Spec' : 'Status'}`, {
        bannerComment: '',
        additionalProperties: false,
        ignoreMinAndMaxItems: true,
        style: { singleQuote: true, printWidth: 120 },
      }),
    ),
  );
  outputs.set(
    `src/api/generated/${kind.toLowerCase()}.ts`,
    `// Made from crds/${name} by "make generate". Do not edit.\n${parts.join('\n')}`,
  );
}
outputs.set('docs/reference.md', renderReference(crds.map(({ crd }) => crd)));

let different = 0;
mkdirSync(new URL('src/api/generated/', root), { recursive: true });
for (const [path, text] of outputs) {
  const url = new URL(path, root);
  if (existsSync(url) && readFileSync(url, 'utf8') === text) continue;
  different++;
  if (check) console.error(`${path} differs from what crds/ says: run "make generate"`);
  else {
    writeFileSync(url, text);
    console.log(`wrote ${path}`);
  }
}
if (check && different > 0) process.exit(1);
