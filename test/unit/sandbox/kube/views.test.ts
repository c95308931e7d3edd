import { expect } from 'chai';
import type { KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { ageOf, customColumn } from '../../../../src/sandbox/kube/views/columns.ts';
import { compileJsonPath } from '../../../../src/sandbox/kube/views/jsonpath.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('ageOf', () => {
  // the rows of k8s.io/apimachinery's own tests of HumanDuration, and its edges
  const rows: [ms: number, text: string][] = [
    [-5 * SECOND, '<invalid>'],
    [-SECOND, '0s'],
    [0, '0s'],
    [SECOND - 1, '0s'],
    [70 * SECOND, '70s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [190 * SECOND, '3m10s'],
    [9 * MINUTE + 59 * SECOND, '9m59s'],
    [10 * MINUTE + 30 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR + 30 * MINUTE, '3h30m'],
    [4 * HOUR, '4h'],
    [47 * HOUR, '47h'],
    [2 * DAY, '2d'],
    [2 * DAY + 3 * HOUR, '2d3h'],
    [9 * DAY + 3 * HOUR, '9d'],
    [729 * DAY, '729d'],
    [2 * 365 * DAY, '2y'],
    [3 * 365 * DAY + 5 * DAY, '3y5d'],
    [9 * 365 * DAY + 5 * DAY, '9y'],
  ];
  for (const [ms, text] of rows) {
    it(`${ms / SECOND} s is ${text}`, () => {
      expect(ageOf(new Date(NOW - ms).toISOString(), NOW)).to.equal(text);
    });
  }

  it('of nothing is unknown', () => {
    expect(ageOf(undefined, NOW)).to.equal('<unknown>');
  });
});

describe('JSONPath of columns', () => {
  const value = {
    a: { b: 1, 'c.d': 2 },
    list: [
      { type: 'Ready', status: 'True', n: 1, ok: true },
      { type: 'Synced', status: 'False', n: 2, ok: false },
    ],
    map: { x: 1, y: 2 },
  };
  const rows: [path: string, found: unknown[]][] = [
    ['.a.b', [1]],
    ['$.a.b', [1]],
    ['{.a.b}', [1]],
    [`.a['c.d']`, [2]],
    ['.a.c\\.d', [2]],
    ['.list[0].status', ['True']],
    ['.list[-1].status', ['False']],
    ['.list[9]', []],
    ['.list[*].status', ['True', 'False']],
    ['.map[*]', [1, 2]],
    [`.list[?(@.type=='Ready')].status`, ['True']],
    [`.list[?(@.type=="Synced")].status`, ['False']],
    [`.list[?(@.type!='Ready')].type`, ['Synced']],
    ['.list[?(@.n==2)].type', ['Synced']],
    ['.list[?(@.ok==true)].type', ['Ready']],
    ['.absent.b', []],
    ['.a.b.c', []],
    ['.', [value]],
  ];
  for (const [path, found] of rows) {
    it(path, () => {
      expect(compileJsonPath(path)(value)).to.deep.equal(found);
    });
  }

  it('refuses what it does not know', () => {
    expect(() => compileJsonPath('.a[?(@.b)]')).to.throw('not a JSONPath');
  });
});

describe('custom columns', () => {
  const object: KubeJson = {
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name: 'x', creationTimestamp: '2025-12-31T23:59:00Z' },
    spec: { n: 5, f: 1.5, s: 'text', b: true, o: { a: 1 }, l: ['a', 'b'], none: null },
  };
  const rows: [type: string, jsonPath: string, cell: unknown][] = [
    ['integer', '.spec.n', 5],
    ['integer', '.spec.f', 1],
    ['integer', '.spec.s', null],
    ['number', '.spec.f', 1.5],
    ['number', '.spec.s', null],
    ['boolean', '.spec.b', true],
    ['boolean', '.spec.s', null],
    ['string', '.spec.s', 'text'],
    ['string', '.spec.n', '5'],
    ['string', '.spec.o', '{"a":1}'],
    ['string', '.spec.l[*]', 'a,b'],
    ['string', '.spec.none', null],
    ['string', '.spec.absent', null],
    ['date', '.metadata.creationTimestamp', '60s'],
    ['date', '.spec.n', null],
  ];
  for (const [type, jsonPath, cell] of rows) {
    it(`${type} ${jsonPath} is ${JSON.stringify(cell)}`, () => {
      expect(customColumn({ name: 'C', type, jsonPath }).cell(object, NOW)).to.equal(cell);
    });
  }
});
