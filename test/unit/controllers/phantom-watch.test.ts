import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import type { EhosNodePool } from '../../../src/api/resources.ts';
import type { ExplainedJobs } from '../../../src/condor/master.ts';
import { MasterSession } from '../../../src/controllers/master-session.ts';
import { PhantomWatch, type Watch } from '../../../src/controllers/phantom-watch.ts';
import type { Phantom } from '../../../src/domain/plan-types.ts';
import type { JobGroup } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';
import { condor, ehosMaster, ehosPool, Fixture } from './fixture.ts';
import { idle } from './stage.ts';

const MINUTE = 60_000;
const SHAPE = { cpus: 1, memory: 512, disk: 1024, gpus: 0 };
const FREE = { cpus: 8, memory: 16_000, disk: 9_000_000, gpus: 0 };

describe('PhantomWatch', () => {
  let fixture: Fixture;
  let watch: PhantomWatch;
  let session: MasterSession;
  let asked: { jobs: ExplainedJobs; schedds: string[] | undefined }[];
  let explain: () => Promise<{ job: string; reason: string } | undefined>;

  beforeEach(() => {
    fixture = new Fixture();
    watch = new PhantomWatch(fixture.context);
    session = new MasterSession(fixture.random);
    asked = [];
    explain = () => Promise.resolve({ job: '12.0', reason: 'no machine satisfies it' });
    session.condor = condor({
      explain: (jobs, options) => {
        asked.push({ jobs, schedds: options?.schedds });
        return explain();
      },
    });
  });

  /** A reading now, of jobs that wait beside a free node. */
  const reading = (queue: JobGroup[], change: Partial<Watch> = {}): Watch => {
    const now = fixture.clock.now();
    return {
      pool: ehosPool(),
      master: ehosMaster(),
      session,
      queue,
      sight: {
        observedAt: now,
        demand: queue.map(({ cpus, count }) => ({ ...SHAPE, cpus, count })),
        nodes: [{ cloud: 'cloud-a', flavor: 'm1.small', free: FREE, freeSince: 0 }],
        cycles: [20, 40, 60].map((ago) => ({ startedAt: now - ago * 1000, endedAt: now - ago * 1000 + 500 })),
        negotiatorInterval: 10_000,
      },
      ...change,
    };
  };
  const settle = async (): Promise<void> => await fixture.clock.advance(0);
  /** Jobs that have waited for a minute. */
  const waited = async (queue: JobGroup[], change: Partial<Watch> = {}): Promise<Phantom[]> => {
    expect(watch.observe(reading(queue, change)), 'no evidence at first').to.deep.equal([]);
    await fixture.clock.advance(MINUTE);
    const found = watch.observe(reading(queue, change));
    await settle();
    return found;
  };

  it('gives up jobs that were not started although room stood free', async () => {
    const [found, ...others] = await waited([idle(4)]);
    expect(others).to.deep.equal([]);
    expect(found).to.include({ ...SHAPE, count: 4, tries: 1 });
    expect(found?.refusedBy).to.deep.equal(['m1.small on cloud-a']);
  });

  it('takes a reading in once: planning often is no evidence', async () => {
    const queue = [idle(4)];
    watch.observe(reading(queue));
    const later = reading(queue);
    await fixture.clock.advance(5 * MINUTE);
    for (let i = 0; i < 5; i++) expect(watch.observe(later)).to.deep.equal([]);
  });

  describe('has HTCondor explain one of the jobs', () => {
    it('once, keeps the answer, and has the pool planned again', async () => {
      await waited([idle(4)]);
      expect(asked).to.have.length(1);
      expect(fixture.wakes).to.deep.equal(['pool ns/pool-a']);
      for (let i = 0; i < 5; i++) {
        await fixture.clock.advance(MINUTE);
        const [found] = watch.observe(reading([idle(4)]));
        expect(found?.example).to.deep.equal({ job: '12.0', analysis: 'no machine satisfies it' });
      }
      expect(asked).to.have.length(1);
    });

    it('in the words of the queue, where requests are not rounded', async () => {
      const other = idle(9, 'pool-b', { memory: 400 });
      const schedds = ['schedd-1'];
      const master = ehosMaster({ condor: { host: 'master.example', schedds } });
      await waited([idle(4, 'Pool-A', { memory: 400 })], {
        master,
        queue: [other, idle(1, 'pool-a', { state: 'Held' }), idle(4, 'Pool-A', { memory: 400 })],
      });
      expect(asked).to.deep.equal([{ jobs: idle(4, 'Pool-A', { memory: 400 }), schedds }]);
    });

    it('one question after the other', async () => {
      let answer: (found: undefined) => void = () => undefined;
      explain = async () => await new Promise((resolve) => (answer = resolve));
      await waited([idle(4), idle(5, undefined, { cpus: 2 })]);
      expect(
        asked.map(({ jobs }) => jobs.cpus),
        'the most numerous first',
      ).to.deep.equal([2]);
      await fixture.clock.advance(MINUTE);
      watch.observe(reading([idle(4), idle(5, undefined, { cpus: 2 })]));
      await settle();
      expect(asked, 'the first is still being answered').to.have.length(1);
      answer(undefined);
      await settle();
      expect(asked.map(({ jobs }) => jobs.cpus)).to.deep.equal([2, 1]);
    });

    it('of twenty shapes at most, the most numerous', async () => {
      const queue = Array.from({ length: 30 }, (_, i) => idle(i + 1, undefined, { cpus: 1, memory: 128 * (i + 1) }));
      const demand = queue.map(({ memory, count }) => ({ ...SHAPE, memory, count }));
      const now = (): Watch['sight'] => ({ ...reading(queue).sight, demand });
      watch.observe(reading(queue, { sight: now() }));
      await fixture.clock.advance(MINUTE);
      expect(watch.observe(reading(queue, { sight: now() }))).to.have.length(30);
      await settle();
      expect(asked).to.have.length(20);
      expect(asked.map(({ jobs }) => jobs.memory))
        .to.include(30 * 128)
        .and.not.to.include(128);
    });

    for (const [what, fail] of [
      ['that fails', () => Promise.reject(new EhosError('Timeout', 'no answer'))],
      ['without a result', () => Promise.resolve(undefined)],
    ] as const)
      it(`a question ${what} harms nothing, and is asked again after five minutes`, async () => {
        explain = fail;
        const [found] = await waited([idle(4)]);
        expect(found).to.include({ count: 4 }).and.not.to.have.property('example');
        for (let i = 0; i < 4; i++) {
          await fixture.clock.advance(MINUTE);
          expect(watch.observe(reading([idle(4)]))).to.have.length(1);
        }
        expect(asked).to.have.length(1);
        explain = () => Promise.resolve({ job: '13.0', reason: 'why' });
        await fixture.clock.advance(MINUTE);
        watch.observe(reading([idle(4)]));
        await settle();
        expect(watch.known(ehosPool())[0]?.example).to.deep.equal({ job: '13.0', analysis: 'why' });
      });

    it('an answer that comes when the jobs have started says nothing any more', async () => {
      let answer: (found: { job: string; reason: string }) => void = () => undefined;
      explain = async () => await new Promise((resolve) => (answer = resolve));
      await waited([idle(4)]);
      await fixture.clock.advance(MINUTE);
      watch.observe(reading([]));
      answer({ job: '12.0', reason: 'late' });
      await settle();
      expect(watch.known(ehosPool())).to.deep.equal([]);
    });

    it('an answer for a pool that is gone is dropped', async () => {
      let answer: (found: { job: string; reason: string }) => void = () => undefined;
      explain = async () => await new Promise((resolve) => (answer = resolve));
      await waited([idle(4)]);
      watch.forget('ns/pool-a');
      answer({ job: '12.0', reason: 'late' });
      await settle();
      expect(watch.known(ehosPool())).to.deep.equal([]);
      expect(fixture.wakes).to.deep.equal([]);
    });
  });

  describe('after a restart of the operator', () => {
    const words = { refusedBy: ['m1.small on cloud-a'], example: '12.0', analysis: 'no machine satisfies it' };
    let until: number;
    let pool: EhosNodePool;
    let kept: Phantom;
    beforeEach(() => {
      const now = fixture.clock.now();
      until = now + 9 * MINUTE;
      const given = { ...SHAPE, count: 4, tries: 3, since: toTime(now), until: toTime(until), ...words };
      pool = { ...ehosPool(), status: { jobs: { phantom: [given] } } };
      kept = {
        ...{ ...SHAPE, count: 4, tries: 3, since: now, until, retrying: false },
        refusedBy: words.refusedBy,
        example: { job: '12.0', analysis: words.analysis },
      };
    });

    it('knows from the status of the pool what was given up before the master was read', () =>
      expect(watch.known(pool)).to.deep.equal([kept]));

    it('gives it up further on, without evidence of its own, and asks nothing again', async () => {
      expect(watch.observe(reading([idle(6)], { pool }))).to.deep.equal([kept]);
      await settle();
      expect(asked).to.deep.equal([]);
      expect(watch.known(pool)).to.deep.equal([kept]);
    });

    it('tries one of them again when its time has come', async () => {
      await fixture.clock.advance(10 * MINUTE);
      const nothingFree = { ...reading([idle(4)]).sight, nodes: [] };
      const [found] = watch.observe(reading([idle(4)], { pool, sight: nothingFree }));
      expect(found).to.include({ retrying: true, count: 4, tries: 3 });
    });

    it('forgets what is not queued any more', () => expect(watch.observe(reading([], { pool }))).to.deep.equal([]));

    it('an older operator has written less into the status: that is enough', () => {
      const phantom = [{ count: 4, since: 'nonsense', until: toTime(until) }];
      const [found] = watch.known({ ...ehosPool(), status: { jobs: { phantom } } });
      expect(found).to.deep.include({ count: 4, cpus: 1, tries: 1, since: 0, refusedBy: [] });
    });
  });
});
