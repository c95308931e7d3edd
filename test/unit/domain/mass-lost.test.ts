import { expect } from 'chai';
import { massLostWords, observeMassLost, type HearingSight, type MassLost } from '../../../src/domain/mass-lost.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const HOUR = 3_600_000;

function sight(silent: number, nodes: number, more: Partial<HearingSight> = {}): HearingSight {
  const silentSince = Array.from({ length: nodes }, (_, i) => (i < silent ? NOW - 4 * 60_000 - i : undefined));
  return { now: NOW, silentSince, lastJoin: undefined, confirmedAt: undefined, ...more };
}

const lost = (silent: number, nodes: number): MassLost => ({
  since: NOW - HOUR,
  silent,
  nodes,
  confirmed: false,
  hears: false,
});

describe('many nodes that fall silent at once', () => {
  const cases: [silent: number, nodes: number, mass: boolean][] = [
    [0, 10, false],
    [1, 1, false],
    [2, 2, false],
    [3, 10, false],
    [3, 9, true],
    [4, 10, true],
    [10, 10, true],
    [300, 1000, false],
    [301, 1000, true],
    [0, 0, false],
  ];
  for (const [silent, nodes, mass] of cases)
    it(`I22: ${silent} of ${nodes} ${mass ? 'say that nobody listens' : 'are lost by themselves'}`, () => {
      const found = observeMassLost(undefined, sight(silent, nodes));
      expect(found).to.deep.equal(mass ? { since: NOW, silent, nodes, confirmed: false, hears: false } : undefined);
    });

  it('nodes that fell silent one after the other are lost by themselves', () => {
    const silentSince = [NOW - 40 * 60_000, NOW - 25 * 60_000, NOW - 5 * 60_000, undefined, undefined];
    expect(observeMassLost(undefined, sight(0, 0, { silentSince }))).to.equal(undefined);
    const together = [NOW - 12 * 60_000, NOW - 10 * 60_000, NOW - 5 * 60_000, undefined, undefined];
    expect(observeMassLost(undefined, sight(0, 0, { silentSince: together }))?.silent).to.equal(3);
  });

  const ends: [silent: number, nodes: number, over: boolean][] = [
    [4, 10, false],
    [3, 10, false],
    [3, 29, false],
    [3, 30, true],
    [2, 10, true],
    [0, 10, true],
    [100, 1000, true],
    [101, 1000, false],
  ];
  for (const [silent, nodes, over] of ends)
    it(`with ${silent} of ${nodes} left it is ${over ? 'over' : 'not over'}`, () => {
      const found = observeMassLost(lost(5, 10), sight(silent, nodes));
      expect(found === undefined).to.equal(over);
      if (found) expect(found.since, 'since it began').to.equal(NOW - HOUR);
    });

  it('a human ends it with a time that is not before it began; an older one was for another', () => {
    const at = (confirmedAt: number) => observeMassLost(lost(5, 10), sight(5, 10, { confirmedAt }))?.confirmed;
    expect(at(NOW)).to.equal(true);
    expect(at(NOW - HOUR)).to.equal(true);
    expect(at(NOW - 2 * HOUR)).to.equal(false);
  });

  it('a node that joins since then shows that new ones are heard', () => {
    const at = (lastJoin: number) => observeMassLost(lost(5, 10), sight(5, 10, { lastJoin }))?.hears;
    expect(at(NOW - HOUR / 2)).to.equal(true);
    expect(at(NOW - 2 * HOUR)).to.equal(false);
  });

  it('says how many', () => {
    expect(massLostWords({ silent: 7, nodes: 12 })).to.match(/^7 of 12 nodes are not heard of/);
  });
});
