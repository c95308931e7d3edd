import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECRETS, POOLS } from '../../../../src/api/resources.ts';
import { EhosError } from '../../../../src/base/errors.ts';
import { missingField, readManifests } from '../../../../src/cli/check/manifests.ts';
import { overlay, subjectsOf } from '../../../../src/cli/check/objects.ts';

const POOL = `apiVersion: ehos.io/v1alpha1
kind: EhosNodePool
metadata: {name: general}
spec: {masterRef: {name: main}, maxNodes: 1, clouds: [{name: east}]}
`;
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: s, namespace: other}
data: {a: b2xk, b: aGk=}
stringData: {a: new}
`;

describe('the files of ehos check', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'ehos-manifests-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('may hold several documents, lists, and kinds that are not ours', async () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } }],
    });
    const { known, others } = await readManifests(
      [write('all.yaml', `---\n${POOL}---\n---\n${SECRET}---\n${list}\n`)],
      'science',
    );
    expect(
      known.map(({ type, object }) => `${type.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`),
    ).to.deep.equal(['EhosNodePool science/general', 'Secret other/s']);
    expect(others).to.deep.equal(['Service "x"']);
  });

  it('are all those of a folder', async () => {
    const inside = join(folder, 'set');
    mkdirSync(inside);
    writeFileSync(join(inside, 'b.yaml'), SECRET);
    writeFileSync(join(inside, 'a.yml'), POOL);
    writeFileSync(join(inside, 'notes.txt'), 'hello');
    const { known } = await readManifests([inside], 'science');
    expect(known.map(({ type }) => type.kind)).to.deep.equal(['EhosNodePool', 'Secret']);
  });

  it('hide what is in the cluster, Secrets as the server would store them', async () => {
    const { known } = await readManifests([write('secret.yaml', SECRET)], 'science');
    const there = { get: () => Promise.resolve({ metadata: { name: 'live' } } as never) };
    const secret = await overlay(known, there).get(SECRETS, 'other', 's');
    expect(secret).to.deep.include({ data: { a: Buffer.from('new').toString('base64'), b: 'aGk=' } });
    expect(secret).to.not.have.property('stringData');
    expect((await overlay(known, there).get(SECRETS, 'other', 't')).metadata.name).to.equal('live');
    const alone = await overlay(known, undefined)
      .get(SECRETS, 'other', 't')
      .catch((error: unknown) => error);
    expect(alone).to.be.instanceOf(EhosError).with.property('errorClass', 'NotFound');
  });

  it('leave out nothing that a pool names and nobody has', async () => {
    const { known } = await readManifests([write('pool.yaml', POOL)], 'science');
    const { pools, clouds, masters } = await subjectsOf(known, undefined, 'science');
    expect([pools.length, clouds.length, masters.length]).to.deep.equal([1, 0, 0]);
  });

  for (const [what, spec, field] of [
    ['nothing', '{masterRef: {name: m}, clouds: [{name: c}]}', undefined],
    ['clouds', '{masterRef: {name: m}}', 'spec.clouds.0.name'],
    ['the name of the master', '{masterRef: {}, clouds: [{name: c}]}', 'spec.masterRef.name'],
    ['a name that is a text', '{masterRef: {name: 3}, clouds: [{name: c}]}', 'spec.masterRef.name'],
  ] as const)
    it(`that lack ${what} are told so`, async () => {
      const text = `apiVersion: ehos.io/v1alpha1\nkind: EhosNodePool\nmetadata: {name: p}\nspec: ${spec}\n`;
      const { known } = await readManifests([write('p.yaml', text)], 'science');
      expect(known[0]?.type).to.equal(POOLS);
      expect(missingField(known[0]!)).to.equal(field);
    });

  for (const [what, text, words] of [
    ['broken YAML, without quoting it', 'a: [hush\n', /document 1 is not YAML: \w+ at character \d+$/],
    ['what is no object', 'hello: 1\n', /no Kubernetes object: it needs apiVersion, kind and metadata\.name/],
    [
      'a Secret whose value is no text',
      SECRET.replace('a: new', 'a: 3'),
      /Secret "s": the value of "a" must be a text: quote it/,
    ],
  ] as const)
    it(`refuse ${what}`, async () => {
      const error = await readManifests([write('bad.yaml', text)], 'x').catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(EhosError);
      expect((error as EhosError).message)
        .to.match(words)
        .and.not.include('hush');
    });
});
