import { expect } from 'chai';
import { asTheyCome, Balanced, InOrder, largestFirst, type Filler } from '../../../../src/domain/packing/fillers.ts';
import { contentsOf, groupsOf, Load, type Groups } from '../../../../src/domain/packing/groups.ts';
import { leastOf } from '../../../../src/domain/packing/least.ts';
import { isPlaced, pack, shapesServed } from '../../../../src/domain/packing/pack.ts';
import { cheapestMachines, type MachineKind } from '../../../../src/domain/packing/search.ts';
import { capacityOf, costOf, dominantShare, fits, minus, timesFit } from '../../../../src/domain/shapes.ts';
import type { Shape } from '../../../../src/domain/snapshots.ts';
import { flavor, GIB, GPU, LARGE, shape } from '../planning.ts';

const need = (cpus: number, memory: number, disk = 0, gpus = 0): Shape => ({ cpus, memory, disk, gpus });

describe('domain/shapes', () => {
  const rows: [what: string, need: Shape, capacity: Shape, times: number][] = [
    ['cores limit', need(1, 512), shape(4, 8192), 4],
    ['memory limits', need(1, 3000), shape(4, 8192), 2],
    ['disk limits', need(1, 1, 40), shape(4, 8192, { disk: 100 }), 2],
    ['GPUs limit', need(1, 1, 0, 1), shape(4, 8192, { gpus: 1 }), 1],
    ['exactly the whole', need(4, 8192), shape(4, 8192), 1],
    ['one MiB too much', need(4, 8193), shape(4, 8192), 0],
    ['a GPU where there is none', need(1, 1, 0, 1), shape(4, 8192), 0],
    ['cores without memory', need(1, 512), shape(8, 0), 0],
  ];
  for (const [what, wanted, capacity, times] of rows) {
    it(`${what}: fits ${times} times`, () => {
      expect(timesFit(wanted, capacity)).to.equal(times);
      expect(fits(wanted, capacity)).to.equal(times > 0);
      expect(dominantShare(wanted, capacity) <= 1).to.equal(times > 0);
    });
  }

  it('subtracts several at once', () => {
    expect(minus(shape(4, 8192, { disk: 100, gpus: 2 }), need(1, 1024, 10, 1), 2)).to.deep.equal(need(2, 6144, 80, 0));
  });

  it('makes a GPU weigh more than any number of cores in common flavors', () => {
    expect(costOf(GPU)).to.be.greaterThan(costOf(flavor('c32', 32, 64 * GIB)));
  });

  it('takes the disk of a flavor without one from its yields, and for unlimited while nothing is known', () => {
    const volume = flavor('vol', 2, 4096, { disk: 0, yields: need(2, 4096, 500) });
    expect(capacityOf(volume).disk).to.equal(500);
    expect(capacityOf({ ...volume, yields: need(2, 4096, 0) }).disk).to.equal(Infinity);
    expect(capacityOf({ ...LARGE, yields: need(2, 4096, 0) }).disk).to.equal(0);
  });
});

describe('domain/packing: fillers', () => {
  const filled = (fillerOf: (all: Groups) => Filler, shapes: Shape[], counts: number[], capacity: Shape): number[] => {
    const groups = groupsOf(shapes, counts);
    const load = new Load(groups);
    load.empty(capacity);
    fillerOf(groups).fill(load);
    return contentsOf(load.pattern(), shapes.length);
  };

  it('fills in the given order with as many as fit', () => {
    const fillerOf = (all: Groups): Filler => new InOrder(all, [1, 0]);
    expect(filled(fillerOf, [need(1, 1024), need(2, 2048)], [10, 1], shape(4, 8192))).to.deep.equal([2, 1]);
  });

  it('balances: memory-hungry jobs beside those that need cores', () => {
    const fillerOf = (all: Groups): Filler => new Balanced(all);
    expect(filled(fillerOf, [need(3, 1024), need(1, 7168)], [5, 5], shape(4, 8192))).to.deep.equal([1, 1]);
  });

  const fillers: [name: string, of: (all: Groups) => Filler][] = [
    ['as they come', asTheyCome],
    ['balanced', (all) => new Balanced(all)],
    ['most memory first', (all) => largestFirst(all, (s) => s.memory)],
    ['most cores first', (all) => largestFirst(all, (s) => s.cpus)],
    ['most disk first', (all) => largestFirst(all, (s) => s.disk)],
  ];
  for (const [name, fillerOf] of fillers) {
    it(`${name}: never takes more than there are, nor more than fits`, () => {
      const shapes = [need(2, 512), need(1, 4096)];
      expect(filled(fillerOf, shapes, [1, 1], shape(64, 65_536))).to.deep.equal([1, 1]);
      const taken = filled(fillerOf, shapes, [9, 9], shape(5, 8192));
      expect(2 * (taken[0] ?? 0) + (taken[1] ?? 0)).to.be.at.most(5);
      expect(512 * (taken[0] ?? 0) + 4096 * (taken[1] ?? 0)).to.be.at.most(8192);
    });

    it(`${name}: fills a machine again when it is emptied, and forgets what no longer waits`, () => {
      const groups = groupsOf([need(2, 512), need(1, 512)], [9, 9]);
      const load = new Load(groups);
      const filler = fillerOf(groups);
      load.empty(shape(4, 8192));
      filler.fill(load);
      groups.rest[0] = 0;
      filler.compact();
      load.empty(shape(4, 8192));
      filler.fill(load);
      expect(contentsOf(load.pattern(), 2)).to.deep.equal([0, 4]);
    });
  }
});

describe('domain/packing', () => {
  const rows: [what: string, shapes: Shape[], counts: number[], machines: Shape[], rest: number[]][] = [
    ['nothing queued', [], [], [shape(4, 8192)], []],
    ['no machine', [need(1, 512)], [3], [], [3]],
    ['all fit', [need(1, 512)], [4], [shape(4, 8192)], [0]],
    ['some are left', [need(1, 512)], [7], [shape(4, 8192)], [3]],
    ['free cores without memory count nothing', [need(1, 1024)], [4], [shape(64, 512)], [4]],
    ['free memory without cores counts nothing', [need(1, 1024)], [4], [shape(0, 65_536)], [4]],
    ['only whole jobs: two halves are no place', [need(4, 1024)], [1], [shape(2, 8192), shape(2, 8192)], [1]],
    [
      'smaller jobs fill the gaps of larger ones',
      [need(3, 512), need(1, 512)],
      [2, 2],
      [shape(4, 8192), shape(4, 8192)],
      [0, 0],
    ],
    [
      'the large machine is kept for the large job',
      [need(8, 512), need(2, 512)],
      [1, 1],
      [shape(8, 8192), shape(2, 8192)],
      [0, 0],
    ],
    ['GPUs only where there are some', [need(1, 512, 0, 1)], [2], [shape(4, 8192), shape(4, 8192, { gpus: 1 })], [1]],
    [
      // first fit puts 5+3 and 5+2 together and has no place for the last 3
      'jobs are rearranged when first fit leaves some over',
      [need(5, 1), need(4, 1), need(3, 1), need(2, 1)],
      [1, 2, 2, 1],
      [shape(7, 100), shape(7, 100), shape(7, 100)],
      [0, 0, 0, 0],
    ],
  ];
  for (const [what, shapes, counts, machines, rest] of rows) {
    it(what, () => {
      const packing = pack(shapes, counts, machines);
      expect(packing.rest).to.deep.equal(rest);
      expect(isPlaced(packing)).to.equal(rest.every((n) => n === 0));
      for (const [m, content] of packing.contents.entries()) {
        const left = (content ?? []).reduce((free, n, i) => minus(free, shapes[i]!, n), machines[m]!);
        expect(Math.min(left.cpus, left.memory, left.disk, left.gpus)).to.be.at.least(0);
      }
      const placed = counts.map((_, i) => packing.contents.reduce((sum, content) => sum + (content?.[i] ?? 0), 0));
      expect(placed.map((n, i) => n + packing.rest[i]!)).to.deep.equal(counts);
    });
  }

  it('prefers the machines that come first', () => {
    const { contents } = pack([need(1, 512)], [4], [shape(4, 8192), shape(4, 8192)]);
    expect(contents).to.deep.equal([[4], undefined]);
  });

  it('takes no more than a moment for 100,000 jobs: groups are placed together', () => {
    const machines = Array.from({ length: 2000 }, (_, i) => shape(1 + (i % 64), 4096 * (1 + (i % 64))));
    const { rest } = pack([need(1, 512)], [100_000], machines);
    const cores = machines.reduce((sum, machine) => sum + machine.cpus, 0);
    expect(rest).to.deep.equal([100_000 - cores]);
  });

  it('finds places for all that was planned on equal machines, among many of which no two are equal', () => {
    const shapes = [need(5, 8192), need(3, 12_288)];
    const odd = Array.from({ length: 50 }, (_, i) => shape(1, 512 + i));
    const equal = Array.from({ length: 20 }, () => shape(8, 20_480));
    const { rest, contents } = pack(shapes, [20, 20], [...odd, ...equal]);
    expect(rest).to.deep.equal([0, 0]);
    expect(contents.slice(0, 50).every((content) => content === undefined)).to.equal(true);
    expect(contents.slice(50)).to.deep.equal(equal.map(() => [1, 1]));
  });

  it('counts the shapes that a machine can run', () => {
    expect(shapesServed([need(1, 512), need(8, 512), need(1, 512, 0, 1)], shape(4, 8192))).to.equal(1);
  });
});

describe('domain/packing: the few smallest of many', () => {
  const rows: [what: string, values: number[], most: number, limit: number, found: number[]][] = [
    ['smallest first, of equal ones the earlier', [3, 1, 2, 1, 0], 3, Infinity, [4, 1, 3]],
    ['fewer than asked for', [2, 1], 3, Infinity, [1, 0]],
    ['none at the limit', [0, -1, 0, -2], 3, 0, [3, 1]],
  ];
  for (const [what, values, most, limit, found] of rows) {
    it(what, () => {
      expect(leastOf(values.length, most, (i) => values[i]!, limit)).to.deep.equal(found);
    });
  }
});

describe('domain/search', () => {
  const kind = (cores: number, cost: number, more: Partial<MachineKind> = {}): MachineKind => ({
    capacity: shape(cores, cores * 4096),
    cost,
    madeFor: [true, true, true],
    supply: Infinity,
    ...more,
  });
  const limits = { bound: Infinity, effort: 50_000, anyWillDo: false };
  const costs = (kinds: MachineKind[], found: { kind: number }[] | undefined): number | undefined =>
    found?.reduce((sum, machine) => sum + kinds[machine.kind]!.cost, 0);

  const rows: [what: string, shapes: Shape[], counts: number[], kinds: MachineKind[], cost: number | undefined][] = [
    ['one large is cheaper than four small', [need(1, 512)], [4], [kind(1, 1.2), kind(4, 4)], 4],
    ['four small are cheaper than one large', [need(1, 512)], [4], [kind(1, 0.9), kind(4, 4)], 3.6],
    ['large and small together', [need(1, 512)], [5], [kind(1, 1), kind(4, 3.9)], 4.9],
    ['what fits nowhere has no answer', [need(8, 512)], [1], [kind(4, 4)], undefined],
    [
      'a kind is not made for a group it is not for',
      [need(1, 512)],
      [1],
      [kind(1, 1, { madeFor: [false] }), kind(4, 4)],
      4,
    ],
    ['no more of a kind than there are', [need(1, 512)], [4], [kind(1, 1, { supply: 2 }), kind(4, 9)], 9],
    ['two shapes share machines', [need(3, 512), need(1, 512)], [3, 3], [kind(4, 4)], 12],
  ];
  for (const [what, shapes, counts, kinds, cost] of rows) {
    it(what, () => {
      const found = costs(kinds, cheapestMachines(shapes, counts, kinds, limits));
      if (cost === undefined) expect(found).to.equal(undefined);
      else expect(found).to.be.closeTo(cost, 1e-9);
    });
  }

  it('finds nothing that is not cheaper than the bound', () => {
    expect(cheapestMachines([need(1, 512)], [4], [kind(4, 4)], { ...limits, bound: 4 })).to.equal(undefined);
  });

  it('gives up when its effort is spent', () => {
    expect(cheapestMachines([need(1, 512)], [40], [kind(4, 4)], { ...limits, effort: 3 })).to.equal(undefined);
  });
});
