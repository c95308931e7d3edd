/** Situations at random for property tests: small enough to be read when one of them fails. */
import fc from 'fast-check';
import { UNLIMITED } from '../../../src/domain/amounts.ts';
import {
  placeOf,
  type Allocation,
  type PlanCloud,
  type PlanInput,
  type PlanNode,
  type PlannedCreate,
  type Rest,
} from '../../../src/domain/plan-types.ts';
import { cloud, flavor, GIB, GIB_DISK, jobs, LARGE, node, NOW, pool, type PlanFlavor } from './planning.ts';

export const FLAVORS: PlanFlavor[] = [
  flavor('one', 1, 2 * GIB),
  flavor('two', 2, 4 * GIB, { yields: { cpus: 2, memory: 3900, disk: 90 * GIB_DISK, gpus: 0 }, learned: false }),
  LARGE,
  flavor('memory', 4, 32 * GIB, { bootTime: 420_000 }),
  flavor('sixteen', 16, 32 * GIB),
  flavor('gpu', 8, 32 * GIB, { gpus: 2 }),
];
const MODES: Allocation[] = ['RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'];

/** A part of something. Not fc.double, which is next to 0 most of the time. */
const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

const limit = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }) }, fc.constant(Infinity));

const restArb = fc.record({
  zone: fc.constantFrom(undefined, 'z1', 'z2'),
  flavor: fc.constantFrom(...FLAVORS.map(({ name }) => name)),
  reason: fc.constant('no host'),
  until: fc.constantFrom(NOW - 1000, NOW, NOW + 1000, NOW + 60_000),
});

const headroomArb = fc.record({
  instances: limit,
  cores: limit,
  memory: fc.oneof(fc.integer({ min: 0, max: 80 * GIB }), fc.constant(Infinity)),
  volumes: limit,
  gigabytes: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constant(Infinity)),
});

const cloudArb = fc.record({
  flavors: fc.oneof({ weight: 9, arbitrary: fc.subarray(FLAVORS, { minLength: 1 }) }, fc.constant<PlanFlavor[]>([])),
  unavailable: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, fc.constant('suspended')),
  headroom: headroomArb,
  ceiling: fc.constantFrom(Infinity, Infinity, 12),
  zones: fc.constantFrom<string[]>([], [], ['z1'], ['z1', 'z2']),
  rests: fc.array(restArb, { maxLength: 2 }),
  rootVolumeGiB: fc.constantFrom(undefined, undefined, 40),
  groupRoom: fc.constantFrom(Infinity, Infinity, 3),
  weight: fc.integer({ min: 1, max: 100 }),
});

const cloudsArb = fc.array(cloudArb, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map(({ ceiling, rests, headroom, ...rest }, i): PlanCloud => {
    const cores = Math.min(headroom.cores, ceiling);
    return cloud('abc'.charAt(i), {
      ...rest,
      headroom: { ...headroom, cores },
      ceilings: ceiling === Infinity ? {} : { cores: { limit: ceiling, by: 'limit' } },
      rests: new Map(rests.map((one): [string, Rest] => [placeOf(one.zone, one.flavor), { ...one }])),
    });
  }),
);

const demandArb = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom(0, 0, 0, 1),
    ),
    { maxLength: 5 },
  )
  .map((groups) => groups.map(([count, cpus, quarters, gpus]) => jobs(count, cpus, quarters * 256, { gpus })));

const nodeArb = fc.record({
  state: fc.constantFrom<PlanNode['state']>('Starting', 'Idle', 'Idle', 'Busy', 'Leaving', 'Lost', 'Blocked'),
  of: fc.constantFrom(...FLAVORS),
  zone: fc.constantFrom(undefined, 'z1', 'z2'),
  used: share,
  idle: fc.integer({ min: 0, max: 600_000 }),
  recallable: fc.boolean(),
  deleteFirst: fc.boolean(),
  doNotDisrupt: fc.constantFrom(false, false, true),
});

const nodesArb = fc.array(nodeArb, { maxLength: 12 }).map((all) =>
  all.map(({ state, of, used, idle, recallable, ...rest }, i): PlanNode => {
    const part = { ...of.yields, cpus: Math.floor(of.cores * used), memory: Math.floor(of.yields.memory * used) };
    const idleSince = state === 'Idle' ? NOW - idle : undefined;
    const back = state === 'Leaving' && recallable;
    const free = state === 'Busy' || state === 'Blocked' ? { free: part } : back ? { free: of.yields } : {};
    return node(`n-${i}`, state, { of, idleSince, ...rest, recallable: back, ...free });
  }),
);

const poolArb = fc
  .record({
    maxNodes: fc.integer({ min: 0, max: 25 }),
    minShare: fc.oneof(fc.constant(0), share),
    spareShare: fc.oneof(fc.constant(0), share),
    replicas: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, share),
    allocation: fc.constantFrom(...MODES),
    maxBooting: fc.integer({ min: 1, max: 30 }),
    maxPerMinute: fc.integer({ min: 1, max: 30 }),
    budgets: fc.constantFrom<string[]>([], [], ['2'], ['10%']),
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

export const inputArb: fc.Arbitrary<PlanInput> = fc
  .record({
    pool: poolArb,
    clouds: cloudsArb,
    demand: demandArb,
    queueKnown: fc.constantFrom(true, true, true, false),
    givenUp: fc.constantFrom(false, false, false, true),
    retrying: fc.boolean(),
    nodes: nodesArb,
    recent: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 10 }),
    roundRobin: fc.integer({ min: 0, max: 5 }),
    seed: fc.integer(),
  })
  .map(({ demand, queueKnown, givenUp, retrying, recent, ...rest }) => ({
    ...rest,
    now: NOW,
    demand: queueKnown ? demand : undefined,
    demandMissing: queueKnown ? undefined : 'no answer',
    phantoms: (givenUp ? demand.slice(0, 1) : []).map((group) => ({
      ...group,
      since: NOW - 60_000,
      until: retrying ? NOW : NOW + 60_000,
      tries: 1,
      retrying,
      refusedBy: ['one on a'],
    })),
    recentCreates: recent.map((ago) => NOW - ago),
  }));

/** Nothing but clouds, flavors and what the nodes give limits. */
export function unthrottled(input: PlanInput, maxNodes = 1000): PlanInput {
  const free = { maxNodes, maxBooting: 1000, maxPerMinute: 1000, replicas: undefined };
  return { ...input, pool: { ...input.pool, ...free }, recentCreates: [] };
}

/** Clouds of these flavors without any limit. */
export function withoutLimits(clouds: readonly PlanCloud[]): PlanCloud[] {
  return clouds.map(({ name, flavors }) => cloud(name, { flavors, headroom: UNLIMITED }));
}

/** Pools that share the clouds a, b and c: all see the same quota, each allows its own flavors. */
export const fleetArb: fc.Arbitrary<PlanInput[]> = fc
  .record({
    inputs: fc.array(inputArb, { minLength: 2, maxLength: 4 }),
    headrooms: fc.tuple(headroomArb, headroomArb, headroomArb),
    rooms: fc.array(fc.integer({ min: 15, max: 40 }), { minLength: 4, maxLength: 4 }),
    modes: fc.array(fc.constantFrom<PlanInput['pool']['mode']>('Active', 'Active', 'Active', 'Observe', 'Paused'), {
      minLength: 4,
      maxLength: 4,
    }),
    deleting: fc.array(fc.constantFrom(false, false, false, false, true), { minLength: 4, maxLength: 4 }),
  })
  .map(({ inputs, headrooms, rooms, modes, deleting }) =>
    inputs.map((input, i) => ({
      ...input,
      pool: {
        ...input.pool,
        maxNodes: rooms[i] ?? 20,
        name: `pool-${i}`,
        mode: modes[i] ?? 'Active',
        deleting: deleting[i] ?? false,
      },
      nodes: input.nodes.map((one) => ({ ...one, name: `${i}-${one.name}` })),
      clouds: input.clouds.map((one, c) => ({ ...one, ceilings: {}, headroom: headrooms[c] ?? UNLIMITED })),
    })),
  );

export function holds<T>(arb: fc.Arbitrary<T>, check: (value: T) => void, numRuns = 200): void {
  const property = fc.property(arb, (value) => {
    check(value);
  });
  fc.assert(property, { numRuns, seed: 20260101 });
}

export function chosen(input: PlanInput, create: Pick<PlannedCreate, 'cloud' | 'flavor'>): PlanFlavor {
  const found = input.clouds.find((c) => c.name === create.cloud)?.flavors.find((f) => f.name === create.flavor);
  if (!found) throw new Error(`no such flavor: ${JSON.stringify(create)}`);
  return found;
}
