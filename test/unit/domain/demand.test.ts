import { expect } from 'chai';
import { asRequested, demandOf, mergeShapes, unmatchedJobs } from '../../../src/domain/demand.ts';
import type { JobGroup, JobState, Shape } from '../../../src/domain/snapshots.ts';

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
        expect(unmatchedJobs(jobs, POOLS)).to.deep.equal(served === undefined ? [{ pool: names, jobs: 3 }] : []);
      });
    }

    it('leaves jobs that name no pool unmatched when no pool is the default', () => {
      const pools = [{ name: 'pool-a', default: false }];
      expect(demandOf([group(undefined, 3)], { name: 'pool-a', default: false }, pools).demand).to.deep.equal([]);
      expect(unmatchedJobs([group(undefined, 3), group('pool-a', 2)], pools)).to.deep.equal([
        { pool: undefined, jobs: 3 },
      ]);
    });

    it('counts only idle jobs as unmatched', () => {
      expect(
        unmatchedJobs([group('pool-x', 2, { state: 'Held' }), group('pool-x', 1, { state: 'Running' })], POOLS),
      ).to.deep.equal([]);
    });

    it('tells unmatched jobs by the pool that they name, the most first', () => {
      const pools = [{ name: 'pool-a', default: false }];
      const jobs = [group('b', 2), group(undefined, 4), group('c', 3), group('c', 1, { cpus: 8 }), group('pool-a', 9)];
      expect(unmatchedJobs(jobs, pools)).to.deep.equal([
        { pool: undefined, jobs: 4 },
        { pool: 'c', jobs: 4 },
        { pool: 'b', jobs: 2 },
      ]);
      expect(unmatchedJobs([...jobs].reverse(), pools)).to.deep.equal(unmatchedJobs(jobs, pools));
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
      ['memory, by more than HTCondor rounds away', { memory: 513 }],
      ['disk, by more than HTCondor rounds away', { disk: 1025 }],
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

    const alike: [what: string, asked: Partial<JobGroup>[], expected: Partial<JobGroup>][] = [
      ['memory in steps of 128 MiB', [{ memory: 385 }, { memory: 400 }, { memory: 512 }], { memory: 512 }],
      ['disk in steps of 1024 KiB', [{ disk: 1 }, { disk: 75 }, { disk: 1024 }], { disk: 1024 }],
      ['parts of a core', [{ cpus: 0.5 }, { cpus: 1 }, { cpus: 0 }], { cpus: 1 }],
    ];
    for (const [what, asked, expected] of alike) {
      it(`takes jobs for one shape that get the same slot: ${what}`, () => {
        const merged = mergeShapes(asked.map((more) => group('a', 2, more)));
        expect(merged).to.have.length(1);
        expect(merged[0]).to.include({ ...expected, count: 2 * asked.length });
      });
    }

    const rounded: [what: string, asked: Partial<Shape>, expected: Partial<Shape>][] = [
      ['no cpus: one core', { cpus: 0 }, { cpus: 1 }],
      ['part of a core: a whole one', { cpus: 1.5 }, { cpus: 2 }],
      ['memory: 1 MiB as 128', { memory: 1 }, { memory: 128 }],
      ['memory: 8192 MiB stay', { memory: 8192 }, { memory: 8192 }],
      ['memory: 8193 MiB as 8320', { memory: 8193 }, { memory: 8320 }],
      ['disk: 1 KiB as 1024', { disk: 1 }, { disk: 1024 }],
      ['disk: 1025 KiB as 2048', { disk: 1025 }, { disk: 2048 }],
      ['a part of a GPU: a whole one', { gpus: 0.5 }, { gpus: 1 }],
      ['nothing asked for: one core', { cpus: 0, memory: 0, disk: 0 }, { cpus: 1, memory: 0, disk: 0, gpus: 0 }],
      [
        'negative requests: none',
        { cpus: -4, gpus: -1, memory: -5, disk: -5 },
        { cpus: 1, memory: 0, disk: 0, gpus: 0 },
      ],
      ['no numbers: none', { cpus: NaN, gpus: NaN, memory: NaN, disk: NaN }, { cpus: 1, memory: 0, disk: 0, gpus: 0 }],
    ];
    for (const [what, asked, expected] of rounded) {
      it(`rounds as HTCondor does: ${what}`, () => {
        expect(asRequested({ cpus: 1, memory: 512, disk: 1024, gpus: 0, ...asked })).to.include(expected);
      });
    }

    it('counts no group of nonsense: negative numbers of jobs, or none', () => {
      expect(mergeShapes([group('a', -3), group('a', NaN), group('a', 2)])).to.deep.equal([
        { cpus: 1, memory: 512, disk: 1024, gpus: 0, count: 2 },
      ]);
    });

    it('remembers what the largest of them asked for, where that is less than what is rounded up', () => {
      const asked = (...mib: number[]): (number | undefined)[] =>
        mergeShapes(mib.map((memory) => group('a', 1, { memory }))).map((one) => one.asked);
      expect(asked(400, 500, 450)).to.deep.equal([500]);
      expect(asked(512)).to.deep.equal([undefined]);
      const [once] = mergeShapes([group('a', 1, { memory: 500 })]);
      expect(mergeShapes([once!])[0]?.asked).to.equal(500);
    });

    it('counts whole jobs, and no more than can be counted', () => {
      expect(mergeShapes([group('a', 2.7)])[0]?.count).to.equal(2);
      expect(mergeShapes([group('a', 0.3)])).to.deep.equal([]);
      expect(mergeShapes([group('a', Infinity)])[0]?.count).to.equal(1e12);
    });

    it('adds the jobs of a factory that are not materialised yet to those that are', () => {
      const found = demandOf([group('pool-a', 50), group('pool-a', 9_950)], POOLS[1]!, POOLS);
      expect(found.demand.map(({ count }) => count)).to.deep.equal([10_000]);
      expect(found.idle).to.equal(10_000);
    });

    it('does not change what it is given', () => {
      const jobs = [group('a', 2), group('a', 3)];
      const before = structuredClone(jobs);
      mergeShapes(jobs);
      expect(jobs).to.deep.equal(before);
    });
  });
});
