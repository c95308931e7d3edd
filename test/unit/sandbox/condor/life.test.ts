import { expect } from 'chai';
import { ManualClock } from '../../../../src/base/clock.ts';
import { EventQueue } from '../../../../src/sandbox/condor/pool/event-queue.ts';
import type { JobSpec } from '../../../../src/sandbox/condor/pool/jobs.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';

const SMALL = { memory: 512, disk: 1024 };
const running = (pool: { jobs(): { status: string }[] }): number =>
  pool.jobs().filter(({ status }) => status === 'Running').length;

describe('Negotiation', () => {
  it('a new job brings a cycle forward, a new startd does not', async () => {
    const { clock, pool } = startPool();
    pool.submit({ runSeconds: 600, ...SMALL });
    await clock.advance(20 * SECOND);
    expect(pool.cycles).to.equal(1);
    pool.join(node('n1'));
    await clock.advance(59 * SECOND);
    expect(running(pool)).to.equal(0);
    await clock.advance(SECOND);
    expect(running(pool)).to.equal(1);
  });

  it('condor_reschedule does not go below NEGOTIATOR_CYCLE_DELAY', async () => {
    const { clock, pool } = startPool();
    pool.submit({ runSeconds: 600, ...SMALL });
    await clock.advance(20 * SECOND);
    pool.join(node('n1'));
    pool.reschedule();
    await clock.advance(19 * SECOND);
    expect(running(pool)).to.equal(0);
    await clock.advance(SECOND);
    expect(running(pool)).to.equal(1);
  });

  it('no cycle runs while nothing is idle', async () => {
    const { clock, pool } = startPool();
    await clock.advance(60 * MINUTE);
    expect(pool.cycles).to.equal(0);
  });

  it('no cycle runs while the collector or the schedd is down', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: 600, ...SMALL });
    pool.collectorState = 'Down';
    await clock.advance(5 * MINUTE);
    pool.collectorState = 'Up';
    pool.scheddState = 'Down';
    await clock.advance(5 * MINUTE);
    expect(pool.cycles).to.equal(0);
    pool.scheddState = 'Up';
    await clock.advance(2 * MINUTE);
    expect(running(pool)).to.equal(1);
  });

  it('fills one node before it begins the next', async () => {
    const { clock, pool } = startPool();
    const nodes = ['n1', 'n2', 'n3'].map((name) => pool.join(node(name)));
    pool.submit({ runSeconds: 600, ...SMALL }, 6);
    await clock.advance(MINUTE);
    expect(nodes.map(({ slots }) => slots.size)).to.deep.equal([4, 2, 0]);
  });

  const refusals: { name: string; spec: JobSpec; runs: boolean }[] = [
    { name: 'its own pool', spec: { runSeconds: 60, ...SMALL, pool: 'pool-a' }, runs: true },
    { name: 'no pool', spec: { runSeconds: 60, ...SMALL }, runs: true },
    { name: 'another pool', spec: { runSeconds: 60, ...SMALL, pool: 'pool-q' }, runs: false },
    { name: 'all cores', spec: { runSeconds: 60, ...SMALL, cpus: 4 }, runs: true },
    { name: 'a core too many', spec: { runSeconds: 60, ...SMALL, cpus: 5 }, runs: false },
    { name: 'all memory, in steps of 128', spec: { runSeconds: 60, memory: 7900, disk: 1024 }, runs: true },
    { name: 'more memory', spec: { runSeconds: 60, memory: 8001, disk: 1024 }, runs: false },
    { name: 'all disk', spec: { runSeconds: 60, memory: 512, disk: 20_000_000 }, runs: true },
    { name: 'more disk', spec: { runSeconds: 60, memory: 512, disk: 20_000_001 }, runs: false },
    { name: 'a GPU that is not there', spec: { runSeconds: 60, ...SMALL, gpus: 1 }, runs: false },
    {
      name: 'requirements that hold',
      spec: { runSeconds: 60, ...SMALL, requirements: 'TARGET.EhosNodeId == "n1"' },
      runs: true,
    },
    {
      name: 'requirements that never hold',
      spec: { runSeconds: 60, ...SMALL, requirements: 'TARGET.HasFoo' },
      runs: false,
    },
  ];
  for (const { name, spec, runs } of refusals)
    it(`${runs ? 'takes' : 'refuses'} a job with ${name}`, async () => {
      const { clock, pool } = startPool();
      pool.join(node('n1'));
      pool.submit(spec);
      await clock.advance(5 * MINUTE);
      expect(pool.history().length).to.equal(runs ? 1 : 0);
    });
});

describe('The queue', () => {
  it('materialises late: never more idle jobs than max_idle, and all of them in the end', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: 10, ...SMALL, maxIdle: 5 }, 100);
    let most = 0;
    for (let i = 0; i < 100 && pool.history().length < 100; i++) {
      most = Math.max(most, pool.jobs().filter(({ status }) => status === 'Idle').length);
      await clock.advance(10 * SECOND);
    }
    expect(most).to.equal(5);
    expect(new Set(pool.history().map(({ id }) => id)).size).to.equal(100);
    expect(pool.history().every(({ starts }) => starts === 1)).to.equal(true);
    expect(pool.schedd.clusters.size).to.equal(0);
  });

  it('run times by proc', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: (proc) => 10 * (proc + 1), ...SMALL }, 3);
    await clock.advance(2 * MINUTE);
    expect(pool.history().map(({ id, startedAt = 0, endedAt }) => [id, (endedAt - startedAt) / SECOND])).to.deep.equal([
      ['1.0', 10],
      ['1.1', 20],
      ['1.2', 30],
    ]);
  });

  it('a claim ends with CLAIM_WORKLIFE', async () => {
    const { clock, pool } = startPool({ claimWorklifeSeconds: 25 });
    pool.join(node('n1', { total: { cpus: 1, memory: 2000, disk: 9_000_000, gpus: 0 } }));
    pool.submit({ runSeconds: 10, ...SMALL }, 10);
    await clock.advance(20 * SECOND);
    const { cycles } = pool;
    await clock.advance(31 * SECOND);
    expect(pool.history()).to.have.length(3);
    expect(pool.cycles).to.equal(cycles);
    expect(running(pool)).to.equal(0);
  });

  it('a removed job on a vanished machine lingers until its lease is over', async () => {
    const { clock, pool } = startPool({ leaseSeconds: 300 });
    const startd = pool.join(node('n1'));
    pool.submit({ runSeconds: 6000, ...SMALL });
    await clock.advance(MINUTE);
    pool.execution.vanish(startd);
    pool.remove(['1.0']);
    expect(pool.jobs()[0]).to.include({ status: 'Removed', host: 'slot1_1@n1' });
    await clock.advance(309 * SECOND);
    expect(pool.jobs()).to.have.length(1);
    await clock.advance(2 * SECOND);
    expect(pool.jobs()).to.deep.equal([]);
    expect(pool.history()[0]).to.include({ outcome: 'Removed', exitCode: undefined });
  });

  it('a job that lost its machine starts again elsewhere after its own lease', async () => {
    const { clock, pool } = startPool({ adLifetimeSeconds: 60 });
    const startd = pool.join(node('n1'));
    pool.submit({ runSeconds: 600, ...SMALL, leaseSeconds: 120 });
    await clock.advance(MINUTE);
    pool.execution.vanish(startd);
    pool.join(node('n2'));
    await clock.advance(129 * SECOND);
    expect(pool.jobs()[0]).to.include({ status: 'Running', host: 'slot1_1@n1' });
    await clock.advance(15 * MINUTE);
    expect(pool.history()[0]).to.include({ starts: 2, host: 'slot1_1@n2', exitCode: 0 });
    expect(pool.killedByVmLoss).to.deep.equal(['1.0']);
  });
});

describe('The collector', () => {
  it('forgets a silent node after one to two ad lifetimes', async () => {
    const { clock, pool } = startPool({ adLifetimeSeconds: 900 });
    const startd = pool.join(node('n1', { updateIntervalSeconds: 60 }));
    await clock.advance(10 * MINUTE);
    pool.execution.vanish(startd);
    await clock.advance(15 * MINUTE);
    expect(pool.findStartd('slot1@n1')).to.equal(startd);
    expect(startd.lastHeardAt(clock.now())).to.equal(clock.now() - 15 * MINUTE);
    await clock.advance(15 * MINUTE);
    expect(pool.findStartd('slot1@n1')).to.equal(undefined);
  });

  it('keeps the ads of live nodes however long', async () => {
    const { clock, pool } = startPool({ adLifetimeSeconds: 60 });
    pool.join(node('n1', { updateIntervalSeconds: 30 }));
    await clock.advance(24 * 60 * MINUTE);
    expect(pool.collector.visible(clock.now())).to.have.length(1);
  });

  it('is empty after a restart until each node reports again', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1', { updateIntervalSeconds: 60 }));
    await clock.advance(30 * SECOND);
    pool.join(node('n2', { updateIntervalSeconds: 60 }));
    pool.execution.vanish(pool.join(node('n3')));
    await clock.advance(SECOND);
    pool.restartCollector();
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    await clock.advance(30 * SECOND);
    expect(pool.collector.visible(clock.now()).map(({ slotName }) => slotName)).to.deep.equal(['slot1@n1']);
    await clock.advance(MINUTE);
    expect(pool.collector.visible(clock.now()).map(({ slotName }) => slotName)).to.deep.equal(['slot1@n1', 'slot1@n2']);
  });

  it('after a restart a node with an expired token never comes back, but its jobs end', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1', { tokenExpiresAt: clock.now() + MINUTE }));
    pool.submit({ runSeconds: 600, ...SMALL });
    await clock.advance(5 * MINUTE);
    expect(pool.collector.visible(clock.now())).to.have.length(1);
    pool.restartCollector();
    await clock.advance(60 * MINUTE);
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    expect(pool.history()[0]).to.include({ exitCode: 0, starts: 1 });
  });
});

describe('EventQueue', () => {
  it('runs events in order of time, then of their making, on one timer', async () => {
    const clock = new ManualClock(0);
    let timers = 0;
    const events = new EventQueue({
      now: () => clock.now(),
      after: (ms, fn) => {
        timers++;
        return clock.after(ms, fn);
      },
    });
    const seen: string[] = [];
    const times = [50, 10, 30, 10, 40, 20, 10];
    times.forEach((at, i) => events.at(at, () => seen.push(`${at}:${i}`)));
    const cancel = events.at(25, () => seen.push('cancelled'));
    cancel();
    await clock.advance(100);
    expect(seen).to.deep.equal(['10:1', '10:3', '10:6', '20:5', '30:2', '40:4', '50:0']);
    expect(timers).to.be.at.most(2 + new Set(times).size);
  });

  it('events that events make at once happen in the same instant', async () => {
    const clock = new ManualClock(0);
    const events = new EventQueue(clock);
    const seen: number[] = [];
    events.at(10, () => events.after(0, () => seen.push(clock.now())));
    await clock.advance(10);
    expect(seen).to.deep.equal([10]);
  });

  it('nothing happens after close', async () => {
    const clock = new ManualClock(0);
    const events = new EventQueue(clock);
    const seen: number[] = [];
    events.at(10, () => seen.push(1));
    events.close();
    events.at(20, () => seen.push(2));
    await clock.advance(100);
    expect(seen).to.deep.equal([]);
  });
});

describe('Size', () => {
  it('100,000 jobs on 1000 nodes, each run once', async function () {
    this.timeout(30_000);
    const { clock, pool } = startPool();
    for (let i = 0; i < 1000; i++) pool.join(node(`n${i}`));
    for (let i = 0; i < 20; i++) pool.submit({ runSeconds: 600, memory: 512 + 64 * i, disk: 1024 }, 5000);
    await clock.advance(MINUTE);
    expect(pool.schedd.running.size).to.equal(4000);
    await clock.advance(6 * 60 * MINUTE);
    expect(pool.history()).to.have.length(100_000);
    expect(pool.history().every(({ starts }) => starts === 1)).to.equal(true);
  });

  it('the same seed gives the same course', async () => {
    const course = async (): Promise<unknown> => {
      const { clock, pool } = startPool();
      pool.submit({ runSeconds: 100, ...SMALL }, 20);
      for (const name of ['n1', 'n2']) pool.join(node(name));
      await clock.advance(20 * MINUTE);
      return pool.history();
    };
    expect(await course()).to.deep.equal(await course());
  });
});
