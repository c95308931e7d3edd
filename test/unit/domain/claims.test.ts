import { expect } from 'chai';
import { lessClaimed } from '../../../src/domain/claims.ts';
import type { Demand } from '../../../src/domain/plan-types.ts';
import { startd } from './lifecycle-fixture.ts';

const small: Demand = { cpus: 1, memory: 512, disk: 1024, gpus: 0, count: 3 };
const large: Demand = { cpus: 4, memory: 2048, disk: 1024, gpus: 0, count: 2 };
const slots = (...activities: string[]) => [
  startd({ children: activities.map((activity) => ({ state: 'Claimed', activity })) }),
];

describe('claimed slots that do not run their job yet', () => {
  it('leave the demand alone when there are none', () => {
    expect(lessClaimed([large, small], slots('Busy', 'Busy'))).to.deep.equal([large, small]);
  });
  it('take jobs from the smallest shape first', () => {
    expect(lessClaimed([large, small], slots('Idle', 'Busy', 'Idle'))).to.deep.equal([large, { ...small, count: 1 }]);
  });
  it('go on with the next shape', () => {
    expect(lessClaimed([large, small], slots('Idle', 'Idle', 'Idle', 'Idle'))).to.deep.equal([{ ...large, count: 1 }]);
  });
  it('never take more than there is', () => {
    expect(lessClaimed([small], slots('Idle', 'Idle', 'Idle', 'Idle', 'Idle'))).to.deep.equal([]);
  });
  it('ignore slots that are only unclaimed', () => {
    expect(lessClaimed([small], [startd({ children: [{ state: 'Unclaimed', activity: 'Idle' }] })])).to.deep.equal([
      small,
    ]);
  });
});
