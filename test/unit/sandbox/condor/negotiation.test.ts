import { expect } from 'chai';
import { ConcurrencyLimits } from '../../../../src/sandbox/condor/pool/concurrency-limits.ts';
import { CycleTimes } from '../../../../src/sandbox/condor/pool/cycle-times.ts';
import { shapeOf, type JobSpec } from '../../../../src/sandbox/condor/pool/jobs.ts';
import type { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import { footprintsOf } from '../../../../src/sandbox/condor/pool/schedd.ts';
import type { Startd } from '../../../../src/sandbox/condor/pool/startd.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';
import { run } from './tool-support.ts';

const SMALL: JobSpec = { runSeconds: 6000, memory: 512, disk: 1024 };
const limited = (limits: string, more: Partial<JobSpec> = {}): JobSpec => ({
  ...SMALL,
  ...more,
  attributes: { ConcurrencyLimits: limits },
});
const statusOf = (pool: CondorPool): string[] => pool.jobs().map(({ status }) => status);

describe('CycleTimes', () => {
  const times = (): CycleTimes => new CycleTimes(0, { negotiatorIntervalSeconds: 60, negotiatorCycleDelaySeconds: 20 });

  it('remembers three cycles, those that had nothing to do among them', () => {
    const cycles = times();
    expect(cycles.recent(0)).to.deep.equal([0]);
    expect(cycles.recent(59_999)).to.deep.equal([0]);
    expect(cycles.recent(200_000)).to.deep.equal([180_000, 120_000, 60_000]);
    cycles.begin(85_000);
    expect(cycles.recent(85_000)).to.deep.equal([85_000, 60_000, 0]);
    expect(cycles.recent(145_000)).to.deep.equal([145_000, 85_000, 60_000]);
  });

  const next: [title: string, now: number, requested: boolean, at: number][] = [
    ['comes an interval after the last', 10_000, false, 60_000],
    ['comes sooner when it is asked for, but not too soon', 10_000, true, 20_000],
    ['comes at once when the last is long past', 45_000, true, 45_000],
    ['counts from the last that nobody saw', 125_000, true, 140_000],
    ['that is due just now is still to come', 120_000, false, 120_000],
  ];
  for (const [title, now, requested, at] of next) {
    it(`the next ${title}`, () => {
      expect(times().next(now, requested)).to.equal(at);
    });
  }

  it('the next is not the one that has just begun', () => {
    const cycles = times();
    cycles.begin(60_000);
    expect(cycles.next(60_000, false)).to.equal(120_000);
  });
});

describe('ConcurrencyLimits', () => {
  const limits = new ConcurrencyLimits(new Map([['license', 5]]), [shapeOf(limited('license'))]);
  const table: [limits: string, jobs: number, limit: string][] = [
    ['license', 4, 'license'],
    ['License:3', 1, 'license'],
    ['other, license:2', 2, 'license'],
    ['other', Infinity, ''],
    ['license:-1', 4, 'license'],
    ['', Infinity, ''],
  ];
  for (const [names, jobs, limit] of table) {
    it(`lets ${jobs} more jobs of ${JSON.stringify(names)} run`, () => {
      expect(limits.allowance(shapeOf(limited(names)))).to.deep.equal({ jobs, limit });
    });
  }
});

describe('The size of a dynamic slot', () => {
  // measured: requests of disk and what they got
  for (const [asked, given] of [
    [-99, 2048],
    [0, 2048],
    [1, 2048],
    [1024, 2048],
    [1025, 3072],
    [2048, 3072],
    [10_000, 11_264],
  ] as const) {
    it(`of ${asked} KiB is ${given} KiB`, () => {
      expect(footprintsOf(shapeOf({ ...SMALL, disk: asked }))[0]?.disk).to.equal(given);
    });
  }

  const fitting: [title: string, spec: Partial<JobSpec>, left: Partial<Startd['free']> | undefined][] = [
    ['is rounded up', { memory: 500 }, { memory: 488, disk: 7952 }],
    ['is as asked for where it does not fit otherwise', { memory: 999 }, { memory: 1, disk: 7952 }],
    ['leaves less than no disk when it asks for all', { disk: 10_000 }, { disk: -1024 }],
    ['is none for more than there is', { memory: 1001 }, undefined],
  ];
  for (const [title, spec, left] of fitting) {
    it(title, async () => {
      const { clock, pool } = startPool();
      const startd = pool.join(node('n1', { total: { cpus: 4, memory: 1000, disk: 10_000, gpus: 0 } }));
      pool.submit({ ...SMALL, ...spec });
      await clock.advance(2 * MINUTE);
      expect(startd.slots.size).to.equal(left ? 1 : 0);
      if (left) expect(startd.free).to.include(left);
    });
  }
});

describe('What the negotiator refuses', () => {
  const rejection = async (pool: CondorPool, id: string): Promise<unknown> => {
    const { stdout } = await run(pool, [
      'condor_q',
      '-allusers',
      id,
      '-af:V',
      'LastRejMatchReason',
      'LastRejMatchTime',
    ]);
    return stdout.trim();
  };

  it('is told to the first job of those that are alike, with the time', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ ...SMALL, requirements: 'TARGET.HasFoo' }, 2);
    await clock.advance(20 * SECOND);
    expect(await rejection(pool, '1.0')).to.equal(`"no match found " ${Math.floor(clock.now() / 1000)}`);
    expect(await rejection(pool, '1.1')).to.equal('undefined undefined');
  });

  it('is told to none while there is no slot at all', async () => {
    const { clock, pool } = startPool();
    pool.submit(SMALL);
    await clock.advance(5 * MINUTE);
    expect(await rejection(pool, '1.0')).to.equal('undefined undefined');
  });

  it('is forgotten with its job', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ ...SMALL, cpus: 9 });
    await clock.advance(MINUTE);
    expect(pool.schedd.refusals.size).to.equal(1);
    pool.remove(['1']);
    expect(pool.schedd.refusals.size).to.equal(0);
  });

  it('a concurrency limit lets so many jobs run, and names itself', async () => {
    const { clock, pool } = startPool({ concurrencyLimits: { LICENSE: 2 } });
    pool.join(node('n1'));
    pool.submit(limited('license'), 3);
    await clock.advance(2 * MINUTE);
    expect(statusOf(pool)).to.deep.equal(['Running', 'Running', 'Idle']);
    expect(await rejection(pool, '1.2')).to.match(/^"concurrency limit license reached " \d+$/);
    expect((await run(pool, ['condor_config_val', 'license_limit'])).stdout).to.equal('2\n');
    pool.remove(['1.0']);
    await clock.advance(2 * MINUTE);
    expect(statusOf(pool)).to.deep.equal(['Running', 'Running']);
  });

  it('a submit description names its limits', async () => {
    const { pool } = startPool();
    const stdin = 'arguments = 60\nconcurrency_limits = License:2\nqueue\n';
    await run(pool, ['condor_submit', '-'], { stdin });
    const { stdout } = await run(pool, ['condor_q', '-allusers', '-af', 'ConcurrencyLimits']);
    expect(stdout).to.equal('license:2\n');
  });

  for (const requirements of ['A ~ B ((', 'regexp("(", Machine)']) {
    it(`${requirements} disturbs nothing`, async () => {
      const { clock, pool } = startPool();
      pool.join(node('n1'));
      const stdin = `arguments = 60\nrequirements = ${requirements}\nqueue\n`;
      const { code, stderr } = await run(pool, ['condor_submit', '-'], { stdin });
      const refused = requirements.startsWith('A');
      expect([code, stderr.startsWith('ERROR: Parse error in expression')]).to.deep.equal([Number(refused), refused]);
      await clock.advance(2 * MINUTE);
      expect(pool.jobs()).to.have.length(refused ? 0 : 1);
    });
  }

  it('what is left of a slot waits a cycle for another user', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ ...SMALL, owner: 'alice' });
    pool.submit({ ...SMALL, owner: 'bob' });
    await clock.advance(20 * SECOND);
    expect(statusOf(pool)).to.deep.equal(['Running', 'Idle']);
    await clock.advance(MINUTE);
    expect(statusOf(pool)).to.deep.equal(['Running', 'Running']);
  });

  it('a job of 1.5 cores is matched and refused each time; the node keeps its JobStarts', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1'));
    pool.submit({ ...SMALL, cpus: 1.5 });
    await clock.advance(5 * MINUTE);
    expect(statusOf(pool)).to.deep.equal(['Idle']);
    expect(pool.rejectedMatches).to.be.greaterThan(3);
    expect(startd.jobStarts).to.equal(0);
    const { stdout } = await run(pool, ['condor_status', '-af', 'NumDynamicSlotsTime', 'DaemonStartTime', 'JobStarts']);
    const [changed, started, jobs] = stdout.trim().split(' ').map(Number);
    expect(changed).to.be.greaterThan((started ?? 0) + 200);
    expect(jobs).to.equal(0);
  });
});

describe("The negotiator's ad", () => {
  const TIMES = [
    'LastNegotiationCycleTime0',
    'LastNegotiationCycleTime1',
    'LastNegotiationCycleTime2',
    'MyCurrentTime',
  ];
  const ages = async (pool: CondorPool, line: string[] = []): Promise<(number | undefined)[]> => {
    const { stdout } = await run(pool, ['condor_status', '-negotiator', ...line, '-af', ...TIMES]);
    const now = pool.clock.now() / 1000;
    return stdout === ''
      ? []
      : stdout
          .trim()
          .split(' ')
          .map((time) => (time === 'undefined' ? undefined : now - Number(time)));
  };
  const addressOf = async (pool: CondorPool): Promise<string> =>
    (await run(pool, ['condor_status', '-negotiator', '-af', 'MyAddress'])).stdout.trim();

  it('is as old at the collector as its last update; the negotiator itself knows better', async () => {
    const { clock, pool } = startPool();
    expect(await ages(pool)).to.deep.equal([0, undefined, undefined, 0]);
    await clock.advance(290 * SECOND);
    expect(await ages(pool)).to.deep.equal([290, undefined, undefined, 290]);
    expect(await ages(pool, ['-direct', await addressOf(pool)])).to.deep.equal([50, 110, 170, 0]);
    await clock.advance(20 * SECOND);
    expect(await ages(pool)).to.deep.equal([10, 70, 130, 10]);
  });

  it('goes when ads live shorter than that, and comes back', async () => {
    const { clock, pool } = startPool({ adLifetimeSeconds: 30 });
    await clock.advance(31 * SECOND);
    expect(await ages(pool)).to.deep.equal([]);
    await clock.advance(270 * SECOND);
    expect(await ages(pool)).to.have.length(4);
  });

  it('is lost with a restart of the collector until the next update', async () => {
    const { clock, pool } = startPool();
    await clock.advance(SECOND);
    pool.restartCollector();
    expect(await ages(pool)).to.deep.equal([]);
  });

  const failures: [title: string, line: string[], words: RegExp][] = [
    [
      'a name without a dot',
      ['-direct', 'condor-master'],
      /^Error: Failed to locate negotiator condor-master\nunknown host/,
    ],
    ['another address', ['-direct', '<10.1.1.1:9618?sock=x>'], /Failed to contact negotiator at <10\.1\.1\.1:9618> at/],
  ];
  for (const [title, line, words] of failures) {
    it(`is not had from ${title}`, async () => {
      const { pool } = startPool();
      const { code, stderr } = await run(pool, ['condor_status', '-negotiator', ...line, '-json']);
      expect([code, words.test(stderr)]).to.deep.equal([1, true]);
    });
  }

  it('is had directly while the collector is down', async () => {
    const { pool } = startPool();
    const address = await addressOf(pool);
    pool.collectorState = 'Down';
    expect(await ages(pool, ['-direct', address])).to.have.length(4);
  });
});

describe('The ad of a slot', () => {
  const attributes = async (pool: CondorPool, ...names: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await run(pool, ['condor_status', '-json', '-attributes', names.join(',')]);
    return (JSON.parse(stdout) as Record<string, unknown>[])[0] ?? {};
  };

  for (const [start, printed] of [
    ['FALSE', false],
    ['true', true],
    ['(TARGET.A =?= 1)', '/Expr((TARGET.A is 1))/'],
  ] as const) {
    it(`with START = ${start} stays Unclaimed, and shows it`, async () => {
      const { clock, pool } = startPool();
      const startd = pool.join(node('n1', { start }));
      pool.submit(SMALL);
      await clock.advance(2 * MINUTE);
      expect(startd.slots.size).to.equal(start === 'true' ? 1 : 0);
      expect(await attributes(pool, 'State', 'Start')).to.deep.equal({ State: 'Unclaimed', Start: printed });
    });
  }

  it('has no START while it drains, and remembers when that was taken back', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1'));
    pool.execution.drain(startd, { how: 'graceful' });
    await clock.advance(2 * SECOND);
    expect(await attributes(pool, 'State', 'Start', 'LastDrainStopTime')).to.deep.equal({ State: 'Drained' });
    pool.execution.cancelDrain(startd);
    const at = Math.floor(clock.now() / 1000);
    await clock.advance(2 * SECOND);
    expect(await attributes(pool, 'State', 'LastDrainStopTime')).to.deep.equal({
      State: 'Unclaimed',
      LastDrainStopTime: at,
    });
  });
});
