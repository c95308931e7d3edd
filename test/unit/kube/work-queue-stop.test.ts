import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { WorkQueue } from '../../../src/kube/work-queue.ts';
import { Runs } from './runs.ts';

/** Jitter draws nothing away from the middle: delays are exact. */
const even = { next: (): number => 0.5 };

describe('WorkQueue, at its ends', () => {
  let clock: ManualClock;
  let queue: WorkQueue;
  let logged: [string, string, LogFields][];

  beforeEach(() => {
    clock = new ManualClock(0);
    logged = [];
    const log = {
      ...silentLog,
      debug: (message: string, fields: LogFields = {}) => logged.push(['debug', message, fields]),
      warn: (message: string, fields: LogFields = {}) => logged.push(['warn', message, fields]),
    };
    queue = new WorkQueue({ name: 'test', clock, random: even, log });
  });

  const settle = async (): Promise<void> => await clock.advance(0);

  describe('stop', () => {
    it('waits for what runs, and lets nothing else begin', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 1);
      queue.add('a');
      queue.add('b');
      queue.addAfter('c', 100);
      let stopped = false;
      const stopping = queue.stop().then(() => {
        stopped = true;
      });
      queue.add('d');
      queue.addAfter('e', 10);
      queue.addRateLimited('f');
      await clock.advance(10_000);
      expect(stopped).to.equal(false);
      runs.end('a');
      await stopping;
      await clock.advance(10_000);
      expect(runs.started).to.deep.equal(['a']);
      expect(queue.metrics()).to.include({ depth: 0, delayed: 0, running: 0 });
    });

    it('takes a failure of what runs for its own doing', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 1);
      queue.add('a');
      const stopping = queue.stop();
      runs.end('a', new Error('ended'));
      await stopping;
      expect(queue.metrics()).to.include({ failures: 0, processed: 1, delayed: 0 });
      expect(logged.map(([level]) => level)).to.deep.equal(['debug']);
    });

    it('resolves at once when nothing runs, also before the first run', async () => {
      queue.add('a');
      await queue.stop();
      expect(queue.metrics().depth).to.equal(0);
    });
  });

  describe('idle', () => {
    it('resolves when the last handler has ended', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 1);
      queue.add('a');
      queue.add('b');
      let idle = false;
      const waiting = queue.idle().then(() => {
        idle = true;
      });
      runs.end('a');
      await settle();
      expect(idle).to.equal(false);
      runs.end('b');
      await waiting;
      expect(runs.started).to.deep.equal(['a', 'b']);
    });

    it('does not wait for delays', async () => {
      queue.addAfter('a', 1000);
      await queue.idle();
      expect(queue.metrics().delayed).to.equal(1);
    });
  });

  it('shows the age of the run that lasts longest', async () => {
    const runs = new Runs();
    queue.run(runs.handler, 2);
    expect(queue.metrics().longestRunMs).to.equal(0);
    queue.add('a');
    await clock.advance(5000);
    queue.add('b');
    await clock.advance(1000);
    expect(queue.metrics().longestRunMs).to.equal(6000);
    runs.end('a');
    await settle();
    expect(queue.metrics().longestRunMs).to.equal(1000);
  });
});
