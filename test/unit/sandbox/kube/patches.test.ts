import { expect } from 'chai';
import { jsonPatch } from '../../../../src/sandbox/kube/patch/json-patch.ts';
import { mergePatch } from '../../../../src/sandbox/kube/patch/merge-patch.ts';
import { strategicPatch } from '../../../../src/sandbox/kube/patch/strategic.ts';
import { OBJECT_META } from '../../../../src/sandbox/kube/schema/meta-schema.ts';
import { ApiError } from '../../../../src/sandbox/kube/status.ts';

describe('mergePatch', () => {
  const rows: [target: unknown, patch: unknown, result: unknown][] = [
    // RFC 7386, appendix A
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of rows) {
    it(`${JSON.stringify(target)} + ${JSON.stringify(patch)} = ${JSON.stringify(result)}`, () => {
      expect(mergePatch(target, patch)).to.deep.equal(result);
    });
  }

  it('shares what the patch does not name, and leaves the target alone', () => {
    const target = { keep: { deep: 1 }, change: { a: 1 } };
    const result = mergePatch(target, { change: { a: 2 } }) as typeof target;
    expect(result.keep).to.equal(target.keep);
    expect(target.change.a).to.equal(1);
  });
});

describe('jsonPatch', () => {
  const target = { a: { b: [1, 2, 3], 'x/y': 1, 'm~n': 2 }, n: null };
  const rows: [patch: object[], result: unknown][] = [
    [[{ op: 'add', path: '/c', value: 1 }], { ...target, c: 1 }],
    [[{ op: 'add', path: '/a/b/1', value: 9 }], { ...target, a: { ...target.a, b: [1, 9, 2, 3] } }],
    [[{ op: 'add', path: '/a/b/-', value: 9 }], { ...target, a: { ...target.a, b: [1, 2, 3, 9] } }],
    [[{ op: 'remove', path: '/a/b/0' }], { ...target, a: { ...target.a, b: [2, 3] } }],
    [[{ op: 'replace', path: '/a/b', value: [] }], { ...target, a: { ...target.a, b: [] } }],
    [[{ op: 'replace', path: '/a/x~1y', value: 5 }], { ...target, a: { ...target.a, 'x/y': 5 } }],
    [[{ op: 'remove', path: '/a/m~0n' }], { n: null, a: { b: [1, 2, 3], 'x/y': 1 } }],
    [[{ op: 'move', from: '/a/b', path: '/b' }], { n: null, a: { 'x/y': 1, 'm~n': 2 }, b: [1, 2, 3] }],
    [[{ op: 'copy', from: '/a/b/0', path: '/first' }], { ...target, first: 1 }],
    [[{ op: 'test', path: '/a/b', value: [1, 2, 3] }], target],
    [[{ op: 'test', path: '/absent' }], target],
    [[{ op: 'replace', path: '', value: { whole: true } }], { whole: true }],
    [[], target],
  ];
  for (const [patch, result] of rows) {
    it(JSON.stringify(patch), () => {
      expect(jsonPatch(target, patch)).to.deep.equal(result);
    });
  }

  const refused: unknown[] = [
    [{ op: 'remove', path: '/absent' }],
    [{ op: 'replace', path: '/absent', value: 1 }],
    [{ op: 'add', path: '/absent/below', value: 1 }],
    [{ op: 'add', path: '/a/b/9', value: 1 }],
    [{ op: 'remove', path: '/a/b/x' }],
    [{ op: 'remove', path: '/a/b/-' }],
    [{ op: 'test', path: '/a/b', value: [1] }],
    [{ op: 'move', from: '/absent', path: '/b' }],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'odd', path: '/a' }],
    [{ op: 'add' }],
    [{ op: 'copy', from: 3, path: '/a' }],
    [{ op: 'add', path: '/n/x', value: 1 }],
  ];
  for (const patch of refused) {
    it(`${JSON.stringify(patch)} is refused`, () => {
      expect(() => jsonPatch(target, patch))
        .to.throw(ApiError)
        .with.property('code', 422);
    });
  }

  it('is a list', () => {
    expect(() => jsonPatch(target, {}))
      .to.throw(ApiError)
      .with.property('code', 400);
  });

  it('leaves the target alone', () => {
    const before = structuredClone(target);
    jsonPatch(target, [{ op: 'remove', path: '/a/b/0' }]);
    expect(target).to.deep.equal(before);
  });
});

describe('strategicPatch', () => {
  const owner = (uid: string, more: object = {}): object => ({ uid, name: uid, ...more });
  const live = { labels: { a: '1' }, finalizers: ['x/y'], ownerReferences: [owner('u1'), owner('u2')] };
  const rows: [what: string, patch: object, result: object][] = [
    ['merges maps', { labels: { b: '2' } }, { ...live, labels: { a: '1', b: '2' } }],
    ['deletes by null', { labels: { a: null } }, { ...live, labels: {} }],
    ['adds to lists of texts', { finalizers: ['x/y', 'p/q'] }, { ...live, finalizers: ['x/y', 'p/q'] }],
    [
      'takes texts away',
      { '$deleteFromPrimitiveList/finalizers': ['x/y'] },
      { labels: live.labels, ownerReferences: live.ownerReferences },
    ],
    [
      'merges items by their key',
      { ownerReferences: [{ uid: 'u2', name: 'new' }] },
      { ...live, ownerReferences: [owner('u1'), { uid: 'u2', name: 'new' }] },
    ],
    [
      'adds items',
      { ownerReferences: [owner('u3')] },
      { ...live, ownerReferences: [owner('u1'), owner('u2'), owner('u3')] },
    ],
    [
      'deletes items',
      { ownerReferences: [{ uid: 'u1', $patch: 'delete' }] },
      { ...live, ownerReferences: [owner('u2')] },
    ],
    ['does not mind an item that is gone', { ownerReferences: [{ uid: 'u9', $patch: 'delete' }] }, live],
    ['replaces a map', { labels: { $patch: 'replace', z: '9' } }, { ...live, labels: { z: '9' } }],
    ['empties a map', { labels: { $patch: 'delete' } }, { ...live, labels: {} }],
    ['keeps only some keys', { labels: { $retainKeys: ['b'], b: '2' } }, { ...live, labels: { b: '2' } }],
    ['knows orders', { '$setElementOrder/finalizers': ['x/y'], finalizers: ['x/y'] }, live],
    ['replaces lists without a strategy', { managedFields: [1] }, { ...live, managedFields: [1] }],
  ];
  for (const [what, patch, result] of rows) {
    it(what, () => {
      expect(strategicPatch(live, patch, OBJECT_META)).to.deep.equal(result);
    });
  }
});
