import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { scopeFields } from '../../../src/base/log-scope.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { WorkQueue } from '../../../src/kube/work-queue.ts';
import { Runs } from './runs.ts';

/** Jitter draws nothing away from the middle: delays are exact. */
const even = { next: (): number => 0.5 };

describe('WorkQueue', () => {
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

  describe('workers', () => {
    it('work on what was added before they were started, in its order', async () => {
      const runs = new Runs();
      for (const key of ['b', 'a', 'c']) queue.add(key);
      queue.run(runs.handler, 5);
      await settle();
      expect(runs.started).to.deep.equal(['b', 'a', 'c']);
    });

    it('are so many and no more', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 2);
      for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
      expect(runs.open).to.deep.equal(['a', 'b']);
      runs.end('a');
      await settle();
      expect(runs.open).to.deep.equal(['b', 'c']);
      expect(queue.metrics()).to.include({ depth: 1, running: 2, processed: 1 });
    });

    it('work in a scope of the log that names the key and the run', async () => {
      const scopes: unknown[] = [];
      queue.run(async () => {
        await Promise.resolve();
        scopes.push(scopeFields());
        return {};
      }, 5);
      for (const key of ['ns/a', 'ns/b']) queue.add(key);
      await settle();
      queue.add('ns/a');
      await settle();
      expect(scopes).to.deep.equal([
        { object: 'ns/a', reconcile: 'test-1' },
        { object: 'ns/b', reconcile: 'test-2' },
        { object: 'ns/a', reconcile: 'test-3' },
      ]);
      expect(scopeFields()).to.equal(undefined);
    });

    it('are timed', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 5);
      queue.add('a');
      await clock.advance(2_000);
      runs.end('a');
      await settle();
      expect(queue.metrics().times).to.include({ count: 1, sum: 2 });
    });

    it('take a key once, however often it is added before', async () => {
      const runs = new Runs();
      for (let i = 0; i < 5; i++) queue.add('a');
      queue.run(runs.handler, 5);
      runs.end('a');
      await settle();
      expect(runs.started).to.deep.equal(['a']);
    });

    it('never work on one key at the same time, and again when it was added meanwhile', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 5);
      queue.add('a');
      queue.add('a');
      queue.add('a');
      expect(runs.started).to.deep.equal(['a']);
      expect(queue.metrics().depth).to.equal(1);
      runs.end('a');
      await settle();
      expect(runs.started).to.deep.equal(['a', 'a']);
      runs.end('a');
      await settle();
      expect(runs.started).to.deep.equal(['a', 'a']);
    });

    it('do not let a busy key starve the others', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 1);
      queue.add('busy');
      queue.add('other');
      queue.add('busy');
      runs.end('busy');
      await settle();
      expect(runs.started).to.deep.equal(['busy', 'other']);
    });

    it('are started only once', () => {
      queue.run(() => Promise.resolve({}), 1);
      expect(() => queue.run(() => Promise.resolve({}), 1)).to.throw('work queue test runs already');
    });
  });

  describe('delays', () => {
    let at: number[];
    beforeEach(() => {
      at = [];
      queue.run(() => {
        at.push(clock.now());
        return Promise.resolve({});
      }, 1);
    });

    const rows: [string, number[], number[]][] = [
      ['one', [500], [500]],
      ['the shortest of several, given first', [100, 500], [100]],
      ['the shortest of several, given last', [500, 100], [100]],
      ['none for zero', [0], [0]],
      ['none for a negative one', [-5], [0]],
      ['none for what is no number', [NaN], [0]],
      ['a day for what timers cannot count', [1e12], [86_400_000]],
      ['a day for ever', [Infinity], [86_400_000]],
    ];
    for (const [name, delays, expected] of rows) {
      it(`wait ${name}`, async () => {
        for (const ms of delays) queue.addAfter('a', ms);
        await clock.advance(2 * 86_400_000);
        expect(at).to.deep.equal(expected);
      });
    }

    it('stay when the key is added meanwhile', async () => {
      queue.addAfter('a', 500);
      queue.add('a');
      await clock.advance(1000);
      expect(at).to.deep.equal([0, 500]);
    });

    it('of different keys are apart', async () => {
      queue.addAfter('a', 500);
      queue.addAfter('b', 300);
      expect(queue.metrics()).to.include({ delayed: 2, depth: 0 });
      await clock.advance(1000);
      expect(at).to.deep.equal([300, 500]);
    });

    it('that are rate-limited double until the key is forgotten', async () => {
      for (let i = 0; i < 3; i++) queue.addRateLimited('other');
      queue.addRateLimited('a');
      queue.forget('other');
      queue.addRateLimited('b');
      await clock.advance(10_000);
      // the first delay of "other" was the shortest; "b" shows that forgetting a key is nobody else's business
      expect(at).to.deep.equal([1000, 1000, 1000]);
    });
  });

  describe('a handler', () => {
    it('says when to look again', async () => {
      const at: number[] = [];
      queue.run(() => {
        at.push(clock.now());
        return Promise.resolve(at.length < 3 ? { requeueAfterMs: 10_000 } : {});
      }, 1);
      queue.add('a');
      await clock.advance(100_000);
      expect(at).to.deep.equal([0, 10_000, 20_000]);
    });

    const failing = (error: Error, times = Infinity): number[] => {
      const at: number[] = [];
      queue.run(() => {
        at.push(clock.now());
        return at.length <= times ? Promise.reject(error) : Promise.resolve({});
      }, 1);
      queue.add('a');
      return at;
    };

    it('that fails comes again after 1, 2, 4 s ... and at most 5 min', async () => {
      const at = failing(new Error('no'));
      await clock.advance(2_000_000);
      const delays = at.slice(1).map((time, i) => time - (at[i] ?? NaN));
      expect(delays.slice(0, 10)).to.deep.equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((s) => s * 1000));
      expect(delays.at(-1)).to.equal(300_000);
      expect(queue.metrics().failures).to.equal(at.length);
    });

    it('that succeeds starts with the shortest delay at its next failure', async () => {
      const at = failing(new Error('no'), 3);
      await clock.advance(100_000);
      expect(at).to.deep.equal([0, 1000, 3000, 7000]);
      queue.addRateLimited('a');
      await clock.advance(100_000);
      expect(at.at(-1)).to.equal(101_000);
    });

    it('that fails with a wish of the server comes no sooner', async () => {
      const at = failing(new EhosError('RateLimited', 'slowly', { retryAfterMs: 30_000 }), 1);
      await clock.advance(100_000);
      expect(at).to.deep.equal([0, 30_000]);
    });

    it('that throws before it awaits anything is a failure like others', async () => {
      let runs = 0;
      queue.run(() => {
        runs++;
        throw new Error('at once');
      }, 1);
      queue.add('a');
      await clock.advance(1000);
      expect(runs).to.equal(2);
    });

    it('that fails while its key is added comes again at once', async () => {
      const runs = new Runs();
      queue.run(runs.handler, 1);
      queue.add('a');
      queue.add('a');
      runs.end('a', new Error('no'));
      await settle();
      expect(runs.started).to.deep.equal(['a', 'a']);
    });

    it('may ask for a delay that grows by itself', async () => {
      const at: number[] = [];
      queue.run((key) => {
        at.push(clock.now());
        queue.addRateLimited(key);
        return Promise.resolve({});
      }, 1);
      queue.add('a');
      await clock.advance(16_000);
      expect(at).to.deep.equal([0, 1000, 3000, 7000, 15_000]);
    });

    it('that fails is logged with its key', async () => {
      const error = new Error('no');
      failing(error, 1);
      await settle();
      expect(logged).to.deep.equal([['warn', 'reconcile failed', { queue: 'test', key: 'a', error }]]);
    });

    it('that lost a race is logged quietly', async () => {
      failing(new EhosError('Conflict', 'someone was first'), 1);
      await settle();
      expect(logged.map(([level]) => level)).to.deep.equal(['debug']);
    });
  });

  it('spreads delays by the jitter', async () => {
    const drawn = [0, 1, 0.25];
    const random = { next: (): number => drawn.shift() ?? 0.5 };
    queue = new WorkQueue({ name: 'test', clock, random, log: silentLog });
    const at = new Map<string, number>();
    queue.run((key) => {
      at.set(key, clock.now());
      return Promise.resolve({});
    }, 1);
    for (const key of ['least', 'most', 'less']) queue.addRateLimited(key);
    await clock.advance(5000);
    expect([...at]).to.deep.equal([
      ['least', 800],
      ['less', 900],
      ['most', 1200],
    ]);
  });
});
