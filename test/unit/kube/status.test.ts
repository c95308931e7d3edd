import { expect } from 'chai';
import fc from 'fast-check';
import { statusPatch } from '../../../src/kube/status.ts';

type Json = Record<string, unknown>;

/** RFC 7396, section 2, as written there. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const time = '2026-01-01T00:00:00Z';
const condition = { type: 'Ready', status: 'True', reason: 'A', message: 'a', lastTransitionTime: time };

describe('statusPatch', () => {
  const rows: [string, Json, Json, Json | undefined][] = [
    ['nothing for nothing', {}, {}, undefined],
    ['nothing for the same', { a: 1, b: { c: ['d'] } }, { b: { c: ['d'] }, a: 1 }, undefined],
    ['what is new', {}, { a: 1 }, { a: 1 }],
    ['what differs, alone', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['null for what is gone', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['null for what is undefined', { a: 1 }, { a: undefined }, { a: null }],
    ['null for what is null', { a: 1 }, { a: null }, { a: null }],
    ['nothing for undefined where nothing was', {}, { a: undefined, b: null }, undefined],
    ['nothing where null was', { a: null }, {}, undefined],
    ['a value where null was', { a: null }, { a: 1 }, { a: 1 }],
    [
      'inner fields, alone',
      { quota: { cores: { used: 1, limit: 9 } } },
      { quota: { cores: { used: 2, limit: 9 } } },
      { quota: { cores: { used: 2 } } },
    ],
    ['null for inner fields', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
    ['an empty object', {}, { a: {} }, { a: {} }],
    ['an empty object for one with fields', { a: { b: 1 } }, { a: {} }, { a: { b: null } }],
    ['nothing for an object that only says undefined', { a: {} }, { a: { b: undefined } }, undefined],
    ['an object for a number', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ['an object for an array', { a: [1] }, { a: { b: 2 } }, { a: { b: 2 } }],
    ['a number for an object', { a: { b: 2 } }, { a: 1 }, { a: 1 }],
    ['arrays whole', { a: [1, 2, 3] }, { a: [1, 2, 4] }, { a: [1, 2, 4] }],
    ['an array that became shorter', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['an empty array', { a: [1] }, { a: [] }, { a: [] }],
    ['arrays of objects whole', { a: [{ b: 1 }, { c: 2 }] }, { a: [{ b: 1 }, { c: 3 }] }, { a: [{ b: 1 }, { c: 3 }] }],
    ['arrays in another order', { a: ['x', 'y'] }, { a: ['y', 'x'] }, { a: ['y', 'x'] }],
    ['no key without a value within arrays', { a: [] }, { a: [{ b: 1, c: undefined }] }, { a: [{ b: 1 }] }],
    ['nothing for arrays that differ in undefined', { a: [{ b: 1 }] }, { a: [{ b: 1, c: undefined }] }, undefined],
    ['false and zero and empty text', { a: true, b: 1, c: 'x' }, { a: false, b: 0, c: '' }, { a: false, b: 0, c: '' }],
    [
      'nothing for a condition that is the same',
      { conditions: [condition] },
      { conditions: [{ ...condition }] },
      undefined,
    ],
    [
      'all conditions for one that changed',
      { conditions: [condition, { ...condition, type: 'Synced' }] },
      { conditions: [condition, { ...condition, type: 'Synced', status: 'False' }] },
      { conditions: [condition, { ...condition, type: 'Synced', status: 'False' }] },
    ],
    ['keys that objects have of their own', {}, { constructor: 1, toString: 2 }, { constructor: 1, toString: 2 }],
  ];
  for (const [name, current, wanted, expected] of rows) {
    it(`says ${name}`, () => expect(statusPatch(current, wanted)).to.deep.equal(expected));
  }

  it('changes neither side', () => {
    const current = Object.freeze({ a: Object.freeze([1]), b: Object.freeze({ c: 1 }) });
    const wanted = Object.freeze({ a: Object.freeze([2]), b: Object.freeze({ d: 1 }) });
    expect(statusPatch(current, wanted)).to.deep.equal({ a: [2], b: { c: null, d: 1 } });
  });

  it('keeps a key named __proto__ a key', () => {
    const patch = statusPatch({}, JSON.parse('{"__proto__": {"a": 1}}') as object);
    expect(JSON.stringify(patch)).to.equal('{"__proto__":{"a":1}}');
  });

  const key = fc.constantFrom('a', 'b', 'c', 'conditions', '__proto__');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, 1, '', 'x', true, false),
      fc.array(fc.oneof(fc.constantFrom(1, 'x'), tie('tree')), { maxLength: 3 }),
      tie('tree'),
    ),
  }));

  it('leads from any status to any other', () => {
    fc.assert(
      fc.property(tree, tree, (current, wanted) => {
        const patch = statusPatch(current, wanted);
        const reached = patch === undefined ? current : mergePatch(current, patch);
        expect(reached).to.deep.equal(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('says nothing a second time', () => {
    fc.assert(
      fc.property(tree, tree, (current, wanted) => {
        const patch = statusPatch(current, wanted) ?? {};
        expect(statusPatch(mergePatch(current, patch) as object, wanted)).to.equal(undefined);
      }),
      { numRuns: 300 },
    );
  });
});
