/** More to choose from must never serve fewer jobs. */
import { expect } from 'chai';
import fc from 'fast-check';
import { UNLIMITED } from '../../../src/domain/amounts.ts';
import { mergeShapes } from '../../../src/domain/demand.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanInput } from '../../../src/domain/plan-types.ts';
import { weightOf } from '../../../src/domain/shapes.ts';
import { packOnto } from '../../../src/domain/survey.ts';
import { FLAVORS, holds, inputArb, unthrottled } from './arbitraries.ts';
import { afterwards, cloud, node, type PlanFlavor } from './planning.ts';

/** What the jobs weigh that find a place on live, booting and new nodes. */
function served(input: PlanInput): number {
  const demand = mergeShapes(input.demand ?? []);
  const machines = afterwards(input, { ...plan(input), removals: [] });
  const { rest } = packOnto(machines, demand);
  return demand.reduce((sum, group, i) => sum + (group.count - (rest[i] ?? 0)) * weightOf(group), 0);
}

type More = (input: PlanInput, flavor: PlanFlavor, n: number) => PlanInput;

const clouds = (
  input: PlanInput,
  change: (one: PlanInput['clouds'][number]) => PlanInput['clouds'][number],
): PlanInput => ({
  ...input,
  clouds: input.clouds.map((one, i) => (i === 0 ? change(one) : one)),
});

/** Ways to add capacity or quota. */
const MORE: Record<string, More> = {
  'a node, beyond those of maxNodes': (input, flavor) => ({
    ...input,
    pool: { ...input.pool, maxNodes: input.pool.maxNodes + 1 },
    nodes: [...input.nodes, node('added', 'Idle', { of: flavor })],
  }),
  'a booting node, beyond those of maxNodes': (input, flavor) => ({
    ...input,
    pool: { ...input.pool, maxNodes: input.pool.maxNodes + 1 },
    nodes: [...input.nodes, node('added', 'Starting', { of: flavor })],
  }),
  'a cloud': (input, flavor) => ({
    ...input,
    clouds: [...input.clouds, cloud('z', { flavors: [flavor], headroom: { ...UNLIMITED, cores: 20 } })],
  }),
  'a flavor': (input, flavor) =>
    clouds(input, (one) =>
      one.flavors.some(({ name }) => name === flavor.name) ? one : { ...one, flavors: [...one.flavors, flavor] },
    ),
  'quota of cores': (input, _, n) =>
    clouds(input, (one) => ({ ...one, headroom: { ...one.headroom, cores: one.headroom.cores + n } })),
  'quota of instances': (input, _, n) =>
    clouds(input, (one) => ({ ...one, headroom: { ...one.headroom, instances: one.headroom.instances + n } })),
  'quota of memory': (input, _, n) =>
    clouds(input, (one) => ({ ...one, headroom: { ...one.headroom, memory: one.headroom.memory + n * 4096 } })),
  maxNodes: (input, _, n) => ({ ...input, pool: { ...input.pool, maxNodes: input.pool.maxNodes + n } }),
};

const PLAIN = FLAVORS.filter(({ gpus }) => gpus === 0);

/**
 * Demand alone is planned for: neither minNodes nor spares nor phantoms nor a pace. Without GPUs: that jobs give up a GPU machine as soon as
 * the pool allows another flavor is a rule of its own.
 */
const situations = fc
  .tuple(inputArb, fc.constantFrom(...PLAIN), fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 12 }))
  .map(([input, flavor, n, room]): [PlanInput, PlanFlavor, number] => {
    const base = unthrottled(input, input.nodes.length + room);
    return [
      {
        ...base,
        phantoms: [],
        demand: (input.demand ?? []).map((group) => ({ ...group, gpus: 0 })),
        pool: { ...base.pool, minNodes: 0, spareNodes: 0, budgets: [] },
        nodes: input.nodes.filter(({ total }) => total.gpus === 0),
        clouds: input.clouds.map((one) => ({ ...one, flavors: one.flavors.filter(({ gpus }) => gpus === 0) })),
      },
      flavor,
      n,
    ];
  });

describe('more capacity never serves fewer jobs', () => {
  for (const [what, more] of Object.entries(MORE)) {
    it(what, () => {
      holds(situations, ([input, flavor, n]) => {
        expect(served(more(input, flavor, n))).to.be.at.least(served(input) - 1e-9);
      });
    });
  }
});
