/** Drains of nodes that run jobs: those that wait for them, and those that end them. With a node of its own, on which only the jobs of this suite run. */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { CondorMasterClient } from '../../../src/condor/client.ts';
import type { DrainOutcome } from '../../../src/condor/master.ts';
import { isDrained } from '../../../src/domain/node-states.ts';
import type { JobGroup, Startd } from '../../../src/domain/snapshots.ts';
import { SshConnection } from '../../../src/ssh/connection.ts';
import { countOf, eventually, PATIENCE_MS } from './looking.ts';
import type { CondorTarget } from './target.ts';

export function drainingContract(getTarget: () => Promise<CondorTarget>): void {
  const suffix = randomBytes(3).toString('hex');
  const pool = `draining-${suffix}`;
  const uid = `draining-${suffix}`;
  let target: CondorTarget;
  let master: CondorMasterClient;

  const poll = async () => await master.poll({ schedds: [], tokenRequests: false });
  const ourJobs = async (): Promise<JobGroup[]> => ((await poll()).jobs ?? []).filter((group) => group.pool === pool);
  const slotWhen = async (test: (startd: Startd) => boolean): Promise<Startd> => {
    const startd = await eventually(
      async () => (await poll()).startds?.find(({ nodeId }) => nodeId === uid),
      (found) => found !== undefined && test(found),
    );
    if (!startd || !test(startd)) throw new Error(`the node is not as expected: ${JSON.stringify(startd)}`);
    return startd;
  };

  /** A job that has just begun has no time of its own yet in the ad of its slot: the check refuses, and is asked again (measured). */
  const cordoned = async (name: string): Promise<DrainOutcome> =>
    await eventually(
      async () => await master.cordon(name, 'contract'),
      ({ kind }) => kind === 'Drained',
    );

  /**
   * Not before its drain is over (Drained and Idle, some seconds after its last job): called off before that, a startd grants no time to the jobs
   * that come next, until it has been drained again (measured).
   */
  const calledOff = async (name: string): Promise<void> => {
    await slotWhen(isDrained);
    await master.cancelDrain(name);
  };

  before(async function () {
    this.timeout(2 * PATIENCE_MS);
    target = await getTarget();
    if (!target.addNode || !target.removeNode) this.skip();
    const { host, port, user, privateKey, knownHosts } = target.ssh;
    master = new CondorMasterClient(
      new SshConnection({ host, port, user, privateKey, hostKeys: { kind: 'KnownHosts', text: knownHosts } }),
    );
    const facts = await master.probe();
    const token = await master.obtainToken(`ehos-node-${uid}@${facts.trustDomain}`, 3600);
    await target.addNode({ uid, pool, token, facts });
    await slotWhen(() => true);
  });

  after(async function () {
    this.timeout(PATIENCE_MS);
    await target.removeAll();
    await target.removeNode?.(uid);
    master.close();
  });

  describe('a node that runs jobs', () => {
    it('I28: takes no more jobs while those that run go on, but not where a job may not be waited for', async function () {
      this.timeout(3 * PATIENCE_MS);
      const lines = [`+EhosPool = "${pool}"`];
      await target.submit(1, 1, 256, 600, [...lines, 'max_job_retirement_time = 60']);
      const { name } = await slotWhen((startd) => startd.dynamicSlots === 1);
      expect((await master.cordon(name, 'contract')).kind).to.equal('Busy');
      expect(await slotWhen(() => true)).to.include({ draining: false, dynamicSlots: 1 });
      await target.removeAll();
      await slotWhen((startd) => startd.dynamicSlots === 0);
      await target.submit(1, 1, 256, 600, lines);
      await slotWhen((startd) => startd.dynamicSlots === 1);
      expect(await cordoned(name)).to.deep.equal({ kind: 'Drained' });
      const draining = await slotWhen((startd) => startd.draining);
      expect(draining).to.include({ dynamicSlots: 1, accepts: false, drainReason: 'contract' });
      expect(draining.children.map(({ activity }) => activity)).to.deep.equal(['Retiring']);
      expect(countOf(await ourJobs(), 'Running'), 'the job runs on').to.equal(1);
      await target.removeAll();
      const drained = await slotWhen((startd) => startd.dynamicSlots === 0);
      expect(drained).to.include({ state: 'Drained', draining: true });
      await calledOff(name);
      await slotWhen((startd) => startd.accepts);
    });

    it('vacates what runs, also while it is waited for: the jobs are named and queued again', async function () {
      this.timeout(3 * PATIENCE_MS);
      await target.submit(2, 1, 256, 600, [`+EhosPool = "${pool}"`]);
      const { name } = await slotWhen((startd) => startd.dynamicSlots === 2);
      expect((await cordoned(name)).kind).to.equal('Drained');
      await slotWhen((startd) => startd.draining);
      const { jobs } = await master.vacate(name, 'contract');
      expect(jobs).to.have.length(2);
      for (const job of jobs) expect(job).to.match(/^\d+\.\d+ of \w+@/);
      const empty = await slotWhen((startd) => startd.dynamicSlots === 0);
      expect(empty).to.include({ state: 'Drained', draining: true });
      const queued = await eventually(ourJobs, (found) => countOf(found, 'Idle') === 2);
      expect(countOf(queued, 'Idle')).to.equal(2);
      await target.removeAll();
      await calledOff(name);
      await slotWhen((startd) => startd.accepts);
    });

    it('tells how many jobs it has started, and what became of them', async function () {
      this.timeout(3 * PATIENCE_MS);
      const { jobStarts = 0, machine } = await slotWhen(({ dynamicSlots }) => dynamicSlots === 0);
      await target.submit(2, 1, 256, 1, [`+EhosPool = "${pool}"`]);
      await slotWhen((startd) => (startd.jobStarts ?? 0) >= jobStarts + 2);
      const outcomes = await eventually(
        async () => (await master.outcomes(900)).get(machine.toLowerCase()),
        (found) => (found?.good ?? 0) >= 2,
      );
      expect(outcomes?.good).to.be.at.least(2);
      expect(outcomes?.bad).to.equal(0);
    });
  });
}
