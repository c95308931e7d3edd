import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { WorkQueue } from '../../../src/kube/work-queue.ts';

const KEYS = 100;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WorkQueue, with many keys whose handlers wait for nothing', () => {
  let at: number;
  let worked: number;
  let queue: WorkQueue;

  beforeEach(() => {
    at = 0;
    worked = 0;
    // each handler takes a millisecond
    const manual = new ManualClock(0);
    const clock = { now: () => at, after: manual.after.bind(manual) };
    queue = new WorkQueue({ name: 'test', clock, random: seededRandom(1), log: silentLog });
    for (let i = 0; i < KEYS; i++) queue.add(`key-${i}`);
    queue.run(() => {
      at += 1;
      worked += 1;
      return Promise.resolve({});
    }, 16);
  });

  afterEach(async () => await queue.stop());

  it('gives timers and connections their turn in between', async () => {
    await Promise.resolve();
    expect(worked).to.equal(10);
    await nextTurn();
    expect(worked).to.be.lessThan(KEYS / 2);
  });

  it('works on all of them', async () => {
    await queue.idle();
    expect(worked).to.equal(KEYS);
  });

  it('begins no further one once it was stopped', async () => {
    await queue.stop();
    const before = worked;
    await nextTurn();
    await nextTurn();
    expect(worked).to.equal(before);
  });
});
