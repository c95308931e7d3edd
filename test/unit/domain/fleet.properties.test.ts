import { expect } from 'chai';
import fc from 'fast-check';
import { NONE, plus, RESOURCES, type Amounts } from '../../../src/domain/amounts.ts';
import { takesOf } from '../../../src/domain/barriers.ts';
import { planFleet } from '../../../src/domain/fleet.ts';
import { PlanMemo } from '../../../src/domain/memo.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { Plan, PlanInput } from '../../../src/domain/plan-types.ts';
import { chosen, fleetArb, holds } from './arbitraries.ts';
import { jobs, resting } from './planning.ts';

const acts = ({ pool }: PlanInput): boolean => pool.mode === 'Active';

/** What is taken of each cloud by the pools that act. */
function takenOf(inputs: readonly PlanInput[], plans: readonly Plan[]): Map<string, Amounts> {
  const taken = new Map<string, Amounts>();
  inputs.forEach((input, i) => {
    if (!acts(input)) return;
    for (const create of plans[i]?.creates ?? []) {
      const where = input.clouds.find(({ name }) => name === create.cloud)!;
      taken.set(create.cloud, plus(taken.get(create.cloud) ?? NONE, takesOf(where, chosen(input, create))));
    }
  });
  return taken;
}

describe('domain/fleet properties', () => {
  it('never more than quota and limits of a cloud, all pools together', () => {
    let contested = 0;
    holds(fleetArb, (inputs) => {
      const alone = takenOf(inputs, inputs.map(plan));
      const taken = takenOf(inputs, planFleet(inputs));
      for (const { name, headroom } of inputs.flatMap(({ clouds }) => clouds)) {
        for (const resource of RESOURCES) {
          expect(taken.get(name)?.[resource] ?? 0, `${resource} of ${name}`).to.be.at.most(headroom[resource]);
          if ((alone.get(name)?.[resource] ?? 0) > headroom[resource]) contested += 1;
        }
      }
    });
    expect(contested).to.be.greaterThan(20);
  });

  it('never above maxNodes or the pace of any pool', () => {
    holds(fleetArb, (inputs) => {
      planFleet(inputs).forEach(({ creates }, i) => {
        const { pool, nodes } = inputs[i]!;
        const most = Math.min(pool.maxNodes, pool.replicas ?? Infinity);
        expect(creates.length).to.be.at.most(Math.max(0, most - nodes.length));
        expect(creates.length).to.be.at.most(Math.min(pool.maxBooting, pool.maxPerMinute));
      });
    });
  });

  it('does not depend on the order of the pools', () => {
    holds(fleetArb, (inputs) => {
      expect(planFleet(inputs.toReversed()).toReversed()).to.deep.equal(planFleet(inputs));
    });
  });

  it('is the plan of each pool alone where no two want the same', () => {
    holds(fleetArb, (inputs) => {
      const first = inputs.slice(0, 1);
      expect(planFleet(first)).to.deep.equal(first.map(plan));
    });
  });

  it('a pool that observes changes nothing for the others', () => {
    holds(fleetArb, (inputs) => {
      const acting = inputs.filter(acts);
      const plans = planFleet(inputs).filter((_, i) => acts(inputs[i]!));
      expect(plans).to.deep.equal(planFleet(acting));
    });
  });
});

/** What happens between two looks. */
type Change = (inputs: PlanInput[], n: number) => PlanInput[];

const on =
  (n: number, change: (input: PlanInput) => PlanInput) =>
  (inputs: PlanInput[]): PlanInput[] =>
    inputs.map((input, i) => (i === n % inputs.length ? change(input) : input));

const CHANGES: Record<string, Change> = {
  nothing: (inputs) => inputs,
  'copies of all': (inputs) => structuredClone(inputs),
  'time passes': (inputs) => inputs.map((input) => ({ ...input, now: input.now + 700 })),
  'much time passes': (inputs) => inputs.map((input) => ({ ...input, now: input.now + 70_000 })),
  'one job more': (inputs, n) =>
    on(n, (input) => ({ ...input, demand: input.demand && [...input.demand, jobs(1)] }))(inputs),
  'the queue is not known': (inputs, n) =>
    on(n, (input) => ({ ...input, demand: undefined, demandMissing: 'x' }))(inputs),
  'a node becomes busy': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      nodes: input.nodes.map((one, i) =>
        i === 0 ? { ...one, state: 'Busy', free: { ...one.free, cpus: 0 }, idleSince: undefined } : one,
      ),
    }))(inputs),
  'a node goes': (inputs, n) => on(n, (input) => ({ ...input, nodes: input.nodes.slice(1) }))(inputs),
  'a node is marked': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      nodes: input.nodes.map((one, i) => (i === 1 ? { ...one, deleteFirst: true } : one)),
    }))(inputs),
  'quota goes': (inputs) =>
    inputs.map((input) => ({
      ...input,
      clouds: input.clouds.map((one) => ({
        ...one,
        headroom: { ...one.headroom, cores: Math.min(3, one.headroom.cores) },
      })),
    })),
  'a flavor rests': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      clouds: input.clouds.map((one) => ({ ...one, rests: resting(['one', 'm1.large']) })),
    }))(inputs),
  'the pool changes': (inputs, n) =>
    on(n, (input) => ({ ...input, pool: { ...input.pool, maxNodes: 7, minNodes: 2, replicas: undefined } }))(inputs),
  'the mode changes': (inputs, n) =>
    on(n, (input) => ({ ...input, pool: { ...input.pool, allocation: 'LeastWaste', mode: 'Active' } }))(inputs),
  'something was begun': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      recentCreates: [...input.recentCreates, input.now],
      roundRobin: input.roundRobin + 1,
    }))(inputs),
  'another seed': (inputs, n) => on(n, (input) => ({ ...input, seed: input.seed + 1 }))(inputs),
  'a flavor is learned': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      clouds: input.clouds.map((one) => ({
        ...one,
        flavors: one.flavors.map((f) => ({
          ...f,
          learned: true,
          bootTime: 30_000,
          yields: { ...f.yields, memory: f.yields.memory - 100 },
        })),
      })),
    }))(inputs),
  'jobs are given up': (inputs, n) =>
    on(n, (input) => ({
      ...input,
      phantoms: (input.demand ?? []).slice(0, 1).map((group) => ({
        ...group,
        since: input.now,
        until: input.now + 600_000,
        tries: 1,
        retrying: false,
        refusedBy: [],
      })),
    }))(inputs),
  'a pool goes': (inputs) => (inputs.length > 1 ? inputs.slice(1) : inputs),
};

describe('domain/memo properties', () => {
  it('what is remembered changes no plan, over any sequence of changes', () => {
    const names = Object.keys(CHANGES);
    const history = fc.tuple(
      fleetArb,
      fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(3)), { minLength: 1, maxLength: 6 }),
    );
    holds(
      history,
      ([start, changes]) => {
        const memo = new PlanMemo();
        let inputs = start;
        expect(planFleet(inputs, memo)).to.deep.equal(planFleet(inputs));
        for (const [name, n] of changes) {
          inputs = CHANGES[name]?.(inputs, n) ?? inputs;
          expect(planFleet(inputs, memo), name).to.deep.equal(planFleet(inputs));
        }
      },
      60,
    );
  });

  for (const [name, change] of Object.entries(CHANGES)) {
    it(`${name}: the plan is that of a planner without memory`, () => {
      holds(
        fleetArb,
        (inputs) => {
          const memo = new PlanMemo();
          planFleet(inputs, memo);
          const after = change(inputs, 1);
          expect(planFleet(after, memo)).to.deep.equal(planFleet(after));
        },
        40,
      );
    });
  }
});
