import { expect } from 'chai';
import { isDrained, isForeignDrain, isOurDrain } from '../../../src/domain/node-states.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { busy, drained, startd } from './lifecycle-fixture.ts';

describe('a startd', () => {
  for (const [what, change, expected] of [
    ['that drained and runs nothing', drained, true],
    ['that drained while the collector still counts a job', { ...drained, dynamicSlots: 1 }, false],
    ['whose jobs retire', { ...drained, activity: 'Retiring' }, false],
    ['that works', busy(1), false],
    ['that is idle', {}, false],
  ] as [string, Partial<Startd>, boolean][])
    it(`${what} is ${expected ? '' : 'not '}drained`, () => expect(isDrained(startd(change))).to.equal(expected));

  for (const [what, change, ours, foreign] of [
    ['does not drain', {}, false, false],
    ['drains for us', { draining: true, drainReason: 'ehos: idle for 5m' }, true, false],
    ['drains for an admin', { draining: true, drainReason: 'maintenance' }, false, true],
    ['drains, and does not say why', { draining: true, drainReason: undefined }, false, true],
    ['has drained for us once', { draining: false, drainReason: 'ehos: idle for 5m' }, false, false],
  ] as [string, Partial<Startd>, boolean, boolean][])
    it(`that ${what}: ours ${ours}, another's ${foreign}`, () => {
      expect([isOurDrain(startd(change)), isForeignDrain(startd(change))]).to.deep.equal([ours, foreign]);
    });
});
