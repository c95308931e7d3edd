/** How much the planner's nodes cost, compared with the least that any nodes for the same queue can cost. */
import { seededRandom } from '../../src/base/random.ts';
import { plan } from '../../src/domain/plan.ts';
import type { Demand, PlanFlavor } from '../../src/domain/plan-types.ts';
import { capacityOf, costOf, fits } from '../../src/domain/shapes.ts';
import { ExactSolver, type Exact } from './exact.ts';
import { benchCloud, benchFlavor, benchInput, GIB, GIB_DISK } from './plan-fixture.ts';
import type { Row, Section } from './table.ts';

const INSTANCES = 200;

/** An empty pool and its queue. */
export interface Instance {
  demand: Demand[];
  flavors: PlanFlavor[];
}

export interface Compared extends Exact {
  /** What the planner's nodes cost, in cores. */
  planned: number;
  /** `planned` to `cost`. */
  ratio: number;
}

/** Signature for run.ts: one section; `instances` fewer for a quick run. */
export async function packingBench(instances = INSTANCES): Promise<Section> {
  const began = performance.now();
  const all = await compare(instancesOf(instances));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  return {
    title: 'Quality of the packing',
    setting: `${instances} seeded queues of 2 to 6 shapes, 1 to 40 jobs each, 2 to 8 flavors; cost in cores, as the quota counts`,
    rows: [...rowsOf(all), { what: 'time of all', value: `${seconds} s`, how: 'nearly all of it the exact solver' }],
  };
}

async function compare(instances: readonly Instance[]): Promise<Compared[]> {
  const solver = await ExactSolver.load();
  return instances.map((instance) => {
    const exact = solver.solve(instance.demand, instance.flavors);
    const planned = plannedCost(instance);
    return { ...exact, planned, ratio: planned / exact.cost };
  });
}

function rowsOf(all: readonly Compared[]): Row[] {
  const ratios = all.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const proven = all.filter((one) => one.proven).length;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const total = (of: (one: Compared) => number): number => all.reduce((sum, one) => sum + of(one), 0);
  const optimal = ratios.filter((ratio) => ratio < 1 + 1e-6).length;
  const share = (at: number): string => (ratios[Math.floor(at * (ratios.length - 1))] ?? Number.NaN).toFixed(3);
  return [
    {
      what: 'mean cost to optimum',
      value: mean.toFixed(3),
      ...atMost(mean, 1.05),
      how: `${optimal} of ${all.length} are optimal`,
    },
    {
      what: 'worst cost to optimum',
      value: share(1),
      ...atMost(ratios.at(-1) ?? Number.NaN, 1.25),
      how: `median ${share(0.5)}, 95 % within ${share(0.95)}`,
    },
    {
      what: 'cost of all to the optimum of all',
      value: (total(({ planned }) => planned) / total(({ cost }) => cost)).toFixed(3),
      how: `${total(({ planned }) => planned).toFixed(0)} to ${total(({ cost }) => cost).toFixed(0)} cores`,
    },
    {
      what: 'optima proved',
      value: `${proven} of ${all.length}`,
      how: 'for the others the proven lower bound of the solver (HiGHS) stands in, which makes the ratio look worse than it is',
    },
  ];
}

function atMost(value: number, limit: number): { goal: string; reached: boolean } {
  return { goal: `≤ ${limit}`, reached: value <= limit };
}

function instancesOf(count: number): Instance[] {
  const random = seededRandom(20260105);
  const found: Instance[] = [];
  while (found.length < count) {
    const one = instance((from, to) => from + Math.floor(random.next() * (to - from + 1)));
    if (one.demand.length >= 2) found.push(one);
  }
  return found;
}

/** Half of the queues ask for disk, and a quarter has GPU jobs and flavors; memory runs from much less than flavors give per core to much more. */
function instance(whole: (from: number, to: number) => number): Instance {
  const withGpus = whole(0, 3) === 0;
  const withDisk = whole(0, 1) === 0;
  const flavors = Array.from({ length: whole(2, 8) }, (_, i) => {
    const cores = 2 ** whole(0, 5);
    const gpus = withGpus && cores >= 4 && whole(0, 2) === 0 ? whole(1, 2) : 0;
    const memory = cores * 2 ** whole(1, 3) * GIB;
    const disk = whole(0, 3) === 0 ? 0 : whole(2, 20) * 10 * GIB_DISK;
    return benchFlavor(`f${i}`, cores, memory, disk, gpus);
  });
  const demand = Array.from({ length: whole(2, 6) }, () => ({
    cpus: [1, 1, 1, 2, 2, 3, 4, 4, 6, 8, 12, 16][whole(0, 11)] ?? 1,
    // 512 MiB to 64 GiB, in steps to which HTCondor rounds anyway
    memory: 256 * Math.round(2 ** (1 + 7 * (whole(0, 1000) / 1000))),
    disk: withDisk ? whole(1, 40) * GIB_DISK : 1024,
    gpus: withGpus && whole(0, 2) === 0 ? 1 : 0,
    count: whole(1, 40),
  }));
  return { flavors, demand: demand.filter((group) => flavors.some((flavor) => fits(group, capacityOf(flavor)))) };
}

function plannedCost({ demand, flavors }: Instance): number {
  const { creates, limited, unsatisfiable } = plan(
    benchInput(
      'empty',
      { demand, nodes: [], clouds: [benchCloud('a', flavors, Infinity)] },
      { allocation: 'LeastWaste' },
    ),
  );
  if (limited ?? unsatisfiable[0])
    throw new Error(`not all jobs are served: ${JSON.stringify({ limited, unsatisfiable })}`);
  return creates.reduce((sum, create) => {
    const flavor = flavors.find(({ name }) => name === create.flavor);
    return sum + (flavor ? costOf(flavor) : Number.NaN);
  }, 0);
}
