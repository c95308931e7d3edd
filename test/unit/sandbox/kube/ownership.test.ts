import { expect } from 'chai';
import type { KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { applyConfig } from '../../../../src/sandbox/kube/patch/apply.ts';
import { intersect, pathsOf, subtract, union, type FieldSet } from '../../../../src/sandbox/kube/patch/field-set.ts';
import { managedEntries, trackUpdate, type Manager } from '../../../../src/sandbox/kube/patch/ownership.ts';
import type { SchemaNode } from '../../../../src/sandbox/kube/schema/schema.ts';
import { ApiError } from '../../../../src/sandbox/kube/status.ts';

const NOW = '2026-01-01T00:00:00Z';
const SCHEMA: SchemaNode = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { type: 'string' },
        atomic: { type: 'array', items: { type: 'string' } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        list: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: {
            type: 'object',
            properties: { k: { type: 'string' }, v: { type: 'string' }, w: { type: 'string' } },
          },
        },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
      },
    },
  },
};
const manager = (name: string, operation: Manager['operation'] = 'Apply'): Manager => ({
  name,
  operation,
  apiVersion: 'x/v1',
  subresource: undefined,
});
const object = (spec: object, metadata: object = {}): KubeJson => ({
  apiVersion: 'x/v1',
  kind: 'X',
  metadata: { name: 'x', ...metadata },
  spec,
});
const apply = (live: KubeJson, spec: object, name: string, force = false): KubeJson =>
  applyConfig(live, object(spec), SCHEMA, manager(name), { force, time: NOW });
const owned = (live: KubeJson): Record<string, string[]> =>
  Object.fromEntries(managedEntries(live).map((entry) => [entry.manager, pathsOf(entry.fieldsV1).sort()]));

describe('field sets', () => {
  const a: FieldSet = { 'f:x': { '.': {}, 'f:y': {} }, 'f:z': {} };
  it('unite', () => {
    expect(pathsOf(union(a, { 'f:x': { 'f:q': {} } })).sort()).to.deep.equal(['.x', '.x.q', '.x.y', '.z']);
  });
  it('keep a container a member when it gets members inside', () => {
    expect(union({ 'f:x': {} }, { 'f:x': { 'f:y': {} } })).to.deep.equal({ 'f:x': { '.': {}, 'f:y': {} } });
  });
  it('subtract', () => {
    expect(subtract(a, { 'f:x': { 'f:y': {} } })).to.deep.equal({ 'f:x': {}, 'f:z': {} });
  });
  it('subtract to nothing', () => {
    expect(subtract(a, a)).to.equal(undefined);
  });
  it('intersect', () => {
    expect(intersect(a, { 'f:x': { 'f:y': {}, 'f:n': {} } })).to.deep.equal({ 'f:x': { 'f:y': {} } });
  });
  it('intersect to nothing', () => {
    expect(intersect(a, { 'f:n': {} })).to.equal(undefined);
  });
  it('are told as paths', () => {
    const set: FieldSet = { 'f:list': { 'k:{"k":"1"}': { '.': {}, 'f:v': {} } }, 'f:set': { 'v:"a"': {} } };
    expect(pathsOf(set)).to.deep.equal(['.list[k="1"]', '.list[k="1"].v', '.set[="a"]']);
  });
});

describe('trackUpdate', () => {
  it('gives a new object to its maker', () => {
    const made = trackUpdate(undefined, object({ a: '1' }), SCHEMA, manager('one', 'Update'), NOW);
    expect(owned(made)).to.deep.equal({ one: ['.spec', '.spec.a'] });
  });

  it('gives changed fields to who changed them', () => {
    const made = trackUpdate(undefined, object({ a: '1', b: '1' }), SCHEMA, manager('one', 'Update'), NOW);
    const changed = { ...made, spec: { a: '2', b: '1' } };
    expect(owned(trackUpdate(made, changed, SCHEMA, manager('two', 'Update'), NOW))).to.deep.equal({
      one: ['.spec', '.spec.b'],
      two: ['.spec.a'],
    });
  });

  it('takes removed fields from all', () => {
    const made = trackUpdate(undefined, object({ a: '1', b: '1' }), SCHEMA, manager('one', 'Update'), NOW);
    const changed = { ...made, spec: { b: '1' } };
    expect(owned(trackUpdate(made, changed, SCHEMA, manager('two', 'Update'), NOW))).to.deep.equal({
      one: ['.spec', '.spec.b'],
    });
  });
});

describe('applyConfig', () => {
  const empty = object({});

  it('owns what it names', () => {
    expect(owned(apply(empty, { a: '1', set: ['x'] }, 'one'))).to.deep.equal({ one: ['.spec.a', '.spec.set[="x"]'] });
  });

  it('removes what its manager no longer names', () => {
    const first = apply(empty, { a: '1', b: '1' }, 'one');
    expect(apply(first, { b: '1' }, 'one').spec).to.deep.equal({ b: '1' });
  });

  it('keeps what another manager names as well', () => {
    const first = apply(apply(empty, { a: '1', b: '1' }, 'one'), { a: '1' }, 'two');
    expect(apply(first, { b: '1' }, 'one').spec).to.deep.equal({ a: '1', b: '1' });
  });

  it('merges lists by their keys', () => {
    const first = apply(empty, { list: [{ k: '1', v: 'a' }] }, 'one');
    const second = apply(
      first,
      {
        list: [
          { k: '2', v: 'b' },
          { k: '1', w: 'c' },
        ],
      },
      'two',
    );
    expect(second.spec).to.deep.equal({
      list: [
        { k: '1', v: 'a', w: 'c' },
        { k: '2', v: 'b' },
      ],
    });
  });

  it('removes items of its manager only', () => {
    const both = apply(apply(empty, { list: [{ k: '1', v: 'a' }] }, 'one'), { list: [{ k: '2', v: 'b' }] }, 'two');
    expect(apply(both, {}, 'one').spec).to.deep.equal({ list: [{ k: '2', v: 'b' }] });
  });

  it('unites sets', () => {
    const both = apply(apply(empty, { set: ['x'] }, 'one'), { set: ['y'] }, 'two');
    expect(both.spec).to.deep.equal({ set: ['x', 'y'] });
    expect(apply(both, {}, 'two').spec).to.deep.equal({ set: ['x'] });
  });

  const conflicts: [what: string, first: object, second: object, field: string][] = [
    ['a field', { a: '1' }, { a: '2' }, '.spec.a'],
    ['an atomic list', { atomic: ['x'] }, { atomic: ['y'] }, '.spec.atomic'],
    ['an atomic map', { whole: { x: '1' } }, { whole: { y: '1' } }, '.spec.whole'],
    ['a field of an item', { list: [{ k: '1', v: 'a' }] }, { list: [{ k: '1', v: 'b' }] }, '.spec.list[k="1"].v'],
  ];
  for (const [what, first, second, field] of conflicts) {
    it(`refuses to take ${what} from another manager`, () => {
      const live = apply(empty, first, 'one');
      expect(() => apply(live, second, 'two'))
        .to.throw(ApiError, 'Apply failed with 1 conflict: conflict with "one"')
        .with.nested.property('details.causes[0].field', field);
    });

    it(`takes ${what} by force`, () => {
      const taken = apply(apply(empty, first, 'one'), second, 'two', true);
      expect(owned(taken).two).to.include(field);
      expect(owned(taken).one ?? []).not.to.include(field);
    });
  }

  it('tells all conflicts, by manager', () => {
    const live = trackUpdate(undefined, object({ a: '1', b: '1' }), SCHEMA, manager('edit', 'Update'), NOW);
    expect(() => apply(live, { a: '2', b: '2' }, 'two')).to.throw(
      'Apply failed with 2 conflicts: conflicts with "edit" using x/v1:\n- .spec.a\n- .spec.b',
    );
  });

  it('keeps the metadata that the server writes', () => {
    const live = object({}, { uid: 'u', labels: { l: '1' }, finalizers: ['x/y'] });
    expect(apply(live, { a: '1' }, 'one').metadata).to.include({ uid: 'u', name: 'x' });
    expect(apply(live, { a: '1' }, 'one').metadata.labels).to.deep.equal({ l: '1' });
  });

  it('changes nothing when applied again', () => {
    const first = apply(empty, { a: '1' }, 'one');
    expect(
      applyConfig(first, object({ a: '1' }), SCHEMA, manager('one'), { force: false, time: 'later' }),
    ).to.deep.equal(first);
  });
});
