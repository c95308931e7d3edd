import { expect } from 'chai';
import fc from 'fast-check';
import { sizeBest } from '../../../../src/domain/packing/best.ts';
import { NODE_COST, sizeNodes, type Choice, type Sizing } from '../../../../src/domain/packing/sizing.ts';
import { compareLargerFirst, fits, minus, weightOfJobs } from '../../../../src/domain/shapes.ts';
import type { Shape } from '../../../../src/domain/snapshots.ts';
import { shape } from '../planning.ts';
import { inTurn, Quotas, type Quota } from './quota.ts';

const GIB = 1024;
const FREE: Quota = { instances: Infinity, cores: Infinity, memory: Infinity };
const need = (cpus: number, memory: number): Shape => ({ cpus, memory, disk: 1, gpus: 0 });

interface Setting {
  flavors: Shape[];
  shapes: Shape[];
  counts: number[];
  quotas: Quota[];
  room: number;
}

function sized({ flavors, shapes, counts, quotas, room }: Setting): { source: Quotas; sizing: Sizing<Choice> } {
  const source = new Quotas(flavors, quotas);
  return { source, sizing: sizeBest({ shapes, counts, source, chooser: inTurn, room }) };
}

function served(setting: Setting): number {
  return weightOfJobs(setting.counts, setting.shapes) - weightOfJobs(sized(setting).sizing.rest, setting.shapes);
}

describe('domain/packing: the most that can be served', () => {
  const rows: [what: string, setting: Setting, rest: number[], nodes: number[]][] = [
    [
      'with quota for all, the cheapest nodes',
      { flavors: [shape(4, 8 * GIB), shape(1, 2 * GIB)], shapes: [need(1, 512)], counts: [5], quotas: [FREE], room: 9 },
      [0],
      [4, 1],
    ],
    [
      'one large machine holds less than four small ones: its memory is too small, and the quota is one of cores',
      {
        flavors: [shape(16, 32 * GIB), shape(4, 32 * GIB)],
        shapes: [need(3, 8448)],
        counts: [4],
        quotas: [{ ...FREE, cores: 16 }],
        room: 9,
      },
      [0],
      [4, 4, 4, 4],
    ],
    [
      'with few places the largest machines',
      {
        flavors: [shape(1, 2 * GIB), shape(8, 64 * GIB)],
        shapes: [need(1, 512)],
        counts: [20],
        quotas: [FREE],
        room: 2,
      },
      [4],
      [8, 8],
    ],
    [
      'jobs that go well together instead of the largest alone',
      {
        flavors: [shape(8, 32 * GIB)],
        shapes: [need(6, 9 * GIB), need(5, 8 * GIB), need(3, 12 * GIB)],
        counts: [2, 2, 2],
        quotas: [{ ...FREE, instances: 2 }],
        room: 9,
      },
      [2, 0, 0],
      [8, 8],
    ],
    [
      'what is left of one cloud, though it is the turn of another',
      {
        flavors: [shape(2, 4 * GIB)],
        shapes: [need(2, 1024)],
        counts: [3],
        quotas: [
          { ...FREE, cores: 1 },
          { ...FREE, cores: 5 },
        ],
        room: 9,
      },
      [1],
      [2, 2],
    ],
  ];
  for (const [what, setting, rest, nodes] of rows) {
    it(what, () => {
      const { sizing } = sized(setting);
      expect(sizing.rest).to.deep.equal(rest);
      expect(sizing.nodes.map(({ offer }) => offer.capacity.cpus)).to.have.members(nodes);
    });
  }

  const amount = (most: number): fc.Arbitrary<number> =>
    fc.oneof(fc.integer({ min: 0, max: most }), fc.constant(Infinity));
  const flavorArb = fc
    .record({ size: fc.integer({ min: 0, max: 4 }), perCore: fc.constantFrom(2, 4, 8) })
    .map(({ size, perCore }) => shape(2 ** size, 2 ** size * perCore * GIB));
  const settings: fc.Arbitrary<Setting> = fc
    .record({
      flavors: fc.array(flavorArb, { minLength: 1, maxLength: 3 }),
      groups: fc.array(
        fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 48 }), fc.integer({ min: 1, max: 8 })),
        { minLength: 1, maxLength: 3 },
      ),
      quotas: fc.array(fc.record({ instances: amount(8), cores: amount(40), memory: amount(80).map((n) => n * GIB) }), {
        minLength: 1,
        maxLength: 2,
      }),
      room: fc.integer({ min: 0, max: 10 }),
    })
    .map(({ groups, ...rest }) => {
      const wanted = groups
        .map(([cpus, quarters, count]) => ({ shape: need(cpus, quarters * 256), count }))
        .sort((a, b) => compareLargerFirst(a.shape, b.shape));
      return { ...rest, shapes: wanted.map((one) => one.shape), counts: wanted.map(({ count }) => count) };
    });
  const holds = (check: (setting: Setting) => void, numRuns = 150): void =>
    fc.assert(fc.property(settings, check), { numRuns, seed: 20260101 });

  it('never takes more than room and quotas leave, and books what it returns and nothing else', () => {
    holds((setting) => {
      const { source, sizing } = sized(setting);
      expect(sizing.nodes.length).to.be.at.most(setting.room);
      for (const left of source.left) expect(Math.min(left.instances, left.cores, left.memory)).to.be.at.least(0);
      const again = new Quotas(setting.flavors, setting.quotas);
      for (const { offer } of sizing.nodes) again.take(offer, 1);
      expect(source.left).to.deep.equal(again.left);
    });
  });

  it('puts into no machine more than fits, and loses no job', () => {
    holds((setting) => {
      const { nodes, rest } = sized(setting).sizing;
      for (const { offer, contents } of nodes) {
        const left = contents.reduce((free, n, i) => minus(free, setting.shapes[i]!, n), offer.capacity);
        expect(fits(need(0, 0), { ...left, disk: 1 })).to.equal(true);
      }
      const placed = rest.map((n, i) => nodes.reduce((sum, { contents }) => sum + (contents[i] ?? 0), n));
      expect(placed).to.deep.equal(setting.counts);
    });
  });

  it('never serves less than one greedy pass', () => {
    holds((setting) => {
      const { shapes, counts, room } = setting;
      const source = new Quotas(setting.flavors, setting.quotas);
      const greedy = sizeNodes({ shapes, counts, source, chooser: inTurn(), room, nodeCost: NODE_COST });
      expect(weightOfJobs(sized(setting).sizing.rest, shapes)).to.be.at.most(weightOfJobs(greedy.rest, shapes) + 1e-9);
    });
  });

  const more: Record<string, (setting: Setting, n: number) => Setting> = {
    'more places': (setting, n) => ({ ...setting, room: setting.room + n }),
    'more instances': (setting, n) => widened(setting, (quota) => ({ ...quota, instances: quota.instances + n })),
    'more cores': (setting, n) => widened(setting, (quota) => ({ ...quota, cores: quota.cores + n })),
    'more memory': (setting, n) => widened(setting, (quota) => ({ ...quota, memory: quota.memory + n * GIB })),
    'one cloud more': (setting) => ({
      ...setting,
      quotas: [...setting.quotas, { instances: 2, cores: 8, memory: 32 * GIB }],
    }),
  };
  for (const [what, change] of Object.entries(more)) {
    it(`${what} never serve less`, () => {
      holds((setting) => {
        const before = served(setting);
        for (const n of [1, 2, 5]) expect(served(change(setting, n))).to.be.at.least(before - 1e-9);
      });
    });
  }
});

function widened(setting: Setting, more: (quota: Quota) => Quota): Setting {
  return { ...setting, quotas: setting.quotas.map((quota, i) => (i === 0 ? more(quota) : quota)) };
}
