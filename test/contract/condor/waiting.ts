/**
 * What tells jobs that wait for more room from jobs that would not start however much there was: the negotiator's cycles, since when a
 * node's room is free, and HTCondor's own words. With the same node for all, on which only the jobs of this suite run.
 */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { CondorMasterClient } from '../../../src/condor/client.ts';
import type { JobGroup, MasterSnapshot, Startd } from '../../../src/domain/snapshots.ts';
import { SshConnection } from '../../../src/ssh/connection.ts';
import { countOf, eventually, PATIENCE_MS } from './looking.ts';
import type { CondorTarget } from './target.ts';

const DISK = 1024;

/** The master's time is taken in steps: a cycle may have begun so much earlier than it seems. */
const CLOCK_STEP_MS = 6_000;

export function waitingContract(getTarget: () => Promise<CondorTarget>): void {
  const suffix = randomBytes(3).toString('hex');
  const pool = `waiting-${suffix}`;
  const uid = `waiting-${suffix}`;
  let target: CondorTarget;
  let master: CondorMasterClient;

  const poll = (): Promise<MasterSnapshot> => master.poll({ schedds: [], tokenRequests: false });
  const nodeIn = ({ startds }: MasterSnapshot): Startd | undefined => startds?.find(({ nodeId }) => nodeId === uid);
  const nodeWhen = async (test: (startd: Startd) => boolean): Promise<Startd> => {
    const startd = await eventually(
      async () => nodeIn(await poll()),
      (found) => found !== undefined && test(found),
    );
    if (!startd || !test(startd)) throw new Error(`the node is not as expected: ${JSON.stringify(startd)}`);
    return startd;
  };
  /** Polls until several cycles have begun since a moment, in the snapshot's time. */
  const afterCycles = (since: number): Promise<MasterSnapshot> =>
    eventually(poll, ({ negotiation }) => (negotiation ?? []).filter(({ startedAt }) => startedAt > since).length >= 3);
  const submit = (memory: number, ...lines: string[]): Promise<void> =>
    target.submit(1, 1, memory, 600, [`+EhosPool = "${pool}"`, ...lines]);
  const explain = (
    memory: number,
    change: Partial<JobGroup> = {},
  ): Promise<{ job: string; reason: string } | undefined> =>
    master.explain({ pool, cpus: 1, memory, disk: DISK, gpus: 0, ...change });
  const reasonWhen = async (memory: number, words: RegExp, change: Partial<JobGroup> = {}): Promise<string> =>
    await eventually(
      async () => (await explain(memory, change))?.reason ?? 'nothing',
      (reason) => words.test(reason),
    );

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
    await nodeWhen(() => true);
  });

  afterEach(async function () {
    this.timeout(2 * PATIENCE_MS);
    await target.removeAll();
    await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
  });

  after(async function () {
    this.timeout(PATIENCE_MS);
    await target.removeAll();
    await target.removeNode?.(uid);
    master.close();
  });

  describe('the negotiator', () => {
    it('says how often it runs', async () => {
      expect((await master.probe()).negotiatorInterval).to.be.within(1, 3600);
    });

    it('says when it ran, the last cycle first, and as of now', async function () {
      this.timeout(2 * PATIENCE_MS);
      const first = await eventually(poll, ({ negotiation }) => negotiation !== undefined);
      const newest = first.negotiation?.[0]?.startedAt ?? Infinity;
      const { negotiation = [], observedAt, errors } = await afterCycles(newest);
      expect(negotiation).to.have.length.of.at.least(3);
      for (const [i, { startedAt, endedAt }] of negotiation.entries()) {
        expect(endedAt).to.be.at.least(startedAt);
        expect(startedAt).to.be.at.most(negotiation[i - 1]?.startedAt ?? observedAt + 10_000);
      }
      expect(errors).to.deep.equal([]);
    });
  });

  describe('a job that no node may run', () => {
    it('is passed by beside a node that is free, cycle after cycle', async function () {
      this.timeout(3 * PATIENCE_MS);
      const before = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
      await submit(301, 'requirements = (Machine == "nowhere")');
      const seen = await afterCycles((await poll()).observedAt + CLOCK_STEP_MS);
      expect(
        countOf(
          (seen.jobs ?? []).filter((job) => job.pool === pool),
          'Idle',
        ),
      ).to.equal(1);
      const node = nodeIn(seen);
      expect(node).to.include({ slotsChangedAt: before.slotsChangedAt, idleSince: before.idleSince, accepts: true });
      expect(node?.slotsChangedAt).to.be.below(seen.negotiation?.[2]?.startedAt ?? 0);
    });

    const cases: [title: string, memory: number, line: string, words: RegExp][] = [
      [
        'names a machine',
        302,
        'requirements = (Machine == "nowhere")',
        /no slot meets Machine == "nowhere"; of \d+ machines \d+ (?:is|are) rejected by your job's requirements/,
      ],
      [
        'names an attribute that no slot has',
        303,
        'requirements = TARGET.HasUnicorns',
        /no slot meets TARGET\.HasUnicorns; of/,
      ],
      [
        'compares it with a value',
        304,
        'requirements = TARGET.HasUnicorns =?= true',
        /no slot meets TARGET\.HasUnicorns is true; of/,
      ],
      [
        'asks for too much memory',
        999_999,
        '',
        /no slot meets TARGET\.Memory >= RequestMemory with RequestMemory = 999999 \(mb\); of/,
      ],
    ];
    for (const [title, memory, line, words] of cases) {
      it(`${title}, and HTCondor says so`, async function () {
        this.timeout(2 * PATIENCE_MS);
        await submit(memory, line);
        const reason = await reasonWhen(memory, new RegExp(`^no match found \\(.*Z\\).*${words.source}`));
        expect(reason)
          .to.match(words)
          .and.to.match(/^no match found \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\); /);
        expect(reason.length).to.be.at.most(500);
      });
    }

    it('names a pool that nobody has: the nodes refuse it', async function () {
      this.timeout(2 * PATIENCE_MS);
      await target.submit(1, 1, 305, 600, [`+EhosPool = "${pool}-b"`]);
      const words = /of \d+ machines \d+ rejects? your job because of (?:its|their) own requirements$/;
      expect(await reasonWhen(305, words, { pool: `${pool}-b` })).to.match(words);
    });
  });

  it('a job that must wait for a concurrency limit says which', async function () {
    this.timeout(2 * PATIENCE_MS);
    await target.submit(2, 1, 306, 600, [`+EhosPool = "${pool}"`, `concurrency_limits = ${target.limit}`]);
    await nodeWhen(({ dynamicSlots }) => dynamicSlots === 1);
    const words = new RegExp(
      `^concurrency limit ${target.limit} reached \\(.*\\); of \\d+ machines .*able to run your job$`,
    );
    expect(await reasonWhen(306, words)).to.match(words);
    expect(await nodeWhen(() => true)).to.include({ dynamicSlots: 1 });
  });

  it('there is nothing to say of a shape that nobody waits for', async () => {
    expect(await explain(307)).to.equal(undefined);
  });

  describe('the room of a node', () => {
    it('is carved in steps: 128 MiB of memory, 1024 KiB of disk and 1024 more', async function () {
      this.timeout(2 * PATIENCE_MS);
      await submit(500);
      const { total, free } = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 1);
      expect(total.cpus - free.cpus).to.equal(1);
      expect(total.memory - free.memory).to.equal(512);
      expect(total.disk - free.disk).to.equal(2048);
    });

    it('is counted from its last change', async function () {
      this.timeout(2 * PATIENCE_MS);
      const idle = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
      await submit(308);
      const busy = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 1);
      expect(busy.slotsChangedAt).to.be.greaterThan(idle.slotsChangedAt ?? Infinity);
      expect(busy).to.include({ idleSince: undefined, accepts: true });
      await target.removeAll();
      const again = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
      expect(again.slotsChangedAt).to.be.at.least(busy.slotsChangedAt ?? Infinity);
      expect(again.idleSince).to.equal(again.slotsChangedAt);
    });

    it('is no less idle for matches that come to nothing: a job of 1.5 cores never starts', async function () {
      this.timeout(3 * PATIENCE_MS);
      const before = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
      // the time may still be corrected by the next ad
      const settled = await nodeWhen(({ lastHeardFrom }) => lastHeardFrom > before.lastHeardFrom);
      await target.submit(1, 1.5, 309, 600, [`+EhosPool = "${pool}"`]);
      const seen = await afterCycles((await poll()).observedAt + CLOCK_STEP_MS);
      expect(
        countOf(
          (seen.jobs ?? []).filter((job) => job.pool === pool),
          'Idle',
        ),
      ).to.equal(1);
      const node = await nodeWhen(({ lastHeardFrom }) => lastHeardFrom > settled.lastHeardFrom);
      expect(node).to.include({
        idleSince: settled.idleSince,
        slotsChangedAt: settled.slotsChangedAt,
        dynamicSlots: 0,
      });
    });

    it('is none while the node drains, and is counted anew when that is taken back, twice', async function () {
      this.timeout(4 * PATIENCE_MS);
      const { name, idleSince } = await nodeWhen(({ dynamicSlots }) => dynamicSlots === 0);
      for (const reason of ['first', 'second']) {
        expect(await master.drainIfIdle(name, reason)).to.deep.equal({ kind: 'Drained' });
        const drained = await nodeWhen(({ state }) => state === 'Drained');
        expect(drained).to.include({ accepts: false, draining: true, drainReason: reason });
        await master.cancelDrain(name);
        const back = await nodeWhen(({ state }) => state === 'Unclaimed');
        expect(back).to.include({ accepts: true, draining: false, drainReason: undefined });
        expect(back.slotsChangedAt).to.be.at.least(idleSince ?? Infinity);
        expect(back.slotsChangedAt).to.be.greaterThan(drained.lastHeardFrom - 10_000);
      }
    });
  });
}
