import { expect } from 'chai';
import { demandOf, mergeShapes, unmatchedJobs } from '../../../src/domain/demand.ts';
import type { JobGroup, JobState } from '../../../src/domain/snapshots.ts';

const POOLS = [
  { name: 'pool-b', default: true },
  { name: 'pool-a', default: true },
  { name: 'pool-c', default: false },
];

function group(pool: string | undefined, count: number, more: Partial<JobGroup> = {}): JobGroup {
  return { pool, state: 'Idle', count, cpus: 1, memory: 512, disk: 1024, gpus: 0, ...more };
}

describe('domain/demand', () => {
  describe('which pool serves a job', () => {
    const rows: [what: string, names: string | undefined, served: string | undefined][] = [
      ['names a pool', 'pool-b', 'pool-b'],
      ['names a pool that is no default', 'pool-c', 'pool-c'],
      ['names none: the first default pool by name', undefined, 'pool-a'],
      ['names a pool in other case, as ClassAds compare', 'Pool-C', 'pool-c'],
      ['names a pool that does not exist', 'pool-x', undefined],
      ['names the empty text, which is no pool', '', undefined],
    ];
    for (const [what, names, served] of rows) {
      it(`${what}: ${served ?? 'no pool'}`, () => {
        const jobs = [group(names, 3)];
        const counts = POOLS.map((pool) => demandOf(jobs, pool, POOLS).idle);
        expect(counts).to.deep.equal(POOLS.map((pool) => (pool.name === served ? 3 : 0)));
        expect(unmatchedJobs(jobs, POOLS)).to.equal(served === undefined ? 3 : 0);
      });
    }

    it('leaves jobs that name no pool unmatched when no pool is the default', () => {
      const pools = [{ name: 'pool-a', default: false }];
      expect(demandOf([group(undefined, 3)], { name: 'pool-a', default: false }, pools).demand).to.deep.equal([]);
      expect(unmatchedJobs([group(undefined, 3), group('pool-a', 2)], pools)).to.equal(3);
    });

    it('counts only idle jobs as unmatched', () => {
      expect(
        unmatchedJobs([group('pool-x', 2, { state: 'Held' }), group('pool-x', 1, { state: 'Running' })], POOLS),
      ).to.equal(0);
    });
  });

  describe('what a state counts as', () => {
    const rows: [state: JobState, idle: number, running: number, held: number][] = [
      ['Idle', 4, 0, 0],
      ['Running', 0, 4, 0],
      ['TransferringOutput', 0, 4, 0],
      ['Suspended', 0, 4, 0],
      ['Held', 0, 0, 4],
      ['Removed', 0, 0, 0],
      ['Completed', 0, 0, 0],
    ];
    for (const [state, idle, running, held] of rows) {
      it(`${state}: ${idle} idle, ${running} running, ${held} held`, () => {
        const found = demandOf([group('pool-a', 4, { state })], { name: 'pool-a', default: true }, POOLS);
        expect({ idle: found.idle, running: found.running, held: found.held }).to.deep.equal({ idle, running, held });
        expect(found.demand.length).to.equal(idle > 0 ? 1 : 0);
      });
    }
  });

  describe('shapes', () => {
    it('merges groups of equal shape and drops empty ones', () => {
      const merged = mergeShapes([
        group('a', 2),
        group('a', 3),
        group('a', 0, { cpus: 8 }),
        group('a', 1, { cpus: 4 }),
      ]);
      expect(merged).to.deep.equal([
        { cpus: 4, memory: 512, disk: 1024, gpus: 0, count: 1 },
        { cpus: 1, memory: 512, disk: 1024, gpus: 0, count: 5 },
      ]);
    });

    const differing: [what: string, more: Partial<JobGroup>][] = [
      ['cpus', { cpus: 2 }],
      ['memory', { memory: 513 }],
      ['disk', { disk: 2048 }],
      ['gpus', { gpus: 1 }],
    ];
    for (const [what, more] of differing) {
      it(`keeps groups apart that differ in ${what}`, () => {
        expect(mergeShapes([group('a', 1), group('a', 1, more)])).to.have.length(2);
      });
    }

    it('puts GPU jobs first, then the larger', () => {
      const merged = mergeShapes([group('a', 1), group('a', 1, { memory: 65_536 }), group('a', 1, { gpus: 1 })]);
      expect(merged.map((d) => [d.gpus, d.memory])).to.deep.equal([
        [1, 512],
        [0, 65_536],
        [0, 512],
      ]);
    });

    const rounded: [what: string, asked: Partial<JobGroup>, cpus: number, gpus: number][] = [
      ['no cpus: one core', { cpus: 0 }, 1, 0],
      ['part of a core: a whole one', { cpus: 1.5 }, 2, 0],
      ['negative requests: none', { cpus: -4, gpus: -1, memory: -5, disk: -5 }, 1, 0],
    ];
    for (const [what, asked, cpus, gpus] of rounded) {
      it(`rounds as HTCondor does: ${what}`, () => {
        const found = mergeShapes([group('a', 1, asked)])[0];
        expect([found?.cpus, found?.gpus]).to.deep.equal([cpus, gpus]);
        expect(found?.memory).to.be.at.least(0);
      });
    }

    it('does not change what it is given', () => {
      const jobs = [group('a', 2), group('a', 3)];
      const before = structuredClone(jobs);
      mergeShapes(jobs);
      expect(jobs).to.deep.equal(before);
    });
  });
});
