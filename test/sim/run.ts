/**
 * `make sim`: the operator on simulated time, against the sandbox's peers, with everything going wrong. Exit code 1 when anything failed.
 *   --seeds N       runs with the seeds from --from (default 1) on; default 1000
 *   --seed S        one run, told step by step; one that fails is made as small as possible
 *   --keep NAME     with --seed or --walk: what is left of the one that fails goes to the corpus under this name
 *   --walk          every crash point, a few times each; the first run that fails is told step by step
 *   --soak          30 days (--days) with 500 nodes
 *   --jobs P        processes (default: one for each core)
 *   --report FILE   writes the summary as Markdown
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { addToCorpus, readCorpus } from './corpus.ts';
import { crashWalk } from './crash-walk.ts';
import { scenarioOf } from './generate.ts';
import { runInProcesses } from './processes.ts';
import { shrink } from './shrink.ts';
import { soak } from './soak.ts';
import { Simulation, type Outcome } from './simulation.ts';
import { Summary } from './summary.ts';
import type { Task } from './tasks.ts';
import type { Scenario } from './scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    walk: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    days: { type: 'string', default: '30' },
    jobs: { type: 'string', default: String(cpus().length) },
    report: { type: 'string' },
  },
});

/** Failures beyond this are not waited for. */
const MOST_FAILURES = 10;

const run = async (scenario: Scenario, trace = false): Promise<Outcome> =>
  await new Simulation(scenario, { trace }).run();

/** Told step by step, and made as small as possible if it fails. */
async function one(scenario: Scenario): Promise<boolean> {
  const { seed } = scenario;
  const outcome = await run(scenario, true);
  if (!outcome.violation) {
    console.log(outcome.trace.join('\n'));
    console.log(`seed ${seed}: all is well after ${Math.round(outcome.simMs / 60_000)} simulated minutes`);
    return true;
  }
  console.error(`seed ${seed} fails: ${outcome.violation.message}; making it smaller`);
  const { scenario: small, runs } = await shrink(scenario, outcome, run);
  const { trace, violation } = await run(small, true);
  console.log(JSON.stringify(small));
  console.log(trace.join('\n'));
  console.log(`seed ${seed}: ${outcome.violation.invariant}: ${outcome.violation.message}`);
  const again = isOfSeed(scenario) ? `; again: make sim SEED=${seed}` : '';
  console.log(`the shortest way to it that was found in ${runs} runs is above${again}`);
  if (values.keep !== undefined && violation)
    addToCorpus({ name: values.keep, invariant: violation.invariant, scenario: small });
  return false;
}

/** Nothing of it was chosen by others than the seed. */
function isOfSeed({ faults }: Scenario): boolean {
  return faults === undefined;
}

async function many(tasks: Task[], title: string): Promise<boolean> {
  const summary = new Summary();
  const began = performance.now();
  let told = began;
  await runInProcesses(tasks, Math.min(tasks.length, Number(values.jobs)), (result) => {
    summary.add(result);
    if (result.violation)
      console.error(`seed ${result.task.seed}: ${result.violation.invariant}: ${result.violation.message}`);
    if (performance.now() - told > 10_000) {
      told = performance.now();
      console.error(`${summary.runs} of ${tasks.length} runs, ${summary.failures.length} failed`);
    }
    return summary.failures.length < MOST_FAILURES;
  });
  const facts = summary.facts(performance.now() - began);
  console.log([title, ...facts].join('\n'));
  if (values.report !== undefined)
    writeFileSync(
      values.report,
      [`# ${title}`, facts.map((fact) => `- ${fact}`).join('\n'), summary.markdown(), ''].join('\n\n'),
    );
  const [first] = summary.failures;
  if (!first) return true;
  const { seed, scenario } = first.task;
  if (scenario === undefined) console.log(`the first that failed, step by step: make sim SEED=${seed}`);
  // it is no seed's own: nobody could run it again
  else await one(scenario);
  return false;
}

async function long(days: number): Promise<boolean> {
  const began = performance.now();
  const { violation, counts } = await soak(
    Number(values.from),
    days,
    ({ day, mostNodes, nodes, servers, jobsDone, heap, rss }) => {
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(
        `day ${day}: up to ${mostNodes} nodes, now ${nodes}; ${servers} servers; ${jobsDone} jobs done, heap ${heap} MiB, RSS ${rss} MiB (${seconds} s)`,
      );
    },
  );
  const times = [...counts.faults.values(), ...counts.happenings.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    violation ? `${violation.invariant}: ${violation.message}` : `all is well; ${times} things went wrong on the way`,
  );
  return violation === undefined;
}

async function main(): Promise<boolean> {
  if (values.seed !== undefined) return await one(scenarioOf(Number(values.seed)));
  if (values.soak) return await long(Number(values.days));
  if (values.walk) return await many(await crashWalk(Number(values.jobs)), 'A crash at every crash point');
  const [from, count] = [Number(values.from), Number(values.seeds)];
  const known = readCorpus().map(({ scenario }): Task => ({ seed: scenario.seed, scenario }));
  const fresh = Array.from({ length: count }, (_, i): Task => ({ seed: from + i }));
  return await many(
    [...known, ...fresh],
    `Seeds ${from} to ${from + count - 1}, and ${known.length} that have failed before`,
  );
}

process.exitCode = (await main()) ? 0 : 1;
