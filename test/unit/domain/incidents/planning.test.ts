/** What went wrong elsewhere and must not here; each test bears the number of the incident it stands for. */
import { expect } from 'chai';
import { demandOf } from '../../../../src/domain/demand.ts';
import { plan } from '../../../../src/domain/plan.ts';
import type { Allocation, PlanCloud } from '../../../../src/domain/plan-types.ts';
import {
  booting,
  cloud,
  flavor,
  GIB,
  GIB_DISK,
  headroom,
  jobs,
  LARGE,
  made,
  MEDIUM,
  MINUTE,
  node,
  nodes,
  NOW,
  removed,
  resting,
  situation,
  SMALL,
  XLARGE,
} from '../planning.ts';

describe('incidents: planning', () => {
  it('I4: a node whose slot shows free cores while jobs run on it is busy and stays', () => {
    const partly = node('partly', 'Busy', { free: { ...LARGE.yields, cpus: 3 }, idleSince: NOW - 60 * MINUTE });
    for (const pool of [{}, { maxNodes: 0 }, { replicas: 0 }, { deleting: true }])
      expect(removed(plan(situation({ nodes: [partly], pool }))), JSON.stringify(pool)).to.deep.equal([]);
  });

  it('I5: when quota returns, nodes are made without anything being touched', () => {
    const short = situation({ demand: [jobs(4)], clouds: [cloud('a', { headroom: headroom(0) })] });
    expect(plan(short).limited?.reason).to.equal('Quota');
    expect(made(plan({ ...short, clouds: [cloud('a')] }))).to.deep.equal(['m1.large@a']);
  });

  it('I10: creates that fail on one cloud stop neither removals nor other clouds', () => {
    const failing = resting([SMALL.name, LARGE.name], { reason: 'No valid host was found' });
    const found = plan(
      situation({
        demand: [jobs(1, 4)],
        nodes: [node('useless', 'Idle', { of: SMALL })],
        clouds: [cloud('a', { rests: failing }), cloud('b')],
      }),
    );
    expect(made(found)).to.deep.equal(['m1.large@b']);
    expect(removed(found)).to.deep.equal(['useless']);
    const alone = plan(
      situation({
        demand: [jobs(1, 4)],
        nodes: nodes(1, 'Idle', { of: SMALL }),
        clouds: [cloud('a', { rests: failing })],
      }),
    );
    expect(made(alone)).to.deep.equal([]);
    expect(removed(alone)).to.deep.equal(['idle-1']);
  });

  describe('I11: only free capacity that a queued shape can use is counted', () => {
    const rows: [what: string, free: { cpus: number; memory: number; disk: number; gpus: number }][] = [
      ['cores without memory', { cpus: 64, memory: 500, disk: GIB_DISK, gpus: 0 }],
      ['memory without cores', { cpus: 0, memory: 64 * GIB, disk: GIB_DISK, gpus: 0 }],
      ['no disk', { cpus: 64, memory: 64 * GIB, disk: 0, gpus: 0 }],
    ];
    for (const [what, free] of rows) {
      it(what, () => {
        const busy = nodes(10, 'Busy', { free });
        const found = plan(situation({ demand: [jobs(12_000, 1, 512)], nodes: busy, pool: { maxNodes: 30 } }));
        expect(found.creates.length).to.equal(20);
        expect(found.decision.why).to.match(/need 12000 cores, and none are free or booting/);
      });
    }
  });

  it('I12: zero nodes and one queued job give a node', () => {
    expect(made(plan(situation({ demand: [jobs(1)] })))).to.deep.equal(['m1.small@a']);
  });

  it('I14: only what exists counts: creates that failed and are gone leave their places', () => {
    const recent = Array.from({ length: 10 }, (_, i) => NOW - 1000 * i);
    const found = plan(situation({ demand: [jobs(10, 4)], nodes: [], recentCreates: recent, pool: { maxNodes: 10 } }));
    expect(found.creates.length).to.equal(10);
  });

  it('I17: an unknown queue changes no demand and removes no node', () => {
    const input = situation({ demand: undefined, demandMissing: 'condor_q failed', nodes: nodes(5, 'Idle') });
    const found = plan(input);
    expect([found.creates, found.removals]).to.deep.equal([[], []]);
  });

  describe('I18: it says why nothing is made or removed', () => {
    const small = cloud('a', { headroom: headroom(0), usage: { cores: { limit: 8, used: 8, by: 'quota' } } });
    const rows: [what: string, input: Parameters<typeof situation>[0], words: RegExp][] = [
      ['quota', { demand: [jobs(1)], clouds: [small] }, /a: quota of cores is used up \(8 of 8\)/],
      ['maxNodes', { demand: [jobs(1)], nodes: nodes(10, 'Busy') }, /maxNodes 10 reached/],
      [
        'suspended',
        { demand: [jobs(1)], clouds: [cloud('a', { unavailable: 'spec.suspend is set' })] },
        /a: spec.suspend is set/,
      ],
      ['impossible', { demand: [jobs(1, 64)] }, /1 job of 64 cores 512 MiB cannot be run by any node of the pool/],
      ['throttle', { demand: [jobs(1)], recentCreates: [NOW], pool: { maxPerMinute: 1 } }, /maxPerMinute 1/],
      ['unknown queue', { demand: undefined, demandMissing: 'master unreachable' }, /master unreachable/],
      ['paused', { demand: [jobs(1)], pool: { mode: 'Paused' } }, /paused/],
      ['kept', { nodes: nodes(1, 'Idle'), pool: { minNodes: 1 } }, /kept by minNodes 1/],
      ['too young', { nodes: nodes(1, 'Idle', { idleSince: NOW }) }, /kept until it has been idle for 5m/],
    ];
    for (const [what, input, words] of rows) {
      it(what, () => {
        const { decision } = plan(situation(input));
        expect(decision.what).to.equal('nothing to do');
        expect(decision.why).to.match(words);
      });
    }
  });

  it('I19: 1,000 queued jobs ask for all their nodes in one pass', () => {
    const groups = demandOf(
      [{ pool: 'pool-a', state: 'Idle', cpus: 1, memory: 1024, disk: 1024, gpus: 0, count: 1000 }],
      { name: 'pool-a', default: true },
      [{ name: 'pool-a', default: true }],
    );
    const pool = { maxNodes: 300, maxBooting: 300, maxPerMinute: 300 };
    const input = situation({ demand: groups.demand, pool });
    const found = plan(input);
    expect(found.creates.length).to.equal(250);
    expect(plan({ ...input, nodes: booting(input, found.creates) }).creates).to.deep.equal([]);
  });

  it('I22: a lost node is no capacity, and is not taken for idle', () => {
    const found = plan(situation({ demand: [jobs(4)], nodes: nodes(1, 'Lost', { free: LARGE.yields }) }));
    expect(made(found)).to.deep.equal(['m1.large@a']);
    expect(removed(found)).to.deep.equal([]);
  });

  describe('I23: every allocation mode works with clouds that come, go and fill up', () => {
    const modes: Allocation[] = ['RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'];
    const stages: [what: string, clouds: PlanCloud[], most: number][] = [
      ['one', [cloud('a')], 6],
      ['a second comes', [cloud('a'), cloud('b')], 6],
      ['the first is suspended', [cloud('a', { unavailable: 'suspended' }), cloud('b')], 6],
      [
        'the second is nearly full',
        [cloud('a', { unavailable: 'suspended' }), cloud('b', { headroom: headroom(9) })],
        2,
      ],
      ['both are full', [cloud('a', { headroom: headroom(0) }), cloud('b', { headroom: headroom(3) })], 0],
      ['the first has gone', [cloud('b')], 6],
      ['all have gone', [], 0],
    ];
    for (const mode of modes) {
      it(mode, () => {
        let roundRobin = 0;
        for (const [what, clouds, most] of stages) {
          const found = plan(situation({ demand: [jobs(6, 4)], clouds, roundRobin, pool: { allocation: mode } }));
          expect(found.creates.length, what).to.equal(most);
          for (const create of found.creates) {
            const where = clouds.find(({ name }) => name === create.cloud);
            expect(where?.unavailable, what).to.equal(undefined);
            expect(where, what).to.not.equal(undefined);
          }
          roundRobin = found.roundRobin;
        }
      });
    }
  });

  describe('I24: with quota nearly full the largest flavor that fits job and quota is taken', () => {
    const flavors = [SMALL, MEDIUM, LARGE, XLARGE];
    const rows: [left: number, expected: string[]][] = [
      [16, ['m1.xlarge@a']],
      [15, ['m1.large@a', 'm1.large@a', 'm1.large@a', 'm1.medium@a', 'm1.small@a']],
      [4, ['m1.large@a']],
      [3, ['m1.medium@a', 'm1.small@a']],
      [1, ['m1.small@a']],
      [0, []],
    ];
    for (const [left, expected] of rows) {
      it(`${left} cores left: ${expected.join(', ') || 'nothing'}`, () => {
        const clouds = [cloud('a', { flavors, headroom: headroom(left) })];
        expect(made(plan(situation({ demand: [jobs(16)], clouds })))).to.deep.equal(expected);
      });
    }

    it('the other cloud gives what the first cannot', () => {
      const clouds = [cloud('a', { flavors, headroom: headroom(3) }), cloud('b', { flavors })];
      expect(made(plan(situation({ demand: [jobs(1, 4)], clouds })))).to.deep.equal(['m1.large@b']);
    });
  });

  it('I25: what is removed is what is needed least, not what comes first in the list', () => {
    const all = [
      node('first-in-list', 'Idle', { of: SMALL, idleSince: NOW - 10 * MINUTE }),
      node('idle-longest', 'Idle', { of: XLARGE, idleSince: NOW - 30 * MINUTE }),
      node('idle-for-less', 'Idle', { of: XLARGE, idleSince: NOW - 20 * MINUTE }),
    ];
    const found = plan(situation({ nodes: all, demand: [jobs(1, 16)], pool: { minNodes: 2 } }));
    expect(removed(found)).to.deep.equal(['idle-longest']);
    const [large, small] = [node('large', 'Idle', { of: XLARGE }), node('small', 'Idle', { of: SMALL })];
    expect(removed(plan(situation({ nodes: [small, large], pool: { minNodes: 1 } })))).to.deep.equal(['large']);
  });

  it('I29: a node that yields less than its flavor says is not made again and again for a job that never fits', () => {
    const shy = flavor('shy', 4, 8 * GIB, { yields: { cpus: 4, memory: 7800, disk: 100 * GIB_DISK, gpus: 0 } });
    const found = plan(situation({ demand: [jobs(1, 4, 8 * GIB)], clouds: [cloud('a', { flavors: [shy] })] }));
    expect(found.creates).to.deep.equal([]);
    expect(found.unsatisfiable[0]?.reason).to.contain('nodes of shy on cloud a give 7800 MiB of their 8 GiB to jobs');
  });

  describe('I31: what fits the quota is served, whatever else is queued', () => {
    const rows: [what: string, blockers: ReturnType<typeof jobs>[]][] = [
      ['a shape that no flavor can run', [jobs(500, 64)]],
      ['a shape that the quota has no room for', [jobs(500, 16)]],
      ['a shape whose flavor rests', [jobs(500, 4)]],
      ['a GPU shape', [jobs(500, 1, 512, { gpus: 1 })]],
      ['all of them', [jobs(500, 64), jobs(500, 16), jobs(500, 4), jobs(500, 1, 512, { gpus: 1 })]],
    ];
    for (const [what, blockers] of rows) {
      it(what, () => {
        const clouds = [
          cloud('a', {
            flavors: [SMALL, LARGE, XLARGE],
            headroom: headroom(3),
            rests: resting(['m1.large']),
          }),
        ];
        const found = plan(situation({ demand: [...blockers, jobs(2)], clouds }));
        expect(made(found)).to.deep.equal(['m1.small@a', 'm1.small@a']);
        expect(found.creates[0]?.reason).to.equal('for 1 job of 1 core 512 MiB');
      });
    }
  });
});
