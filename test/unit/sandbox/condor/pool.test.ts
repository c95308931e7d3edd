import { expect } from 'chai';
import { MINUTE, node, SECOND, startPool } from './support.ts';

const CHECK = { how: 'graceful', check: 'DynamicSlot =!= true' } as const;

describe('CondorPool: a job from submit to history', () => {
  it('waits for a node, runs once and leaves the queue', async () => {
    const { clock, pool } = startPool();
    pool.submit({ runSeconds: 600, pool: 'pool-a', memory: 512, disk: 1024 });
    await clock.advance(MINUTE);
    expect(pool.jobs().map(({ status }) => status)).to.deep.equal(['Idle']);
    pool.join(node('n1'));
    await clock.advance(MINUTE);
    expect(pool.jobs()).to.deep.equal([
      { id: '1.0', owner: 'alice', pool: 'pool-a', status: 'Running', starts: 1, host: 'slot1_1@n1' },
    ]);
    await clock.advance(10 * MINUTE);
    expect(pool.jobs()).to.deep.equal([]);
    expect(pool.history()).to.have.length(1);
    expect(pool.history()[0]).to.include({
      id: '1.0',
      outcome: 'Completed',
      exitCode: 0,
      starts: 1,
      host: 'slot1_1@n1',
    });
    expect(pool.startsOf('1.0')).to.equal(1);
  });

  it('fills a node with what fits and no more', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024 }, 10);
    await clock.advance(MINUTE);
    expect(pool.jobs().filter(({ status }) => status === 'Running')).to.have.length(4);
  });

  it('gives a claim that becomes free to the next job of the same shape without a cycle', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1', { total: { cpus: 1, memory: 2000, disk: 9_000_000, gpus: 0 } }));
    pool.submit({ runSeconds: 10, memory: 512, disk: 1024 }, 3);
    await clock.advance(20 * SECOND);
    const before = pool.cycles;
    await clock.advance(25 * SECOND);
    expect(pool.history()).to.have.length(2);
    expect(pool.cycles).to.equal(before);
  });
});

describe('CondorPool: draining', () => {
  it('refuses a busy node with 10003 and accepts an idle one', async () => {
    const { clock, pool } = startPool();
    const busy = pool.join(node('n1'));
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
    await clock.advance(MINUTE);
    expect(pool.execution.drain(busy, CHECK)).to.deep.equal({
      accepted: false,
      code: 10003,
      message: 'Draining check expression is false on slot1_1@n1.',
    });
    const idle = pool.join(node('n2'));
    expect(pool.execution.drain(idle, CHECK)).to.deep.equal({ accepted: true });
    expect(pool.execution.drain(idle, CHECK)).to.include({ accepted: false, code: 10001 });
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024, pool: 'pool-a' }, 8);
    await clock.advance(2 * MINUTE);
    expect(idle.slots.size).to.equal(0);
    pool.execution.cancelDrain(idle);
    await clock.advance(2 * MINUTE);
    expect(idle.slots.size).to.equal(4);
  });
});

describe('CondorPool: a node that vanishes', () => {
  it('keeps its ad, keeps being matched, and loses its job until the lease is over', async () => {
    const { clock, pool } = startPool({ leaseSeconds: 300, adLifetimeSeconds: 600 });
    const dead = pool.join(node('n1', { updateIntervalSeconds: 30 }));
    pool.submit({ runSeconds: 3600, memory: 512, disk: 1024 });
    await clock.advance(MINUTE);
    pool.execution.vanish(dead);
    expect(pool.killedByVmLoss).to.deep.equal(['1.0']);
    pool.submit({ runSeconds: 60, memory: 512, disk: 1024 });
    await clock.advance(2 * MINUTE);
    expect(pool.findStartd('slot1@n1')).to.equal(dead);
    expect(pool.rejectedMatches).to.be.greaterThan(0);
    expect(pool.jobs().map(({ status }) => status)).to.deep.equal(['Running', 'Idle']);
    await clock.advance(4 * MINUTE);
    expect(pool.jobs().map(({ status }) => status)).to.deep.equal(['Idle', 'Idle']);
    pool.join(node('n2'));
    dead.slotAdDroppedAt = clock.now();
    await clock.advance(2 * MINUTE);
    expect(pool.startsOf('1.0')).to.equal(2);
  });
});
