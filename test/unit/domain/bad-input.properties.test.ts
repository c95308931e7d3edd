import { expect } from 'chai';
import fc from 'fast-check';
import { RESOURCES } from '../../../src/domain/amounts.ts';
import { takesOf } from '../../../src/domain/barriers.ts';
import { planFleet } from '../../../src/domain/fleet.ts';
import { figuresOf, roomOf } from '../../../src/domain/headroom.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanCloud, PlanInput, PlanNode } from '../../../src/domain/plan-types.ts';
import type { Shape } from '../../../src/domain/snapshots.ts';
import { chosen, holds, inputArb } from './arbitraries.ts';
import { cloud, flavor, GIB, jobs, LARGE, made, node, situation, type PlanFlavor } from './planning.ts';

/** A number that nobody should write, or one that is right. */
const wild = (right: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 3, arbitrary: right },
    fc.constantFrom(NaN, -1, -0.5, 0, -1e9, 1e9, 1e15, 0.3, Infinity, -Infinity, Number.MAX_SAFE_INTEGER),
  );
const small = fc.integer({ min: 0, max: 64 });
const memory = fc.integer({ min: 0, max: 64 * GIB });

const shapeArb: fc.Arbitrary<Shape> = fc
  .record({ cpus: wild(small), memory: wild(memory), disk: wild(memory), gpus: wild(fc.constantFrom(0, 0, 1)) })
  .map((shape) => ({ ...shape }));
const groupsArb = fc
  .array(fc.tuple(shapeArb, wild(small)), { maxLength: 5 })
  .map((all) => all.map(([shape, count]) => ({ ...shape, count })));
const flavorArb = fc
  .record({
    name: fc.constantFrom('f', 'g', 'h'),
    cores: wild(small),
    memory: wild(memory),
    disk: wild(memory),
    gpus: wild(fc.constantFrom(0, 1)),
    yields: shapeArb,
    learned: fc.boolean(),
  })
  .map(({ name, cores, memory: mib, ...more }): PlanFlavor => flavor(name, cores, mib, more));

const cloudArb = fc
  .record({
    flavors: fc.array(flavorArb, { maxLength: 3 }),
    cores: wild(small),
    instances: wild(small),
    memory: wild(memory),
    volumes: wild(small),
    gigabytes: wild(small),
    rootVolumeGiB: fc.option(wild(small), { nil: undefined }),
    weight: wild(small),
    groupRoom: wild(small),
  })
  .map(({ flavors, rootVolumeGiB, weight, groupRoom, ...headroom }): PlanCloud =>
    // a name twice is refused where flavors are named
    cloud('a', {
      flavors: flavors.filter((one, i) => flavors.findIndex(({ name }) => name === one.name) === i),
      rootVolumeGiB,
      weight,
      groupRoom,
      headroom,
    }),
  );
const nodeArb = fc
  .record({
    state: fc.constantFrom<PlanNode['state']>('Idle', 'Busy', 'Starting', 'Lost', 'Blocked', 'Leaving'),
    free: shapeArb,
    total: shapeArb,
    idleSince: wild(small),
    createdAt: wild(small),
    recallable: fc.boolean(),
  })
  .map((more) => more);

const badArb: fc.Arbitrary<PlanInput> = fc
  .record({
    base: inputArb,
    groups: groupsArb,
    one: cloudArb,
    nodes: fc.array(nodeArb, { maxLength: 5 }),
    roundRobin: wild(small),
    seed: wild(small),
  })
  .map(({ base, groups, one, nodes, roundRobin, seed }) => ({
    ...base,
    demand: groups,
    phantoms: [],
    clouds: [one, { ...one, name: 'b' }],
    nodes: nodes.map((more, i) => node(`n${i}`, more.state, { ...more, cloud: 'a' })),
    roundRobin,
    seed,
  }));

describe('bad input: a sound plan, whatever the numbers', () => {
  it('never throws, and never goes above maxNodes, the pace or a limit that is a number', () => {
    holds(
      badArb,
      (input) => {
        const { creates } = plan(input);
        const { maxNodes, replicas, maxBooting, maxPerMinute } = input.pool;
        expect(creates.length).to.be.at.most(
          Math.max(0, Math.min(maxNodes, replicas ?? Infinity) - input.nodes.length),
        );
        expect(creates.length).to.be.at.most(Math.min(maxBooting, maxPerMinute));
        for (const where of input.clouds) {
          const takes = creates
            .filter((one) => one.cloud === where.name)
            .map((one) => takesOf(where, chosen(input, one)));
          for (const resource of RESOURCES) {
            const taken = takes.reduce((sum, one) => sum + one[resource], 0);
            expect(
              taken > Math.max(0, where.headroom[resource]),
              `${resource}: ${taken} of ${where.headroom[resource]}`,
            ).to.equal(false);
          }
        }
      },
      400,
    );
  });

  it('makes no node of a flavor without cores or memory', () => {
    holds(badArb, (input) => {
      for (const create of plan(input).creates) {
        expect(chosen(input, create).cores).to.be.greaterThan(0);
        expect(chosen(input, create).memory).to.be.greaterThan(0);
      }
    });
  });

  it('never throws for pools that share such a cloud, and no two spend the same', () => {
    holds(fc.tuple(badArb, badArb), ([a, b]) => {
      const inputs = [a, { ...b, clouds: a.clouds, pool: { ...b.pool, name: 'other' } }];
      const plans = planFleet(inputs);
      for (const where of a.clouds) {
        const takes = plans.flatMap(({ creates }) =>
          creates.filter((one) => one.cloud === where.name).map((one) => takesOf(where, chosen(a, one))),
        );
        for (const resource of RESOURCES)
          expect(
            takes.reduce((sum, one) => sum + one[resource], 0) > Math.max(0, where.headroom[resource]),
            resource,
          ).to.equal(false);
      }
    });
  });

  it('removes only nodes that are idle', () => {
    holds(badArb, (input) => {
      for (const removal of plan(input).removals)
        expect(input.nodes.find(({ name }) => name === removal.node)?.state).to.equal('Idle');
    });
  });
});

describe('bad input: by name', () => {
  const rows: [what: string, input: Parameters<typeof situation>[0], expected: string[], reason?: string][] = [
    [
      '10^9 jobs: as many nodes as maxNodes',
      { demand: [jobs(1e9, 4)], pool: { maxNodes: 3 } },
      ['m1.large@a', 'm1.large@a', 'm1.large@a'],
    ],
    ['a negative number of jobs is none', { demand: [jobs(-5)] }, []],
    ['jobs whose number is none', { demand: [jobs(NaN)] }, []],
    [
      'a request larger than anything',
      { demand: [jobs(1, 1e15)] },
      [],
      'needs 1000000000000000 cores, the largest flavor has 4 (m1.large on cloud a)',
    ],
    ['a negative request asks for nothing: one core', { demand: [jobs(1, -8, -8)] }, ['m1.small@a']],
    [
      'a flavor without memory is none',
      { demand: [jobs(1)], clouds: [cloud('a', { flavors: [flavor('null', 4, 0)] })] },
      [],
      'needs 512 MiB of memory, no flavor has any',
    ],
    [
      'a flavor without memory, for a job that asks for none',
      { demand: [jobs(1, 1, 0)], clouds: [cloud('a', { flavors: [flavor('null', 4, 0)] })] },
      [],
      'null on cloud a has no cores or no memory',
    ],
    [
      'a flavor without memory is no node for minNodes',
      { pool: { minNodes: 1 }, clouds: [cloud('a', { flavors: [flavor('null', 4, 0), LARGE] })] },
      ['m1.large@a'],
    ],
    [
      'a flavor with negative cores gives no quota back',
      {
        pool: { minNodes: 3 },
        clouds: [
          cloud('a', { flavors: [flavor('neg', -4, GIB), LARGE], headroom: { ...cloud('a').headroom, cores: 4 } }),
        ],
      },
      ['m1.large@a'],
    ],
    ['no clouds', { demand: [jobs(1)], clouds: [] }, [], 'there is no flavor to choose from'],
    [
      'no flavors',
      { demand: [jobs(1)], clouds: [cloud('a', { flavors: [] })] },
      [],
      'there is no flavor to choose from',
    ],
  ];
  for (const [what, input, expected, reason] of rows) {
    it(what, () => {
      const found = plan(situation(input));
      expect(made(found)).to.deep.equal(expected);
      expect(found.unsatisfiable.map((group) => group.reason)).to.deep.equal(reason === undefined ? [] : [reason]);
    });
  }

  it('a quota of -1 is no limit, a use above the limit is no room', () => {
    const quota = { instances: { limit: -1, used: 999 }, cores: { limit: 4, used: 9 }, memory: { limit: -1, used: 0 } };
    const seen = {
      observedAt: 0,
      vms: [],
      foreignInstances: 0,
      quota,
      flavors: new Map<string, never>(),
      serverGroupMembers: -1,
    };
    const spec = { openstack: { identityRef: { name: 's', cloudName: 'c' } } };
    const { headroom } = roomOf(figuresOf({ spec }, seen, []));
    expect([headroom.instances, headroom.cores, headroom.memory]).to.deep.equal([Infinity, 0, Infinity]);
  });
});
