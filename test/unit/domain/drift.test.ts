import { expect } from 'chai';
import { driftOf, expiryOf, type Making } from '../../../src/domain/drift.ts';
import { node } from './lifecycle-fixture.ts';

const HOUR = 3_600_000;
const making: Making = {
  flavors: ['m1.small', 'm1.large'],
  image: { id: 'image-1', name: 'worker' },
  hashOf: (flavor) => (flavor === 'm1.small' ? 'abc' : 'def'),
};

describe('drift of a node', () => {
  const { spec } = node(undefined);
  const rows: [what: string, makings: [string, Making | undefined][], reason: string | undefined][] = [
    ['made as its pool says', [['cloud-a', making]], 'UpToDate'],
    ['whose cloud the pool does not use any more', [['cloud-b', making]], 'CloudRemoved'],
    ['whose flavor is not allowed any more', [['cloud-a', { ...making, flavors: ['m1.large'] }]], 'FlavorRemoved'],
    ['whose image is another now', [['cloud-a', { ...making, image: { id: 'image-2', name: 'w' } }]], 'ImageChanged'],
    ['whose template has changed', [['cloud-a', { ...making, hashOf: () => 'new' }]], 'TemplateChanged'],
    ['of which nothing is known now', [['cloud-a', undefined]], undefined],
  ];
  for (const [what, makings, reason] of rows)
    it(`one ${what}: ${reason ?? 'nothing is said'}`, () => {
      const found = driftOf(spec, new Map(makings));
      expect(found?.reason).to.equal(reason);
      if (found) expect(found.status).to.equal(reason !== 'UpToDate');
    });
});

describe('expiry of a node', () => {
  const rows: [age: number, expireAfter: number | undefined, expired: boolean][] = [
    [1000 * HOUR, undefined, false],
    [11 * HOUR, 12 * HOUR, false],
    [12 * HOUR, 12 * HOUR, true],
    [13 * HOUR, 12 * HOUR, true],
  ];
  for (const [age, after, expired] of rows)
    it(`${age / HOUR} h old, with ${after === undefined ? 'no limit' : `${after / HOUR} h`}: ${expired}`, () => {
      expect(expiryOf(0, after, age).status).to.equal(expired);
    });

  it('says the limit and no age, so that it is written once', () => {
    expect(expiryOf(0, 12 * HOUR, 13 * HOUR)).to.deep.equal(expiryOf(0, 12 * HOUR, 20 * HOUR));
  });
});
