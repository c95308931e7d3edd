import { expect } from 'chai';
import { claimedIn, lessClaimed } from '../../../src/domain/claims.ts';
import type { Demand } from '../../../src/domain/plan-types.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { startd } from './lifecycle-fixture.ts';

const small: Demand = { cpus: 1, memory: 512, disk: 1024, gpus: 0, count: 3 };
const large: Demand = { cpus: 4, memory: 2048, disk: 1024, gpus: 0, count: 2 };
const gpu: Demand = { cpus: 1, memory: 512, disk: 1024, gpus: 1, count: 1 };

const slots = (...activities: string[]): Startd =>
  startd({
    dynamicSlots: activities.length,
    children: activities.map((activity) => ({ state: 'Claimed', activity })),
  });

describe('claimed slots that do not run their job yet', () => {
  const counts: [what: string, startds: Startd[], claimed: number][] = [
    ['none of those that run', [slots('Busy', 'Busy', 'Retiring')], 0],
    ['all of one node', [slots('Idle', 'Busy', 'Idle')], 2],
    ['over several nodes', [slots('Idle'), slots('Busy'), slots('Idle', 'Idle')], 3],
    ['none that is only unclaimed', [startd({ children: [{ state: 'Unclaimed', activity: 'Idle' }] })], 0],
    ['none without nodes', [], 0],
    ['one that is counted and of which nothing is told yet', [startd({ dynamicSlots: 2, children: [] })], 2],
    ['none of a static slot, which has no children', [startd({ state: 'Claimed', dynamicSlots: 1, children: [] })], 0],
  ];
  for (const [what, startds, claimed] of counts)
    it(`are counted: ${what}: ${claimed}`, () => expect(claimedIn(startds)).to.equal(claimed));

  const rows: [what: string, demand: Demand[], claimed: number, left: Demand[]][] = [
    ['leave the demand alone when there are none', [large, small], 0, [large, small]],
    ['take jobs from the smallest shape first', [large, small], 2, [large, { ...small, count: 1 }]],
    ['go on with the next shape', [large, small], 4, [{ ...large, count: 1 }]],
    ['take GPU jobs last', [gpu, large, small], 5, [gpu]],
    ['never take more than there is', [small], 5, []],
  ];
  for (const [what, demand, claimed, left] of rows)
    it(`${what}: ${claimed} of them`, () => expect(lessClaimed(demand, claimed, () => true)).to.deep.equal(left));

  it('are not for jobs that no slot can be claimed for, small as they are', () => {
    expect(lessClaimed([large, small], 1, ({ cpus }) => cpus > 1)).to.deep.equal([{ ...large, count: 1 }, small]);
  });

  it('do not change what they are given', () => {
    const demand = [{ ...large }, { ...small }];
    lessClaimed(demand, 4, () => true);
    expect(demand).to.deep.equal([large, small]);
  });
});
