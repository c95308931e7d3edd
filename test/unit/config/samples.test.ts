import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { crds, kindOf, nodesOf, refusals, root, schemaOf, type Manifest } from './admission.ts';

interface Source {
  file: string;
  text: string;
  objects: Manifest[];
}

function read(file: string, text = readFileSync(new URL(file, root), 'utf8')): Source {
  const documents = parseAllDocuments(text, { strict: true });
  const errors = documents.flatMap((document) => ('errors' in document ? document.errors : []));
  if (errors.length > 0) throw new Error(`${file}: ${errors.map((error) => error.message).join('; ')}`);
  return {
    file,
    text,
    objects: documents.map((document) => document.toJS() as Manifest | null).filter((each) => each !== null),
  };
}

const yamlIn = (folder: string): Source[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => read(folder + name));

/** YAML blocks of the documents that hold objects of ours. */
function blocksIn(document: string): Source[] {
  const text = readFileSync(new URL(document, root), 'utf8');
  return [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)]
    .filter((match) => match[1]?.includes('ehos.io/v1alpha1'))
    .map((match, i) => read(`${document}, block ${i + 1}`, match[1]));
}

const isOurs = (object: Manifest): boolean => object.apiVersion.startsWith('ehos.io/');
const samples = yamlIn('config/samples/');
const documents = ['README.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md') && existsSync(new URL(name, root)),
);
const shown = documents.flatMap(blocksIn);

describe('samples', () => {
  it('are all there', () => {
    expect(samples.map(({ file }) => file.replace('config/samples/', ''))).to.include.members([
      'cloud.yaml',
      'full/cloud.yaml',
      'full/master.yaml',
      'full/pool.yaml',
      'master.yaml',
      'pool.yaml',
      'secret.yaml',
    ]);
  });

  for (const { file, objects } of [...samples, ...shown]) {
    for (const object of objects.filter(isOurs)) {
      it(`${file}: ${object.kind} ${object.metadata.name} would be taken by an API server`, () => {
        expect(refusals(object)).to.deep.equal([]);
      });
    }
  }

  it('name each other: the minimal ones work together as they are', () => {
    const objects = samples.filter(({ file }) => !file.includes('full/')).flatMap((source) => source.objects);
    const names = new Set(objects.map((object) => `${object.kind} ${object.metadata.name}`));
    const named = objects.filter(isOurs).flatMap((object) => references(object));
    expect(named).to.have.length.greaterThan(4);
    expect(named.filter((name) => !names.has(name))).to.deep.equal([]);
  });

  it('hold secrets in the form that their readers expect', () => {
    const secrets = read('config/samples/secret.yaml').objects as unknown as { stringData: Record<string, string> }[];
    const clouds = parse(secrets[0]?.stringData['clouds.yaml'] ?? '') as { clouds: Record<string, { auth: object }> };
    expect(clouds.clouds.east?.auth).to.have.property('auth_url');
    expect(secrets[1]?.stringData).to.have.keys('ssh-privatekey', 'known_hosts');
  });

  for (const crd of crds.filter((each) => kindOf(each) !== 'EhosNode')) {
    it(`show every field of the spec of ${kindOf(crd)}, if only in a comment`, () => {
      const text = samples
        .filter(({ objects }) => objects.some((object) => object.kind === kindOf(crd)))
        .map((source) => source.text)
        .join('\n');
      const spec = schemaOf(crd).properties?.spec ?? {};
      const fields = nodesOf(spec).flatMap(({ schema }) => Object.keys(schema.properties ?? {}));
      expect([...new Set(fields)].filter((field) => !new RegExp(`\\b${field}:`).test(text))).to.deep.equal([]);
    });
  }

  it('say the true default wherever they say that values are defaults', () => {
    const { text } = read('config/samples/full/pool.yaml');
    for (const [field, value] of [
      ['consolidateAfter', '5m'],
      ['bootTimeout', '15m'],
      ['maxBooting', '50'],
      ['maxPerMinute', '100'],
    ]) {
      expect(text).to.contain(`${field}: ${value}`);
      const pool = crds.find((crd) => kindOf(crd) === 'EhosNodePool');
      const node = pool && nodesOf(schemaOf(pool)).find(({ path }) => path.endsWith(`.${field}`));
      expect(String(node?.schema.default)).to.equal(value);
    }
  });
});

/** What an object refers to: `Secret east-clouds`. */
function references(object: Manifest): string[] {
  const kinds: Record<string, string> = {
    masterRef: 'EhosMaster',
    identityRef: 'Secret',
    privateKeyRef: 'Secret',
    knownHostsRef: 'Secret',
  };
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const kind = kinds[key];
      if (kind) found.push(`${kind} ${(item as { name: string }).name}`);
      else walk(item);
    }
  };
  walk(object.spec);
  const { clouds = [] } = object.spec as { clouds?: { name: string }[] };
  return [...found, ...clouds.map(({ name }) => `EhosCloud ${name}`)];
}
