import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../src/base/random.ts';
import { plan } from '../../../src/domain/plan.ts';
import { fits } from '../../../src/domain/shapes.ts';
import type { Allocation, PlanCloud, PlanInput, PlanNode } from '../../../src/domain/plan-types.ts';
import { booting, cloud, flavor, GIB, GIB_DISK, jobs, LARGE, node, NOW, pool, type PlanFlavor } from './planning.ts';

const FLAVORS: PlanFlavor[] = [
  flavor('one', 1, 2 * GIB),
  flavor('two', 2, 4 * GIB, { yields: { cpus: 2, memory: 3900, disk: 90 * GIB_DISK, gpus: 0 } }),
  LARGE,
  flavor('memory', 4, 32 * GIB),
  flavor('sixteen', 16, 32 * GIB),
  flavor('gpu', 8, 32 * GIB, { gpus: 2 }),
];
const MODES: Allocation[] = ['RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'];

const limit = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }) }, fc.constant(Infinity));

const cloudArb = fc.record({
  flavors: fc.subarray(FLAVORS),
  unavailable: fc.option(fc.constant('suspended'), { nil: undefined, freq: 5 }),
  instances: limit,
  cores: limit,
  memory: fc.oneof(fc.integer({ min: 0, max: 80 * GIB }), fc.constant(Infinity)),
  resting: fc.option(fc.constantFrom(...FLAVORS.map((f) => f.name)), { nil: undefined }),
  weight: fc.integer({ min: 1, max: 100 }),
});

const cloudsArb = fc.array(cloudArb, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map(({ flavors, unavailable, instances, cores, memory, resting, weight }, i): PlanCloud =>
    cloud('abc'.charAt(i), {
      flavors,
      unavailable,
      weight,
      headroom: { instances, cores, memory },
      cooldowns: new Map(resting === undefined ? [] : [[resting, { reason: 'no host', until: NOW + 1000 }]]),
    }),
  ),
);

const demandArb = fc.array(
  fc.tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 80 }),
    fc.constantFrom(0, 0, 0, 1),
  ),
  { maxLength: 5 },
);

const nodeArb = fc.record({
  state: fc.constantFrom<PlanNode['state']>('Starting', 'Idle', 'Idle', 'Busy', 'Leaving', 'Lost'),
  of: fc.constantFrom(...FLAVORS),
  used: fc.double({ min: 0, max: 1, noNaN: true }),
  idle: fc.integer({ min: 0, max: 600_000 }),
  deleteFirst: fc.boolean(),
  doNotDisrupt: fc.constantFrom(false, false, true),
});

const nodesArb = fc.array(nodeArb, { maxLength: 12 }).map((all) =>
  all.map(({ state, of, used, idle, ...rest }, i): PlanNode => {
    const cpus = Math.floor(of.cores * used);
    const free = { ...of.yields, cpus, memory: Math.floor(of.yields.memory * used) };
    const idleSince = state === 'Idle' ? NOW - idle : undefined;
    return node(`n-${i}`, state, { of, idleSince, ...rest, ...(state === 'Busy' ? { free } : {}) });
  }),
);

const poolArb = fc
  .record({
    maxNodes: fc.integer({ min: 0, max: 25 }),
    minShare: fc.double({ min: 0, max: 1, noNaN: true }),
    spareShare: fc.double({ min: 0, max: 1, noNaN: true }),
    replicas: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
    allocation: fc.constantFrom(...MODES),
    maxBooting: fc.integer({ min: 1, max: 30 }),
    maxPerMinute: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ minShare, spareShare, replicas, maxNodes, ...rest }) =>
    pool({
      ...rest,
      maxNodes,
      minNodes: Math.floor(minShare * maxNodes),
      spareNodes: Math.floor(spareShare * maxNodes),
      replicas: replicas === undefined ? undefined : Math.floor(replicas * maxNodes),
    }),
  );

const inputArb: fc.Arbitrary<PlanInput> = fc
  .record({
    pool: poolArb,
    clouds: cloudsArb,
    demand: demandArb,
    queueKnown: fc.constantFrom(true, true, true, false),
    nodes: nodesArb,
    recent: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 10 }),
    roundRobin: fc.integer({ min: 0, max: 5 }),
    seed: fc.integer(),
  })
  .map(({ demand, queueKnown, recent, seed, ...rest }) => ({
    ...rest,
    now: NOW,
    demand: queueKnown
      ? demand.map(([count, cpus, quarters, gpus]) => jobs(count, cpus, quarters * 256, { gpus }))
      : undefined,
    demandMissing: queueKnown ? undefined : 'no answer',
    recentCreates: recent.map((ago) => NOW - ago),
    random: seeded(seed),
  }));

function seeded(seed: number): () => number {
  const random = seededRandom(seed);
  return () => random.next();
}

/** Each run of a plan draws from the start again. */
function again(input: PlanInput, seed = 7): PlanInput {
  return { ...input, random: seeded(seed) };
}

function holds(check: (input: PlanInput) => void, arb = inputArb, numRuns = 300): void {
  fc.assert(fc.property(arb, check), { numRuns, seed: 20260101 });
}

function chosen(input: PlanInput, create: { cloud: string; flavor: string }): PlanFlavor {
  const found = input.clouds.find((c) => c.name === create.cloud)?.flavors.find((f) => f.name === create.flavor);
  if (!found) throw new Error(`no such flavor: ${JSON.stringify(create)}`);
  return found;
}

describe('domain/plan properties', () => {
  it('never makes more nodes than maxNodes (or replicas) leaves room for, counting leaving and lost ones', () => {
    holds((input) => {
      const most = Math.min(input.pool.maxNodes, input.pool.replicas ?? Infinity);
      expect(plan(input).creates.length).to.be.at.most(Math.max(0, most - input.nodes.length));
    });
  });

  it('never goes beyond the headroom of a cloud, nor to a cloud or flavor that cannot be used now', () => {
    holds((input) => {
      const { creates } = plan(input);
      for (const where of input.clouds) {
        const flavors = creates.filter((c) => c.cloud === where.name).map((c) => chosen(input, c));
        expect(flavors.length).to.be.at.most(where.headroom.instances);
        expect(flavors.reduce((sum, f) => sum + f.cores, 0)).to.be.at.most(where.headroom.cores);
        expect(flavors.reduce((sum, f) => sum + f.memory, 0)).to.be.at.most(where.headroom.memory);
        if (where.unavailable !== undefined) expect(flavors).to.be.empty;
        for (const { name } of flavors) expect(where.cooldowns.has(name)).to.equal(false);
      }
    });
  });

  it('never begins more nodes than maxBooting and maxPerMinute allow', () => {
    holds((input) => {
      const starting = input.nodes.filter((n) => n.state === 'Starting').length;
      const recent = input.recentCreates.filter((at) => at > NOW - 60_000).length;
      const n = plan(input).creates.length;
      expect(n).to.be.at.most(Math.max(0, input.pool.maxBooting - starting));
      expect(n).to.be.at.most(Math.max(0, input.pool.maxPerMinute - recent));
    });
  });

  it('removes only idle nodes without do-not-disrupt, each once, and none when the queue is not known', () => {
    holds((input) => {
      const { removals } = plan(input);
      const names = removals.map((r) => r.node);
      expect(new Set(names).size).to.equal(names.length);
      if (input.demand === undefined) expect(names).to.be.empty;
      for (const name of names) {
        const found = input.nodes.find((n) => n.name === name);
        expect(found?.state).to.equal('Idle');
        expect(found?.doNotDisrupt).to.equal(false);
      }
    });
  });

  it('never removes below minNodes of live nodes, nor more than the surplus of a fixed size', () => {
    holds((input) => {
      const n = plan(input).removals.length;
      const staying = input.nodes.filter((x) => x.state !== 'Leaving').length;
      const live = input.nodes.filter((x) => x.state !== 'Leaving' && x.state !== 'Lost').length;
      if (n === 0) return;
      if (input.pool.replicas !== undefined) expect(n).to.be.at.most(staying - input.pool.replicas);
      else if (staying <= input.pool.maxNodes) expect(live - n).to.be.at.least(input.pool.minNodes);
      else expect(n).to.be.at.most(staying - input.pool.maxNodes);
    });
  });

  it('makes each node for a job that fits into it, or for minNodes, replicas or spareNodes', () => {
    holds((input) => {
      const made = plan(input).creates;
      for (const create of made) {
        if (/^for (minNodes|replicas|spareNodes) \d+$/.test(create.reason)) continue;
        expect(create.reason).to.match(/^for \d+ jobs? (of|\()/);
        const { yields } = chosen(input, create);
        expect((input.demand ?? []).some((group) => fits(group, yields))).to.equal(true);
      }
      const forSize = made.filter((create) => / (minNodes|replicas|spareNodes) /.test(create.reason)).length;
      const { minNodes, spareNodes, replicas } = input.pool;
      expect(forSize).to.be.at.most(replicas ?? minNodes + spareNodes);
    });
  });

  it('gives the same plan for the same input', () => {
    holds((input) => {
      expect(plan(again(input))).to.deep.equal(plan(again(input)));
    });
  });

  it('does not depend on the order of nodes and jobs', () => {
    holds((input) => {
      const turned = {
        ...again(input),
        nodes: [...input.nodes].reverse(),
        demand: input.demand && [...input.demand].reverse(),
      };
      const [a, b] = [plan(again(input)), plan(turned)];
      expect(b.decision).to.deep.equal(a.decision);
      expect(b.creates).to.deep.equal(a.creates);
      expect(b.removals).to.deep.equal(a.removals);
    });
  });

  it('says what it does, and why when it does less than wanted', () => {
    holds((input) => {
      const { creates, removals, decision, limited } = plan(input);
      expect(decision.what === 'nothing to do').to.equal(creates.length + removals.length === 0);
      if (creates.length > 0) expect(decision.what).to.match(new RegExp(`^create ${creates.length} node`));
      expect(decision.why).to.not.equal('');
      if (limited) expect(decision.why).to.contain(limited.message);
      for (const text of [decision.what, decision.why]) expect(text).to.not.match(/undefined|NaN|Infinity|\n/);
    });
  });

  it('says the same a moment later when nothing has changed', () => {
    holds((input) => {
      const { recheckAfter } = plan(again(input));
      const later = Math.min(recheckAfter ?? 1000, 1000) - 1;
      const soon = { ...again(input), now: input.now + Math.max(0, later) };
      expect(plan(soon).decision).to.deep.equal(plan(again(input)).decision);
    });
  });

  it('rechecks in the future', () => {
    holds((input) => {
      const { recheckAfter } = plan(input);
      if (recheckAfter !== undefined) expect(recheckAfter).to.be.within(1, Number.MAX_SAFE_INTEGER);
    });
  });

  it('wants no more nodes once those it has made are booting, but for one where packing is tightest', () => {
    const roomy = inputArb.map((input) => ({
      ...input,
      pool: { ...input.pool, maxNodes: 1000, maxBooting: 1000, maxPerMinute: 1000, replicas: undefined },
      recentCreates: [],
    }));
    let passes = 0;
    let repeated = 0;
    holds((input) => {
      const first = plan(again(input));
      if (first.limited) return;
      const next = plan({ ...again(input), nodes: [...input.nodes, ...booting(input, first.creates)] });
      passes += 1;
      if (next.creates.length > 0) repeated += 1;
      expect(next.creates.length).to.be.at.most(1);
    }, roomy);
    expect(passes).to.be.greaterThan(50);
    expect(repeated / passes).to.be.at.most(0.01);
  });

  it('serves every job that fits into some flavor when nothing limits', () => {
    const free = inputArb.map((input) => ({
      ...input,
      pool: { ...input.pool, maxNodes: 1000, maxBooting: 1000, maxPerMinute: 1000, replicas: undefined },
      clouds: input.clouds.map((c) => cloud(c.name, { flavors: c.flavors })),
      recentCreates: [],
    }));
    holds((input) => {
      const { unsatisfiable, limited } = plan(input);
      const flavors = input.clouds.flatMap((c) => c.flavors);
      if (flavors.length > 0) expect(limited).to.equal(undefined);
      const hopeless = (input.demand ?? []).filter((group) => !flavors.some((f) => fits(group, f.yields)));
      const sum = (all: readonly { count: number }[]): number => all.reduce((n, group) => n + group.count, 0);
      expect(sum(unsatisfiable)).to.equal(sum(hopeless));
    }, free);
  });
});
