/** How long the planner takes for a large pool: it runs at every observation, so it must not be felt. */
import { seededRandom } from '../../src/base/random.ts';
import { plan } from '../../src/domain/plan.ts';
import type { PlanCloud, PlanInput, PlanNode } from '../../src/domain/plan-types.ts';

const GIB_IN_KIB = 1024 * 1024;
const RUNS = 5;

/** 100,000 jobs in 50 groups, 2,000 nodes, 8 flavors on each of 3 clouds. */
export async function planBench(): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  const situations: [string, PlanInput][] = [
    ['plan, 100k jobs, 2000 nodes, nothing free', benchInput('Busy')],
    ['plan, 100k jobs, 2000 nodes, half idle', benchInput('Mixed')],
    ['plan, no jobs, 2000 idle nodes', { ...benchInput('Mixed'), demand: [] }],
  ];
  for (const [name, input] of situations) {
    const times: number[] = [];
    let creates = 0;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      creates = plan(input).creates.length;
      times.push(performance.now() - start);
      await new Promise((resolve) => setImmediate(resolve));
    }
    times.sort((a, b) => a - b);
    results[name] =
      `${(times[Math.floor(RUNS / 2)] ?? 0).toFixed(1)} ms (worst ${(times.at(-1) ?? 0).toFixed(1)}), ${creates} creates`;
  }
  return results;
}

function benchInput(kind: 'Busy' | 'Mixed'): PlanInput {
  const random = seededRandom(2026);
  const whole = (from: number, to: number): number => from + Math.floor(random.next() * (to - from + 1));
  const clouds = ['cloud-a', 'cloud-b', 'cloud-c'].map((name) => benchCloud(name));
  const nodes = Array.from({ length: 2000 }, (_, n): PlanNode => {
    const flavor = clouds[n % 3]?.flavors[whole(2, 6)];
    const total = flavor?.yields ?? { cpus: 4, memory: 8192, disk: GIB_IN_KIB, gpus: 0 };
    const idle = kind === 'Mixed' && n % 2 === 0;
    const used = idle ? 0 : whole(0, total.cpus);
    return {
      name: `node-${n}`,
      cloud: `cloud-${'abc'[n % 3] ?? 'a'}`,
      flavor: flavor?.name ?? '',
      state: idle ? 'Idle' : 'Busy',
      free: {
        ...total,
        cpus: total.cpus - used,
        memory: Math.floor((total.memory * (total.cpus - used)) / total.cpus),
      },
      total,
      createdAt: n,
      idleSince: idle ? n : undefined,
      deleteFirst: false,
      doNotDisrupt: false,
    };
  });
  const demand = Array.from({ length: 50 }, () => ({
    cpus: whole(1, 16),
    memory: whole(1, 128) * 256,
    disk: whole(1, 10) * GIB_IN_KIB,
    gpus: 0,
    count: 2000,
  }));
  return {
    now: 10_000_000,
    pool: {
      name: 'bench',
      minNodes: 0,
      maxNodes: 10_000,
      spareNodes: 0,
      replicas: undefined,
      mode: 'Active',
      allocation: 'RoundRobin',
      maxBooting: 1000,
      maxPerMinute: 1000,
      consolidateAfter: 300_000,
      deleting: false,
      doNotDisrupt: false,
    },
    demand,
    demandMissing: undefined,
    nodes,
    clouds,
    recentCreates: [],
    roundRobin: 0,
    random: () => random.next(),
  };
}

function benchCloud(name: string): PlanCloud {
  const flavors = [1, 2, 4, 8, 16, 32, 64, 96].map((cores) => {
    const memory = cores * 4096;
    const disk = 200 * GIB_IN_KIB;
    const yields = { cpus: cores, memory: Math.floor(memory * 0.95), disk, gpus: 0 };
    return { id: `c${cores}`, name: `c${cores}.general`, cores, memory, disk, gpus: 0, yields };
  });
  const headroom = { instances: 5000, cores: 100_000, memory: 400_000_000 };
  return { name, weight: 50, unavailable: undefined, flavors, unknownFlavors: [], headroom, cooldowns: new Map() };
}
