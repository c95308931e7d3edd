import { expect } from 'chai';
import { EhosError, type ErrorClass } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { EhosMasterStatus } from '../../../src/api/resources.ts';
import { MasterSession } from '../../../src/controllers/master-session.ts';
import { masterStatus } from '../../../src/controllers/master-status.ts';
import { problemOf } from '../../../src/controllers/problem.ts';
import type { JobGroup, MasterSnapshot } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';
import { ehosMaster, ehosPool, facts, masterSnapshot, startd } from './fixture.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

function read(change: Partial<MasterSnapshot> = {}): MasterSession {
  const session = new MasterSession(seededRandom(1));
  session.facts = facts;
  session.observe(masterSnapshot({ observedAt: NOW, ...change }), true, 180_000);
  return session;
}

const words = (status: EhosMasterStatus): string[] =>
  (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);

const jobs = (state: JobGroup['state'], count: number, pool?: string): JobGroup => ({
  ...{ cpus: 1, memory: 1, disk: 1, gpus: 0 },
  ...{ state, count, pool },
});

describe('masterStatus', () => {
  it('of a master that was not looked at yet', () =>
    expect(words(masterStatus(ehosMaster(), new MasterSession(seededRandom(1)), [], NOW))).to.deep.equal([
      'Ready=Unknown NotTried',
      'Connected=Unknown NotTried',
      'Synced=Unknown NotTried',
      'JobsServed=Unknown NotRead',
      'NodesHeard=Unknown NotRead',
      'NodesGenuine=Unknown NotRead',
    ]));

  it('of a master that was read', () => {
    const status = masterStatus(ehosMaster(), read(), [], NOW);
    expect(words(status)).to.deep.equal([
      ...['Ready=True Ready', 'Connected=True Connected', 'Synced=True Read'],
      'JobsServed=True Served',
      'NodesHeard=True Heard',
      'NodesGenuine=True NoDoubt',
    ]);
    expect(status.condorVersion).to.equal('23.9.6');
    expect(status.conditions?.[1]?.message).to.equal('HTCondor 23.9.6, trust domain pool.example');
  });

  for (const [errorClass, connected, synced] of [
    ['Invalid', 'InvalidConfiguration', 'NotConnected'],
    ['Auth', 'AuthenticationFailed', 'NotConnected'],
    ['Transient', 'ConnectionFailed', 'TransientError'],
    ['Timeout', 'ConnectionFailed', 'TransientError'],
  ] as [ErrorClass, string, string][])
    it(`that cannot be reached, ${errorClass}: ${connected}`, () => {
      const session = Object.assign(read(), { problem: problemOf(new EhosError(errorClass, 'why'), false) });
      expect(words(masterStatus(ehosMaster(), session, [], NOW))).to.deep.equal([
        `Ready=False ${connected}`,
        `Connected=False ${connected}`,
        `Synced=False ${synced}`,
        'JobsServed=True Served',
        'NodesHeard=True Heard',
        'NodesGenuine=True NoDoubt',
      ]);
    });

  it('of which a part could not be read: it is connected, and the part is named', () => {
    const session = Object.assign(read(), {
      problem: { message: 'queue: schedd is down', errorClass: 'Transient', connected: true },
    });
    const status = masterStatus(ehosMaster(), session, [], NOW);
    expect(words(status)).to.deep.equal([
      'Ready=False TransientError',
      'Connected=True Connected',
      'Synced=False TransientError',
      'JobsServed=True Served',
      'NodesHeard=True Heard',
      'NodesGenuine=True NoDoubt',
    ]);
    expect(status.conditions?.[2]?.message).to.equal('queue: schedd is down; tried again by itself');
  });

  it('that is being deleted says what it waits for', () => {
    const status = masterStatus(ehosMaster({}, { deletionTimestamp: toTime(NOW) }), read(), [], NOW);
    expect(words(status)[0]).to.equal('Ready=False Deleting');
  });

  it('counts jobs by state, and those that no pool serves', () => {
    const queue = [
      jobs('Idle', 5),
      jobs('Idle', 3, 'pool-a'),
      jobs('Running', 2),
      jobs('Held', 1),
      jobs('Suspended', 1),
    ];
    const status = masterStatus(ehosMaster(), read({ jobs: queue }), [ehosPool()], NOW);
    expect(status.jobs).to.deep.equal({ idle: 8, running: 2, held: 1, total: 12 });
    expect(status.unmatchedJobs, 'no pool serves jobs that name none').to.equal(5);
    const serving = masterStatus(ehosMaster(), read({ jobs: queue }), [ehosPool({ jobs: { default: true } })], NOW);
    expect(serving.unmatchedJobs).to.equal(0);
  });

  describe('of jobs that no pool serves', () => {
    const unmatched = (queue: JobGroup[], pools = [ehosPool()]): EhosMasterStatus =>
      masterStatus(ehosMaster(), read({ jobs: queue }), pools, NOW);
    const served = (status: EhosMasterStatus): string | undefined => {
      const found = status.conditions?.find(({ type }) => type === 'JobsServed');
      return found && `${found.status} ${found.reason}: ${found.message}`;
    };

    it('lists whose they are, the most numerous first, and which pools there are', () => {
      const status = unmatched([jobs('Idle', 3, 'pool-x'), jobs('Idle', 5), jobs('Idle', 1, 'pool-a')]);
      expect(status.unmatchedPools).to.deep.equal([{ jobs: 5 }, { pool: 'pool-x', jobs: 3 }]);
      expect(served(status)).to.equal(
        'False NoSuchPool: 5 jobs name no pool, and none is the default; 3 jobs name pool "pool-x", which does not exist; ' +
          'there are: pool-a',
      );
      expect(words(status)[0], 'that is no fault of the master').to.equal('Ready=True Ready');
    });

    it('none of them: an empty list, and True', () => {
      const status = unmatched([jobs('Idle', 1, 'POOL-A'), jobs('Held', 2, 'pool-x')]);
      expect(status.unmatchedPools).to.deep.equal([]);
      expect(served(status)).to.equal('True Served: every idle job has a pool');
    });

    it('no pool at all', () =>
      expect(served(unmatched([jobs('Idle', 1, 'x')], []))).to.equal(
        'False NoSuchPool: 1 job names pool "x", which does not exist; there are no pools',
      ));

    for (const [what, name, listed, told] of [
      ['a line break and escapes of a terminal', 'a\n\u001b[31mb', 'a??[31mb', '"a??[31mb"'],
      ['quotes', 'a" does exist; ignore "b', 'a" does exist; ignore "b', '"a\\" does exist; ignore \\"b"'],
      ['signs that reverse the direction of text', 'a\u202eb\u2028c', 'a?b?c', '"a?b?c"'],
      ['a length beyond all', 'x'.repeat(300), 'x'.repeat(253), `"${'x'.repeat(64)}"`],
      ['a name like that of a field of every object', '__proto__', '__proto__', '"__proto__"'],
      ['nothing', '', '', '""'],
    ] as const)
      it(`a name with ${what} does no harm`, () => {
        const status = unmatched([jobs('Idle', 2, name)]);
        expect(status.unmatchedPools).to.deep.equal([{ pool: listed, jobs: 2 }]);
        expect(served(status)).to.contain(`2 jobs name pool ${told}, which does not exist`);
      });

    it('of many names twenty are listed and all are counted', () => {
      const queue = Array.from({ length: 50 }, (_, i) => jobs('Idle', i + 1, `pool-${i}`));
      const status = unmatched(queue);
      expect(status.unmatchedPools).to.have.length(20);
      expect(status.unmatchedPools?.[0]).to.deep.equal({ pool: 'pool-49', jobs: 50 });
      expect(status.unmatchedJobs).to.equal((50 * 51) / 2);
    });

    it('the queue is not known: what was told stays, and is not vouched for', () => {
      const before = unmatched([jobs('Idle', 3, 'pool-x')]);
      const master = { ...ehosMaster(), status: before };
      const after = masterStatus(master, read({ jobs: undefined }), [ehosPool()], NOW + 1000);
      expect(after).to.deep.include({ unmatchedJobs: 3, unmatchedPools: before.unmatchedPools });
      expect(served(after)).to.equal('Unknown NotRead: the queue is not known');
    });
  });

  it('counts slots, cores and memory', () => {
    const free = { cpus: 1, memory: 500, disk: 1, gpus: 0 };
    const busy = startd({ name: 'slot1@busy', identity: 'ehos-node-uid-2@pool.example', dynamicSlots: 3, free });
    const status = masterStatus(ehosMaster(), read({ startds: [startd(), busy] }), [], NOW);
    expect(status.slots).to.deep.equal({ total: 2, used: 1 });
    expect(status.cores).to.deep.equal({ total: 8, used: 3 });
    expect(status.memory).to.deep.equal({ total: 8000, used: 3500 });
  });

  it('keeps the figures that a reading has not', () => {
    const before = masterStatus(ehosMaster(), read({ jobs: [jobs('Idle', 4)], startds: [startd()] }), [], NOW);
    const master = { ...ehosMaster(), status: before };
    const after = masterStatus(master, read({ jobs: undefined, startds: undefined }), [], NOW + 1000);
    expect(after).to.deep.include({ jobs: before.jobs, slots: before.slots, unmatchedJobs: 4, cores: before.cores });
  });

  it('knows its version after a restart of the operator before it was asked again', () => {
    const master = { ...ehosMaster(), status: { condorVersion: '23.0.1' } };
    expect(masterStatus(master, new MasterSession(seededRandom(1)), [], NOW).condorVersion).to.equal('23.0.1');
  });

  it('does not renew the time of a reading that failed', () => {
    const before = masterStatus(ehosMaster(), read(), [], NOW);
    const session = Object.assign(read({ observedAt: NOW + 3_600_000 }), {
      problem: problemOf(new EhosError('Timeout', 'no answer'), false),
    });
    const after = masterStatus({ ...ehosMaster(), status: before }, session, [], NOW + 3_600_000);
    expect(after.lastSyncTime).to.equal(before.lastSyncTime);
  });
});
