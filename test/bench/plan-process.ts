/** Measures the planner, alone in its process, and prints the sections as JSON: see plan.bench.ts. */
import { planFleet } from '../../src/domain/fleet.ts';
import { PlanMemo } from '../../src/domain/memo.ts';
import type { Plan, PlanInput } from '../../src/domain/plan-types.ts';
import { benchFleet, type FleetSize } from './plan-fixture.ts';
import { below, median, type Row, type Section } from './table.ts';

const RUNS = 24;
/** What a plan from nothing may take, and one after a look that changed little, ms. */
const WHOLE = 100;
const AGAIN = 10;
/** Between two looks at a queue, ms. */
const INTERVAL = 15_000;

/** 1,000,000 jobs in 1,000 shapes, 10,000 nodes, 20 flavors on each of 5 clouds, 10 pools. */
const FLEET: FleetSize = { pools: 10, shapes: 100, jobs: 1000, nodes: 1000, clouds: 5, room: 2000, cores: 1_000_000 };
const SETTING = '10 pools with 100 shapes of jobs each, 5 clouds that they share with 20 flavors each, RoundRobin';

const sections: Section[] = [
  {
    title: 'One plan for all pools',
    setting: `${SETTING}; 1,000,000 jobs, 10,000 nodes, each pool may add 2,000`,
    rows: [
      whole('from nothing', benchFleet(FLEET), true),
      again('again, with one job more', benchFleet(FLEET), true),
      whole('from nothing, the quota is too small for all', benchFleet({ ...FLEET, cores: 20_000 }), false),
      again('again, the quota is too small for all', benchFleet({ ...FLEET, cores: 20_000 }), false),
      whole('nothing queued', withoutJobs(benchFleet(FLEET)), false),
    ],
  },
  {
    title: 'One plan for all pools, by length of the queue',
    setting: `${SETTING}; 10,000 nodes, each pool may add 2,000`,
    rows: [10_000, 100_000, 1_000_000].map((jobs) =>
      whole(`${jobs.toLocaleString('en')} jobs`, benchFleet({ ...FLEET, jobs: jobs / 1000 }), false),
    ),
  },
  {
    title: 'One plan for all pools, by number of nodes',
    setting: `${SETTING}; 1,000,000 jobs, each pool may add 2,000`,
    rows: [100, 1_000, 10_000].map((nodes) =>
      whole(`${nodes.toLocaleString('en')} nodes`, benchFleet({ ...FLEET, nodes: nodes / 10 }), false),
    ),
  },
];
console.log(JSON.stringify(sections));

function withoutJobs(inputs: PlanInput[]): PlanInput[] {
  return inputs.map((input) => ({ ...input, demand: [] }));
}

/** Nothing is remembered between two runs. */
function whole(what: string, inputs: PlanInput[], isGoal: boolean): Row {
  const { times, plans } = timed(() => planFleet(inputs, new PlanMemo()));
  return row(what, times, plans, isGoal ? WHOLE : undefined);
}

/** Each time a job is added to one pool, time has passed, and everything was read anew: no object is the one of before. */
function again(what: string, inputs: PlanInput[], isGoal: boolean): Row {
  const memo = new PlanMemo();
  planFleet(inputs, memo);
  const looks = Array.from({ length: RUNS }, (_, run) =>
    structuredClone(inputs).map((input, pool): PlanInput => {
      const grown = input.demand?.map((group, i) => (i === 5 ? { ...group, count: group.count + run + 1 } : group));
      return { ...input, now: input.now + (run + 1) * INTERVAL, demand: pool === 3 ? grown : input.demand };
    }),
  );
  const { times, plans } = timed((run) => planFleet(looks[run] ?? inputs, memo));
  return row(what, times, plans, isGoal ? AGAIN : undefined);
}

function timed(task: (run: number) => Plan[]): { times: number[]; plans: Plan[] } {
  const times: number[] = [];
  let plans: Plan[] = [];
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    plans = task(run);
    times.push(performance.now() - began);
  }
  return { times, plans };
}

/** The operator plans all day: what counts is the code after it was compiled. */
function row(what: string, times: readonly number[], plans: readonly Plan[], limit: number | undefined): Row {
  const warm = times.slice(RUNS / 2);
  const middle = median([...warm]);
  const creates = plans.reduce((sum, { creates: all }) => sum + all.length, 0);
  const range = `least ${Math.min(...warm).toFixed(1)} ms, most ${Math.max(...warm).toFixed(1)} ms`;
  return {
    what,
    value: `${middle.toFixed(1)} ms`,
    ...(limit === undefined ? {} : below(middle, limit, `${limit} ms`)),
    how: `median of ${warm.length}, ${range}, the very first ${(times[0] ?? Number.NaN).toFixed(0)} ms; creates ${creates} nodes`,
  };
}
