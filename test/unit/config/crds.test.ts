import { expect } from 'chai';
import { servedVersion, type Crd, type Schema } from '../../../scripts/schema.ts';
import { CLOUDS, GROUP, MASTERS, NODES, POOLS, VERSION } from '../../../src/api/resources.ts';
import { crds, kindOf, nodesOf, refusals, schemaOf, withDefaults } from './admission.ts';
import { manifest } from './manifests.ts';

const isWellKnown = (path: string): boolean => path === 'metadata';

/** The schema at `.spec.clouds[0].name`, or below a filter like `[?(@.type=='Ready')]`; undefined when there is none. */
function at(schema: Schema, jsonPath: string): Schema | undefined {
  const steps = jsonPath.match(/\.[A-Za-z]+|\[[^\]]+\]/g) ?? [];
  return steps.reduce<Schema | undefined>(
    (node, step) => (step.startsWith('[') ? node?.items : node?.properties?.[step.slice(1)]),
    schema,
  );
}

function columnFits(column: string, schema: Schema | undefined): boolean {
  if (column === 'date') return schema?.format === 'date-time';
  // a string column prints a number as well
  return column === 'string' ? ['string', 'integer'].includes(schema?.type ?? '') : schema?.type === column;
}

describe('the CRDs', () => {
  it('are the kinds that the operator knows, named as it names them', () => {
    const inCode = [CLOUDS, MASTERS, POOLS, NODES].map(({ group, version, plural, kind }) => ({
      group,
      version,
      plural,
      kind,
    }));
    const inYaml = crds.map((crd) => ({
      group: crd.spec.group,
      version: servedVersion(crd).name,
      plural: crd.spec.names.plural,
      kind: kindOf(crd),
    }));
    expect(inYaml).to.have.deep.members(inCode);
    expect({ GROUP, VERSION }).to.deep.equal({ GROUP: 'ehos.io', VERSION: 'v1alpha1' });
  });

  it('have short names that none shares with another', () => {
    const names = crds.flatMap((crd) => [
      crd.spec.names.plural,
      crd.spec.names.singular,
      ...(crd.spec.names.shortNames ?? []),
    ]);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include.members(['ecloud', 'emaster', 'epool', 'enode']);
  });
});

for (const crd of crds) describe(`the CRD of ${kindOf(crd)}`, () => checkCrd(crd));

function checkCrd(crd: Crd): void {
  const schema = schemaOf(crd);
  const version = servedVersion(crd);
  const nodes = nodesOf(schema);

  it('is named after its plural and group, namespaced, in category ehos, with a status', () => {
    expect(crd.metadata.name).to.equal(`${crd.spec.names.plural}.${crd.spec.group}`);
    expect(crd.spec.scope).to.equal('Namespaced');
    expect(crd.spec.names.categories).to.deep.equal(['ehos']);
    expect(version.subresources).to.have.property('status');
  });

  it('describes every field, so that kubectl explain is the manual', () => {
    const silent = nodes.filter(({ path, schema: node }) => {
      const isItem = path.endsWith('[]') || path.endsWith('{}');
      // an item of a plain type is described by its list
      const needsNone = isWellKnown(path) || (isItem && !node.properties);
      return !needsNone && !/^.{3,}[.:].*$|^.*\.$/su.test(node.description ?? '');
    });
    expect(silent.map(({ path }) => path)).to.deep.equal([]);
  });

  it('is structural: every node has a type, and none has both fields and free keys', () => {
    const wrong = nodes.filter(({ schema: node }) => !node.type || (node.properties && node.additionalProperties));
    expect(wrong.map(({ path }) => path)).to.deep.equal([]);
  });

  it('bounds every text, list and map of the spec, so that the cost of its rules is bounded', () => {
    const unbounded = nodes.filter(({ path, schema: node }) => {
      if (!path.startsWith('spec')) return false;
      if (node.type === 'string')
        return node.maxLength === undefined && node.enum === undefined && node.format === undefined;
      if (node.type === 'array') return node.maxItems === undefined;
      return node.additionalProperties !== undefined && node.maxProperties === undefined;
    });
    expect(unbounded.map(({ path }) => path)).to.deep.equal([]);
  });

  it('says how every list is merged', () => {
    const lists = nodes.filter(({ schema: node }) => node.type === 'array');
    const silent = lists.filter(({ schema: node }) => {
      const keys = node['x-kubernetes-list-map-keys'] ?? [];
      const known = keys.every((key) => node.items?.required?.includes(key));
      return (
        node['x-kubernetes-list-type'] === undefined ||
        (node['x-kubernetes-list-type'] === 'map') !== keys.length > 0 ||
        !known
      );
    });
    expect(silent.map(({ path }) => path)).to.deep.equal([]);
  });

  it('requires only fields that exist', () => {
    const wrong = nodes.flatMap(({ path, schema: node }) =>
      (node.required ?? []).filter((name) => !node.properties?.[name]).map((name) => `${path}.${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has only defaults that it would take itself, and none for what is required', () => {
    const { problems, admitted } = withDefaults(manifest(kindOf(crd)));
    expect(problems).to.deep.equal([]);
    expect(refusals(admitted)).to.deep.equal([]);
    const both = nodes.flatMap(({ path, schema: node }) =>
      (node.required ?? [])
        .filter((name) => node.properties?.[name]?.default !== undefined)
        .map((name) => `${path}.${name}`),
    );
    expect(both).to.deep.equal([]);
  });

  it('has default values of the right type and within their own bounds', () => {
    const wrong = nodes.filter(
      ({ schema: { default: value, type, enum: values, minimum = -Infinity, maximum = Infinity, pattern } }) => {
        if (value === undefined) return false;
        if (values) return !values.includes(value);
        if (type === 'integer')
          return !(Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum);
        if (type === 'string') return typeof value !== 'string' || !new RegExp(pattern ?? '').test(value);
        return typeof value !== type;
      },
    );
    expect(wrong.map(({ path }) => path)).to.deep.equal([]);
  });

  for (const { name, type, jsonPath } of version.additionalPrinterColumns ?? []) {
    if (jsonPath.startsWith('.metadata.')) continue;
    it(`prints column ${name} from a field that exists and fits a column of type ${type}`, () => {
      expect(columnFits(type, at(schema, jsonPath)), jsonPath).to.equal(true);
    });
  }

  it('describes every column but the age, and ends with that', () => {
    const columns = version.additionalPrinterColumns ?? [];
    expect(columns.at(-1)).to.include({ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' });
    expect(columns.filter(({ description = '' }) => !description.endsWith('.')).map(({ name }) => name)).to.deep.equal([
      'Age',
    ]);
  });

  for (const { jsonPath } of version.selectableFields ?? []) {
    it(`lets one select by ${jsonPath}, a plain field`, () => expect(at(schema, jsonPath)?.type).to.equal('string'));
  }

  const scale = version.subresources?.scale;
  if (scale) {
    it('is scaled through fields that exist', () => {
      expect(at(schema, scale.specReplicasPath)?.type).to.equal('integer');
      expect(at(schema, scale.statusReplicasPath)?.type).to.equal('integer');
      expect(at(schema, scale.labelSelectorPath)?.type).to.equal('string');
    });
  }

  it('takes no field that it does not know', () => {
    expect(refusals(manifest(kindOf(crd), { 'spec.noSuchField': 1 }))).to.deep.equal([
      'spec: must NOT have additional properties (noSuchField)',
    ]);
  });

  for (const name of schema.properties?.spec?.required ?? []) {
    it(`is refused without spec.${name}`, () => {
      expect(refusals(manifest(kindOf(crd), { [`spec.${name}`]: undefined }))).to.deep.equal([
        `spec: must have required property '${name}'`,
      ]);
    });
  }
}
