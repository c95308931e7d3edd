import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import { jobs, MINUTE, nodes, NOW, situation, SMALL, type Situation } from './planning.ts';

describe('domain/plan: the pace', () => {
  const ago = (...seconds: number[]): number[] => seconds.map((s) => NOW - s * 1000);
  const rows: [what: string, input: Situation, creates: number, message: string, recheck: number | undefined][] = [
    ['maxBooting', { pool: { maxBooting: 3 } }, 3, '5 more nodes must wait (maxBooting 3)', undefined],
    [
      'maxBooting less those that boot',
      { pool: { maxBooting: 3 }, nodes: nodes(2, 'Starting', { of: SMALL }) },
      1,
      '7 more nodes must wait (maxBooting 3)',
      undefined,
    ],
    ['maxPerMinute', { pool: { maxPerMinute: 2 } }, 2, '6 more nodes must wait (maxPerMinute 2)', MINUTE],
    [
      'maxPerMinute less those of the last minute',
      { pool: { maxPerMinute: 4 }, recentCreates: ago(50, 20, 61) },
      2,
      '6 more nodes must wait (maxPerMinute 4)',
      10_000,
    ],
    [
      'none left this minute',
      { pool: { maxPerMinute: 1 }, recentCreates: ago(15) },
      0,
      '8 more nodes must wait (maxPerMinute 1)',
      45_000,
    ],
  ];
  for (const [what, input, creates, message, recheck] of rows) {
    it(`${what}: ${creates} now`, () => {
      const found = plan(situation({ demand: [jobs(8, 4)], ...input }));
      expect(found.creates.length).to.equal(creates);
      expect(found.limited).to.deep.equal({ reason: 'Throttled', message });
      expect(found.recheckAfter).to.equal(recheck);
    });
  }

  it('does not lower what is desired', () => {
    expect(plan(situation({ demand: [jobs(8, 4)], pool: { maxBooting: 1 } })).desiredNodes).to.equal(8);
  });
});
