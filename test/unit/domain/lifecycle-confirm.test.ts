/** What a deletion stands on is confirmed where it may have changed since it was read. */
import { expect } from 'chai';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { ago, drained, NOW, readyStatus, seen, startd } from './lifecycle-fixture.ts';

const SECOND = 1_000;
const leaving = { drainRequested: ago(300 * SECOND), drainReason: 'idle for 5m' };

describe('life cycle: a proof of idleness', () => {
  const old = NOW - 11 * SECOND;
  const doubts: [
    why: string,
    more: Partial<Startd>,
    observedAt: number,
    confirmedAt: number | undefined,
    act: string,
  ][] = [
    ['the reading that shows it is old', {}, old, undefined, 'AskAgain'],
    ['it was read before the clock was set back', {}, NOW + SECOND, undefined, 'AskAgain'],
    ['another drains it, and may call that off', { drainReason: 'by hand' }, NOW, undefined, 'AskAgain'],
    ['it was confirmed too long ago', {}, old, NOW - 6 * SECOND, 'AskAgain'],
    ['the reading is old, and it was confirmed since', {}, old, NOW - SECOND, 'DeleteServers'],
    ['another drains it, and it was confirmed', { drainReason: 'by hand' }, NOW, NOW, 'DeleteServers'],
    ['the reading is young', {}, NOW - 9 * SECOND, undefined, 'DeleteServers'],
  ];
  for (const [why, more, observedAt, confirmedAt, act] of doubts)
    it(`${act} where ${why}`, () => {
      const status = { ...readyStatus, ...leaving, drained: ago(20 * SECOND) };
      const master = { startd: startd({ ...drained, ...more }), observedAt };
      const decision = decideNode({ ...seen(status, { master }), confirmedAt });
      expect(decision.action.do).to.equal(act);
      expect(decision.status.deleted === undefined).to.equal(act === 'AskAgain');
    });
});

describe('life cycle: a drained startd whose drain was called off', () => {
  const rows: [what: string, calledOffUntil: number | undefined, proved: boolean][] = [
    ['was not', undefined, true],
    ['was before the reading', NOW - SECOND, true],
    ['was about then: the reading proves nothing', NOW, false],
    ['is being called off now', Infinity, false],
  ];
  for (const [what, calledOffUntil, proved] of rows)
    it(what, () => {
      const status = { ...readyStatus, ...leaving, drainRequested: ago(0) };
      const master = { startd: startd(drained), observedAt: NOW };
      const decision = decideNode({ ...seen(status, { master }), calledOffUntil });
      expect(decision.status.drained !== undefined).to.equal(proved);
      // it is asked to prove it anew
      if (!proved) expect(decision.action.do).to.equal('Drain');
    });
});
