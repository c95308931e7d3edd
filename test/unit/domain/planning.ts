/** Builders for planner tests: a small pool that each test changes in what it is about. */
import { UNLIMITED } from '../../../src/domain/amounts.ts';
import { placeOf } from '../../../src/domain/plan-types.ts';
import type {
  Demand,
  Plan,
  PlanCloud,
  PlanFlavor,
  PlanInput,
  PlanNode,
  PlanNodeState,
  Rest,
} from '../../../src/domain/plan-types.ts';
import type { Shape } from '../../../src/domain/snapshots.ts';

export type { PlanFlavor } from '../../../src/domain/plan-types.ts';

export const NOW = 1_767_225_600_000;
export const MINUTE = 60_000;
export const GIB = 1024;
export const GIB_DISK = 1024 * 1024;

/** Nodes of it were seen to give all that it says, unless told otherwise. */
export function flavor(name: string, cores: number, memory: number, more: Partial<PlanFlavor> = {}): PlanFlavor {
  const disk = more.disk ?? 100 * GIB_DISK;
  const gpus = more.gpus ?? 0;
  const yields = { cpus: cores, memory, disk, gpus };
  const known = { learned: true, unfit: undefined, bootTime: undefined };
  return { id: name, name, cores, memory, disk, gpus, yields, ...known, ...more };
}

export const SMALL = flavor('m1.small', 1, 2 * GIB);
export const MEDIUM = flavor('m1.medium', 2, 4 * GIB);
export const LARGE = flavor('m1.large', 4, 8 * GIB);
export const XLARGE = flavor('m1.xlarge', 16, 32 * GIB);
export const GPU = flavor('g1.large', 8, 32 * GIB, { gpus: 1 });

export function cloud(name: string, more: Partial<PlanCloud> = {}): PlanCloud {
  return {
    name,
    weight: 50,
    unavailable: undefined,
    flavors: [SMALL, LARGE],
    unknownFlavors: [],
    zones: [],
    headroom: UNLIMITED,
    ceilings: {},
    usage: {},
    rootVolumeGiB: undefined,
    groupRoom: Infinity,
    rests: new Map(),
    ...more,
  };
}

export function headroom(cores: number, more: Partial<PlanCloud['headroom']> = {}): PlanCloud['headroom'] {
  return { ...UNLIMITED, cores, ...more };
}

/** Places of a cloud that rest until a minute from now, or whose rest is over. */
export function resting(flavors: readonly string[], more: Partial<Rest> = {}): Map<string, Rest> {
  return new Map(
    flavors.map((name) => [
      placeOf(more.zone, name),
      { zone: undefined, flavor: name, reason: 'no valid host', until: NOW + MINUTE, ...more },
    ]),
  );
}

export function jobs(count: number, cpus = 1, memory = 512, more: Partial<Demand> = {}): Demand {
  return { cpus, memory, disk: 1024, gpus: 0, count, ...more };
}

export function shape(cpus: number, memory: number, more: Partial<Shape> = {}): Shape {
  return { cpus, memory, disk: 100 * GIB_DISK, gpus: 0, ...more };
}

/** An idle node has been idle for an hour; a busy one has nothing free. */
export function node(name: string, state: PlanNodeState, more: Partial<PlanNode> & { of?: PlanFlavor } = {}): PlanNode {
  const { of = LARGE, ...rest } = more;
  const nothing = { cpus: 0, memory: 0, disk: 0, gpus: 0 };
  return {
    name,
    cloud: 'a',
    flavor: of.name,
    zone: undefined,
    state,
    free: state === 'Idle' || state === 'Starting' ? of.yields : nothing,
    total: of.yields,
    createdAt: NOW - 120 * MINUTE,
    idleSince: state === 'Idle' ? NOW - 60 * MINUTE : undefined,
    deleteFirst: false,
    doNotDisrupt: false,
    recallable: false,
    ...rest,
  };
}

export function nodes(n: number, state: PlanNodeState, more: Partial<PlanNode> & { of?: PlanFlavor } = {}): PlanNode[] {
  return Array.from({ length: n }, (_, i) => node(`${state.toLowerCase()}-${i + 1}`, state, more));
}

export function pool(more: Partial<PlanInput['pool']> = {}): PlanInput['pool'] {
  return {
    name: 'pool-a',
    minNodes: 0,
    maxNodes: 10,
    spareNodes: 0,
    replicas: undefined,
    mode: 'Active',
    allocation: 'FillFirst',
    maxBooting: 50,
    maxPerMinute: 100,
    consolidateAfter: 5 * MINUTE,
    budgets: [],
    deleting: false,
    doNotDisrupt: false,
    ...more,
  };
}

export type Situation = Partial<Omit<PlanInput, 'pool'>> & { pool?: Partial<PlanInput['pool']> };

export function situation(more: Situation = {}): PlanInput {
  return {
    now: NOW,
    demand: [],
    demandMissing: undefined,
    phantoms: [],
    nodes: [],
    clouds: [cloud('a')],
    recentCreates: [],
    roundRobin: 0,
    seed: 1,
    ...more,
    pool: pool(more.pool),
  };
}

/** The nodes that a plan makes, as they look at the next pass. */
export function booting(
  input: PlanInput,
  creates: readonly { cloud: string; flavor: string; zone?: string | undefined }[],
): PlanNode[] {
  return creates.map((create, i) => {
    const of = input.clouds.find((c) => c.name === create.cloud)?.flavors.find((f) => f.name === create.flavor);
    return node(`new-${i + 1}`, 'Starting', {
      of: of ?? LARGE,
      cloud: create.cloud,
      zone: create.zone,
      createdAt: input.now,
    });
  });
}

/** The nodes at the next pass, when what the plan says has been done: its nodes boot, and those called back are idle. */
export function afterwards(
  input: PlanInput,
  { creates, recalls, removals }: Pick<Plan, 'creates' | 'recalls' | 'removals'>,
): PlanNode[] {
  const [back, gone] = [recalls, removals].map((all) => new Set(all.map((one) => one.node)));
  const there = input.nodes.map((one): PlanNode => {
    if (back?.has(one.name)) return { ...one, state: 'Idle', recallable: false, idleSince: input.now };
    return gone?.has(one.name) ? { ...one, state: 'Leaving', idleSince: undefined } : one;
  });
  return [...there, ...booting(input, creates)];
}

/** `m1.large@a` for each create. */
export function made(plan: { creates: readonly { cloud: string; flavor: string }[] }): string[] {
  return plan.creates.map((create) => `${create.flavor}@${create.cloud}`);
}

export function removed(plan: { removals: readonly { node: string }[] }): string[] {
  return plan.removals.map((removal) => removal.node);
}
