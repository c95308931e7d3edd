/** Makes a failing scenario smaller: fewer faults, fewer happenings, fewer jobs, a smaller world, an earlier end; as long as it fails in the same way. */
import type { Violation } from './invariants.ts';
import type { Batch, PoolPlan, Scenario } from './scenario.ts';
import type { Outcome } from './simulation.ts';

export type Run = (scenario: Scenario) => Promise<Outcome>;

export interface Shrunk {
  scenario: Scenario;
  runs: number;
}

interface Budget {
  runs: number;
}

/** Runs that one failure is worth. */
const MOST_RUNS = 200;
/** The storm ends so long after the failure, ms. */
const AFTER = 1_000;

/** `failed` is the outcome of `scenario`. */
export async function shrink(scenario: Scenario, failed: Outcome, run: Run, mostRuns = MOST_RUNS): Promise<Shrunk> {
  const invariant = failed.violation?.invariant;
  if (invariant === undefined) throw new Error('only what fails can be made smaller');
  const budget: Budget = { runs: mostRuns };
  const fails = (candidate: Scenario): Promise<boolean> => failsAs(candidate, invariant, run, budget);
  const listed = { ...scenario, faults: failed.counts.fired };
  // the faults may be what does not matter at all
  let best: Scenario = (await fails({ ...listed, faults: [] })) ? { ...listed, faults: [] } : listed;
  for (let before = ''; before !== JSON.stringify(best) && budget.runs > 0;) {
    before = JSON.stringify(best);
    best = await withFewer(best, 'faults', fails);
    best = await withFewer(best, 'happenings', fails);
    best = await withFewer(best, 'jobs', fails);
    for (const simpler of simplerOnes(best)) {
      const plainer = simpler(best);
      if (plainer.pools.length > 0 && (await fails(plainer))) best = plainer;
    }
  }
  return { scenario: best, runs: mostRuns - budget.runs };
}

async function failsAs(
  candidate: Scenario,
  invariant: Violation['invariant'],
  run: Run,
  budget: Budget,
): Promise<boolean> {
  if (budget.runs <= 0) return false;
  budget.runs--;
  return (await run(candidate)).violation?.invariant === invariant;
}

type Lists = 'faults' | 'happenings' | 'jobs';

/** Takes away halves, then quarters, down to single ones (Zeller's delta debugging without its complements). */
async function withFewer(
  scenario: Scenario,
  key: Lists,
  fails: (candidate: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  let best = scenario;
  let size = Math.ceil((scenario[key]?.length ?? 0) / 2);
  while (size >= 1) {
    for (let from = 0; from < (best[key]?.length ?? 0);) {
      const fewer = { ...best, [key]: (best[key] ?? []).toSpliced(from, size) };
      if (await fails(fewer)) best = fewer;
      else from += size;
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return best;
}

const PLAIN: Partial<PoolPlan> = {
  minNodes: 0,
  spareNodes: 0,
  allocation: 'FillFirst',
  rootVolume: false,
  floatingIp: false,
};

/** Ways to make it plainer; each is tried by itself. */
function simplerOnes(scenario: Scenario): ((scenario: Scenario) => Scenario)[] {
  const eachPool =
    (plain: Partial<PoolPlan>) =>
    (one: Scenario): Scenario => ({ ...one, pools: one.pools.map((pool) => ({ ...pool, ...plain })) });
  const eachBatch =
    (change: (batch: Batch) => Batch) =>
    (one: Scenario): Scenario => ({ ...one, jobs: one.jobs.map(change) });
  const ways: ((scenario: Scenario) => Scenario)[] = [
    ...Object.entries(PLAIN).map(([key, value]) => eachPool({ [key]: value })),
    eachBatch((batch) => ({ ...batch, count: Math.ceil(batch.count / 2) })),
    (one) => ({ ...one, pools: one.pools.map((pool) => without(pool, 'extras')) }),
    (one) => without(one, 'credentials'),
    (one) => ({ ...one, foreignStartds: 0 }),
    (one) => ({ ...one, clouds: one.clouds.map((cloud) => ({ ...cloud, foreign: 0, limitCores: undefined })) }),
    (one) => ({ ...one, teardown: one.teardown.map((step) => ({ ...step, afterMs: 0 })) }),
    (one) => ({ ...one, stormMs: Math.max(0, ...lastOf(one)) + AFTER }),
  ];
  const [first] = scenario.clouds;
  if (first && scenario.clouds.length > 1)
    ways.push((one) => ({
      ...one,
      clouds: [first],
      pools: one.pools.map((pool) => ({ ...pool, clouds: [first.name] })),
    }));
  if (scenario.pools.length > 1)
    for (const { name } of scenario.pools)
      ways.push((one) => ({ ...one, pools: one.pools.filter((pool) => pool.name === name) }));
  return ways;
}

/** When the last thing of a scenario begins or ends. */
function lastOf({ happenings, jobs }: Scenario): number[] {
  return [
    ...happenings.map((happening) => happening.at + ('forMs' in happening ? happening.forMs : 0)),
    ...jobs.map(({ at }) => at),
  ];
}

function without<T extends object>(object: T, optional: string): T {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== optional)) as T;
}
