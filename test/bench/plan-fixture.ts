/** Large situations for the planner: pools with long mixed queues and many nodes, on clouds that they share. Seeded: always the same. */
import { seededRandom } from '../../src/base/random.ts';
import { UNLIMITED } from '../../src/domain/amounts.ts';
import type { Demand, PlanCloud, PlanFlavor, PlanInput, PlanNode, PlanPool } from '../../src/domain/plan-types.ts';

export const GIB = 1024;
export const GIB_DISK = 1024 * 1024;

export interface FleetSize {
  pools: number;
  /** Of each pool. */
  shapes: number;
  /** Of each shape. */
  jobs: number;
  /** Of each pool: eight of ten busy, one idle, one booting. */
  nodes: number;
  clouds: number;
  /** Nodes that each pool may add. */
  room: number;
  /** What is left of the quota of each cloud. */
  cores: number;
}

type Whole = (from: number, to: number) => number;

/** One input for each pool; the clouds are the same for all. */
export function benchFleet(size: FleetSize): PlanInput[] {
  const clouds = Array.from({ length: size.clouds }, (_, i) => benchCloud(`cloud-${i}`, benchFlavors(), size.cores));
  return Array.from({ length: size.pools }, (_, p) => benchPool(p, size, clouds));
}

export function benchInput(
  name: string,
  more: Pick<PlanInput, 'demand' | 'nodes' | 'clouds'>,
  pool: Partial<PlanPool>,
): PlanInput {
  return {
    now: 10_000_000,
    pool: {
      name,
      minNodes: 0,
      maxNodes: 10_000,
      spareNodes: 0,
      replicas: undefined,
      mode: 'Active',
      allocation: 'RoundRobin',
      maxBooting: 1_000,
      maxPerMinute: 10_000,
      consolidateAfter: 300_000,
      budgets: ['100%'],
      deleting: false,
      doNotDisrupt: false,
      ...pool,
    },
    demandMissing: undefined,
    phantoms: [],
    recentCreates: [],
    roundRobin: 0,
    seed: 1,
    ...more,
  };
}

export function benchCloud(name: string, flavors: PlanFlavor[], cores: number): PlanCloud {
  return {
    name,
    weight: 50,
    unavailable: undefined,
    flavors,
    unknownFlavors: [],
    zones: [],
    headroom: { ...UNLIMITED, cores },
    ceilings: {},
    usage: {},
    rootVolumeGiB: undefined,
    groupRoom: Infinity,
    rests: new Map(),
  };
}

/** Nodes give less memory and disk to jobs than the flavor says. */
export function benchFlavor(name: string, cores: number, memory: number, disk: number, gpus: number): PlanFlavor {
  const yields = { cpus: cores, memory: Math.floor(memory * 0.95), disk: Math.floor(disk * 0.9), gpus };
  return { id: name, name, cores, memory, disk, gpus, yields, learned: true, unfit: undefined, bootTime: undefined };
}

/** Twenty: general, for computing, for memory, and with GPUs. */
function benchFlavors(): PlanFlavor[] {
  const family = (name: string, sizes: number[], perCore: number, coresPerGpu = Infinity): PlanFlavor[] =>
    sizes.map((cores) =>
      benchFlavor(
        `${name}.${cores}`,
        cores,
        cores * perCore * GIB,
        (20 + 10 * cores) * GIB_DISK,
        Math.floor(cores / coresPerGpu),
      ),
    );
  return [
    ...family('general', [1, 2, 4, 8, 16, 32, 64], 4),
    ...family('compute', [2, 4, 8, 16, 32], 2),
    ...family('memory', [2, 4, 8, 16, 32], 8),
    ...family('gpu', [8, 16, 32], 4, 8),
  ];
}

function benchPool(p: number, size: FleetSize, clouds: PlanCloud[]): PlanInput {
  const random = seededRandom(2026 + p);
  const whole: Whole = (from, to) => from + Math.floor(random.next() * (to - from + 1));
  const demand = benchDemand(size, whole);
  const nodes = Array.from({ length: size.nodes }, (_, n) => benchNode(`pool-${p}-${n}`, n, clouds, whole));
  return benchInput(`pool-${p}`, { demand, nodes, clouds }, { maxNodes: size.nodes + size.room });
}

function benchDemand({ shapes, jobs }: FleetSize, whole: Whole): Demand[] {
  const found = new Map<string, Demand>();
  while (found.size < shapes) {
    const cpus = [1, 1, 1, 1, 2, 2, 2, 4, 4, 8, 16][whole(0, 10)] ?? 1;
    const memory = Math.min(60 * GIB, cpus * whole(1, 16) * 512);
    const disk = whole(1, 20) * GIB_DISK;
    const gpus = cpus >= 2 && whole(0, 19) === 0 ? 1 : 0;
    found.set([cpus, memory, disk, gpus].join('/'), { cpus, memory, disk, gpus, count: jobs });
  }
  return [...found.values()];
}

/** What is free on a busy node is never the same twice. */
function benchNode(name: string, n: number, clouds: PlanCloud[], whole: Whole): PlanNode {
  const cloud = clouds[n % clouds.length];
  const flavor = cloud?.flavors[whole(2, cloud.flavors.length - 1)];
  if (!cloud || !flavor) throw new Error('a fleet needs clouds with more than two flavors');
  const { yields: total } = flavor;
  const state = n % 10 === 0 ? 'Idle' : n % 10 === 1 ? 'Starting' : 'Busy';
  const used = {
    cpus: total.cpus - whole(1, total.cpus),
    memory: Math.floor((total.memory * whole(0, 80)) / 100),
    disk: Math.floor((total.disk * whole(0, 80)) / 100),
    gpus: 0,
  };
  return {
    name,
    cloud: cloud.name,
    flavor: flavor.name,
    zone: undefined,
    state,
    free: state === 'Busy' ? used : total,
    total,
    createdAt: n,
    idleSince: state === 'Idle' ? n : undefined,
    deleteFirst: false,
    doNotDisrupt: false,
    recallable: false,
  };
}
