import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { renderSnapshotSchema, SNAPSHOT_SCHEMA } from '../../../scripts/snapshot-schema.ts';
import { DEFAULT_REQUEST as OF_HTCONDOR } from '../../../src/condor/queue.ts';
import { DEFAULT_REQUEST } from '../../../src/snapshot/file.ts';
import { SCHEMA, schemaAt, type Schema } from '../../../src/snapshot/schema.ts';
import { crds, root } from '../config/admission.ts';

const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

describe('the schema of snapshots', () => {
  it('is what scripts/snapshot-schema.ts and crds/ say: run "make generate"', async () =>
    expect(read(SNAPSHOT_SCHEMA)).to.equal(await renderSnapshotSchema(crds)));

  it('describes every field', () => {
    const bare = fieldsOf(SCHEMA).filter(
      ({ path, schema }) => schema.description === undefined && !/[\]}]$/.test(path),
    );
    expect(bare.map(({ path }) => path)).to.deep.equal([]);
  });

  it('closes every mapping but those of Kubernetes', () => {
    const open = fieldsOf(SCHEMA).filter(
      ({ schema }) => schema.type === 'object' && schema.additionalProperties === undefined,
    );
    expect(open.map(({ path }) => path)).to.have.members(['pools[].metadata', 'pools[].status']);
  });

  it('says the defaults that are applied, which are those of the reader of queues', () => {
    expect(DEFAULT_REQUEST).to.deep.equal(OF_HTCONDOR);
    const group = schemaAt('masters', '*', 'queue', '*').properties ?? {};
    for (const [field, value] of Object.entries(DEFAULT_REQUEST)) expect(group[field]?.default, field).to.equal(value);
  });

  it('is told field by field in docs/snapshots.md', () => {
    const text = read('docs/snapshots.md');
    const own = fieldsOf(SCHEMA).filter(({ path }) => !/(^|\.|\])spec\b/.test(path) && !path.startsWith('pools[].'));
    const names = new Set(
      own.map(
        ({ path }) =>
          path
            .replace(/\[\]|\{\}/g, '')
            .split('.')
            .at(-1) ?? '',
      ),
    );
    expect([...names].filter((name) => name !== '' && !text.includes(name))).to.deep.equal([]);
  });
});

function fieldsOf(schema: Schema, path = ''): { path: string; schema: Schema }[] {
  const { items, properties = {}, additionalProperties: each } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([key, child]) => fieldsOf(child, path === '' ? key : `${path}.${key}`)),
    ...(items ? fieldsOf(items, `${path}[]`) : []),
    ...(typeof each === 'object' ? fieldsOf(each, `${path}{}`) : []),
  ];
}
