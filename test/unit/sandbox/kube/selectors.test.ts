import { expect } from 'chai';
import { labelSelector } from '../../../../src/sandbox/kube/storage/label-selector.ts';
import { selection } from '../../../../src/sandbox/kube/storage/selectors.ts';
import { resourceOfCrd, type CrdSpec } from '../../../../src/sandbox/kube/custom-resource.ts';
import type { KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { fixtureCrd } from './harness.ts';

const pools = resourceOfCrd((fixtureCrd() as { spec: CrdSpec }).spec);

describe('label selectors', () => {
  const labels = { a: '1', 'x.io/tier': 'gold', n: '5', empty: '' };
  const rows: [selector: string, isSelected: boolean][] = [
    ['a=1', true],
    ['a==1', true],
    ['a = 1', true],
    ['a=2', false],
    ['a!=2', true],
    ['absent!=2', true],
    ['a', true],
    ['absent', false],
    ['!absent', true],
    ['!a', false],
    ['a in (1,2)', true],
    ['a in ( 2, 3 )', false],
    ['a notin (2)', true],
    ['absent notin (2)', true],
    ['a notin (1)', false],
    ['x.io/tier=gold,a=1', true],
    ['x.io/tier in (gold, iron),!absent', true],
    ['x.io/tier=gold,a=2', false],
    ['n>4', true],
    ['n>5', false],
    ['n<6', true],
    ['empty=', true],
    ['a=', false],
    ['empty in ()', true],
    ['toString', false],
  ];
  for (const [selector, isSelected] of rows) {
    it(`${selector}: ${isSelected}`, () => {
      expect(labelSelector(selector)?.(Object.assign(Object.create(null) as object, labels))).to.equal(isSelected);
    });
  }

  it('empty selects all', () => {
    expect(labelSelector('  ')).to.equal(undefined);
  });

  for (const selector of ['a=(', '=1', 'a in 1', 'a in (1', 'a b', 'a=1 b', ',', 'a,,b', '!', '(a)']) {
    it(`${selector} is refused`, () => {
      expect(() => labelSelector(selector)).to.throw('unable to parse requirement');
    });
  }
});

describe('field selectors', () => {
  const pool: KubeJson = {
    apiVersion: 'x/v1',
    kind: 'Pool',
    metadata: { name: 'a', namespace: 'n' },
    spec: { cloud: 'east' },
  };
  const rows: [selector: string, isSelected: boolean][] = [
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['metadata.namespace=n', true],
    ['spec.cloud=east', true],
    ['spec.cloud=west', false],
    ['metadata.name=a,spec.cloud!=west', true],
    ['metadata.name=b,spec.cloud=east', false],
  ];
  for (const [selector, isSelected] of rows) {
    it(`${selector}: ${isSelected}`, () => {
      expect(selection(pools, null, selector)?.(pool)).to.equal(isSelected);
    });
  }

  it('go with label selectors', () => {
    expect(selection(pools, 'a=1', 'metadata.name=a')?.(pool)).to.equal(false);
  });

  it('none selects all', () => {
    expect(selection(pools, null, null)).to.equal(undefined);
  });

  it('knows only the selectable fields', () => {
    expect(() => selection(pools, null, 'spec.mode=Active')).to.throw('field label not supported: spec.mode');
  });
});
