import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { ValueSchema } from '../../../scripts/chart-schema.ts';
import { CHART, template } from '../../../scripts/chart-render.ts';
import { helmPath, withHelm } from './helm.ts';

const schema = JSON.parse(readFileSync(`${CHART}/values.schema.json`, 'utf8')) as ValueSchema;
const values = parse(readFileSync(`${CHART}/values.yaml`, 'utf8')) as Record<string, unknown>;

/** Paths of the schema's properties, with what they say. */
function properties(of: ValueSchema, path = ''): [path: string, schema: ValueSchema][] {
  return Object.entries(of.properties ?? {}).flatMap(([key, inner]) => {
    const own = path === '' ? key : `${path}.${key}`;
    return [[own, inner] as [string, ValueSchema], ...properties(inner, own)];
  });
}

/** Paths of the values, as deep as the schema names them. */
function keys(of: Record<string, unknown>, known: ValueSchema, path = ''): string[] {
  return Object.entries(of).flatMap(([key, inner]) => {
    const own = path === '' ? key : `${path}.${key}`;
    const place = known.properties?.[key];
    return [own, ...(place?.properties ? keys(inner as Record<string, unknown>, place, own) : [])];
  });
}

describe('values.schema.json', () => {
  it('knows exactly the keys of values.yaml, and what charts of charts give', () => {
    const known = properties(schema).map(([path]) => path);
    expect(known.filter((path) => path !== 'global').sort()).to.deep.equal(keys(values, schema).sort());
  });

  it('describes every key, and is closed wherever it names keys', () => {
    for (const [path, place] of properties(schema)) {
      expect(place.description, path).to.be.a('string').with.length.above(4);
      if (place.properties) expect(place.additionalProperties, path).to.equal(false);
    }
    expect(schema.additionalProperties).to.equal(false);
  });
});

/** What is set, and what helm must say: the key, and what is allowed. */
const refused: [set: string, said: RegExp][] = [
  ['replicas=3', /additional properties 'replicas' not allowed/],
  ['image.repo=x', /\/image'?: additional properties 'repo' not allowed/],
  ['replicaCount=two', /\/replicaCount'?: got string, want integer/],
  ['replicaCount=9', /\/replicaCount'?: maximum: got 9, want 5/],
  ['image.digest=latest', /\/image\/digest'?: 'latest' does not match pattern/],
  ['image.pullPolicy=Sometimes', /\/image\/pullPolicy'?: value must be one of/],
  ['watchNamespaces={Team}', /\/watchNamespaces\/0'?: 'Team' does not match pattern/],
  ['watchNamespaces={a,a}', /\/watchNamespaces'?: items at 0 and 1 are equal/],
  ['log.level=loud', /\/log\/level'?: value must be one of 'debug', 'info', 'warn', 'error'/],
  ['settings.orphanGrace=1', /\/settings\/orphanGrace'?: minimum: got 1, want 60/],
  ['service.port=80', /\/service\/port'?: minimum: got 80, want 1,?024/],
  ['service.port=8081', /\/service\/port'?: 'not' failed/],
  ['admissionPolicy.validationActions={Refuse}', /\/admissionPolicy\/validationActions\/0'?: value must be one of/],
  ['leaderElection.enabled=false', /leaderElection\.enabled: must be true when replicaCount is more than 1, it is 2/],
  ['serviceAccount.create=false', /serviceAccount\.name: must be given when serviceAccount\.create is false/],
];

withHelm('wrong values', () => {
  for (const [set, said] of refused)
    it(`--set ${set} is refused with the key`, () => {
      const { code, stderr } = template(helmPath ?? '', ['--set', set]);
      expect(code).not.to.equal(0);
      expect(stderr).to.match(said);
    });

  it('large whole numbers reach the program as they are', () => {
    const { stdout } = template(helmPath ?? '', ['--set', 'settings.orphanGrace=86400']);
    expect(stdout).to.include('--orphan-grace=86400\n');
  });
});
