import { expect } from 'chai';
import type { DrainRequest } from '../../../../src/sandbox/condor/pool/execution.ts';
import { condorStatus } from '../../../../src/sandbox/condor/tools/condor-status.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';

const IDLE_ONLY = { how: 'graceful', check: 'DynamicSlot =!= true' } as const;
const SMALL = { memory: 512, disk: 1024 };

async function busyNode(runSeconds: number, maxRetirementSeconds = 7 * 24 * 3600) {
  const { clock, pool } = startPool();
  const startd = pool.join(node('n1', { maxRetirementSeconds }));
  pool.submit({ runSeconds, ...SMALL }, 2);
  await clock.advance(MINUTE);
  expect(startd.slots.size).to.equal(2);
  return { clock, pool, startd };
}

describe('Draining', () => {
  it('refuses a busy node and leaves it untouched', async () => {
    const { pool, startd } = await busyNode(600);
    expect(pool.execution.drain(startd, IDLE_ONLY)).to.deep.equal({
      accepted: false,
      code: 10003,
      message: 'Draining check expression is false on slot1_1@n1.',
    });
    expect(startd.draining).to.equal(undefined);
  });

  it('an idle node takes no job any more, and jobs again after the cancel', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1'));
    expect(pool.execution.drain(startd, IDLE_ONLY)).to.deep.equal({ accepted: true });
    expect(pool.execution.drain(startd, IDLE_ONLY)).to.deep.equal({
      accepted: false,
      code: 10001,
      message: 'Draining already in progress.',
    });
    pool.submit({ runSeconds: 600, ...SMALL });
    await clock.advance(3 * MINUTE);
    expect(startd.slots.size).to.equal(0);
    pool.execution.cancelDrain(startd);
    await clock.advance(2 * MINUTE);
    expect(startd.slots.size).to.equal(1);
  });

  it('is decided inside the startd: a job that the collector does not show yet counts', async () => {
    const { clock, pool } = startPool({ reportLagMs: 2000 });
    const startd = pool.join(node('n1'));
    pool.submit({ runSeconds: 600, ...SMALL });
    await clock.advance(20 * SECOND);
    expect(startd.slots.size).to.equal(1);
    expect(startd.report.children).to.have.length(0);
    expect(pool.execution.drain(startd, IDLE_ONLY)).to.include({ code: 10003 });
  });

  it('a match of the negotiator that comes after the drain starts nothing', async () => {
    const { clock, pool } = startPool({ reportLagMs: 2000 });
    const startd = pool.join(node('n1'));
    await clock.advance(20 * SECOND);
    pool.submit({ runSeconds: 600, ...SMALL });
    // the collector does not know of the drain when the cycle begins
    expect(pool.execution.drain(startd, IDLE_ONLY)).to.deep.equal({ accepted: true });
    await clock.advance(SECOND);
    expect(pool.rejectedMatches).to.equal(1);
    expect(pool.jobs()[0]).to.include({ status: 'Idle', starts: 0 });
  });

  it('graceful waits for running jobs within MAXJOBRETIREMENTTIME', async () => {
    const { clock, pool, startd } = await busyNode(600);
    expect(pool.execution.drain(startd, { how: 'graceful' })).to.deep.equal({ accepted: true });
    await clock.advance(2 * SECOND);
    expect(startd.report).to.include({ state: 'Drained', activity: 'Retiring' });
    await clock.advance(11 * MINUTE);
    expect(pool.history()).to.have.length(2);
    expect(pool.killedByDrain).to.deep.equal([]);
    expect(startd.report).to.include({ state: 'Drained', activity: 'Idle' });
  });

  it('graceful kills what runs longer than MAXJOBRETIREMENTTIME, counted from its start', async () => {
    const { clock, pool, startd } = await busyNode(6000, 180);
    pool.execution.drain(startd, { how: 'graceful' });
    await clock.advance(MINUTE);
    expect(pool.killedByDrain).to.deep.equal([]);
    await clock.advance(2 * MINUTE);
    expect(pool.killedByDrain).to.deep.equal(['1.0', '1.1']);
    expect(pool.jobs().map(({ status }) => status)).to.deep.equal(['Idle', 'Idle']);
  });

  it('a job is granted what it asks for, if that is less; the ad of its slot says so', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1', { maxRetirementSeconds: 3600 }));
    pool.submit({ runSeconds: 6000, maxRetirementSeconds: 0, ...SMALL });
    pool.submit({ runSeconds: 6000, ...SMALL });
    await clock.advance(MINUTE);
    const left = [...startd.slots.values()].map((slot) => startd.retirementLeft(slot, clock.now()) / SECOND);
    expect(left[0]).to.equal(0);
    expect(left[1]).to.be.within(3540, 3600);
    const check = 'DynamicSlot =!= true || RetirementTimeRemaining >= 600';
    expect(pool.execution.drain(startd, { how: 'graceful', check })).to.include({ code: 10003 });
    pool.execution.drain(startd, { how: 'graceful' });
    expect(pool.killedByDrain).to.deep.equal(['1.0']);
  });

  const killers: { name: string; request: DrainRequest; retirement: number }[] = [
    { name: 'graceful without MAXJOBRETIREMENTTIME', request: { how: 'graceful' }, retirement: 0 },
    { name: 'fast', request: { how: 'fast' }, retirement: 3600 },
    { name: 'quick', request: { how: 'quick' }, retirement: 3600 },
  ];
  for (const { name, request, retirement } of killers)
    it(`${name} kills at once`, async () => {
      const { pool, startd } = await busyNode(6000, retirement);
      pool.execution.drain(startd, request);
      expect(pool.killedByDrain).to.deep.equal(['1.0', '1.1']);
      expect(startd.slots.size).to.equal(0);
    });

  it('a retirement that was cancelled kills nobody later', async () => {
    const { clock, pool, startd } = await busyNode(6000, 120);
    pool.execution.drain(startd, { how: 'graceful' });
    await clock.advance(MINUTE);
    pool.execution.cancelDrain(startd);
    await clock.advance(10 * MINUTE);
    expect(pool.killedByDrain).to.deep.equal([]);
    expect(startd.slots.size).to.equal(2);
  });

  it('-exit-on-completion: the slot ads go, the master ad stays until the machine is gone', async () => {
    const { clock, pool } = startPool({ adLifetimeSeconds: 60 });
    const startd = pool.join(node('n1'));
    await clock.advance(MINUTE);
    pool.execution.drain(startd, { ...IDLE_ONLY, exitOnCompletion: true });
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    await clock.advance(10 * MINUTE);
    expect(pool.collector.hasMasterAd(startd, clock.now())).to.equal(true);
    pool.execution.vanish(startd);
    await clock.advance(4 * MINUTE);
    expect(pool.collector.hasMasterAd(startd, clock.now())).to.equal(false);
    expect(pool.collector.all(clock.now())).to.deep.equal([]);
  });

  it('-exit-on-completion of a busy node exits after the last job', async () => {
    const { clock, pool, startd } = await busyNode(600);
    pool.execution.drain(startd, { how: 'graceful', exitOnCompletion: true });
    await clock.advance(5 * MINUTE);
    expect(startd.state).to.equal('Running');
    await clock.advance(6 * MINUTE);
    expect(startd.state).to.equal('Exited');
    expect(pool.history()).to.have.length(2);
  });

  it("the update that tells of a job's end has the old NumDynamicSlotsTime, the next one the new", async () => {
    const { clock, pool } = await busyNode(60);
    const time = async (): Promise<string> => {
      const context = {
        pool,
        account: { name: 'ehos', administrator: true },
        noCondor: false,
        signal: new AbortController().signal,
      };
      const argv = ['-af', 'NumDynamicSlots', 'NumDynamicSlotsTime'];
      return (await condorStatus(argv, context, () => Promise.resolve(''))).stdout.split('\n')[0] ?? '';
    };
    const startedAt = Math.floor(([...pool.schedd.running.values()][0]?.startedAt ?? 0) / 1000);
    const seen = new Set<string>();
    for (let i = 0; i < 120; i++) {
      seen.add(await time());
      await clock.advance(SECOND);
    }
    expect([...seen]).to.deep.equal([`2 ${startedAt}`, `0 ${startedAt}`, `0 ${startedAt + 60}`]);
  });
});
