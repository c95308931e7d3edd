/** Some runs for each crash point: of every kind of call that some seeds make, a few before and after which the operator dies. */
import type { Fault } from './faults.ts';
import { scenarioOf } from './generate.ts';
import { runInProcesses } from './processes.ts';
import { Draw, randomOf } from './seeds.ts';
import type { Result, Task } from './tasks.ts';

/** So many that every kind of call occurs. */
const SEEDS = 400;
/** Seeds for each kind of call, where so many make it. */
const EACH = 5;

/** Finds the calls, and gives a task for each kind of them, before and after. */
export async function crashWalk(processes: number): Promise<Task[]> {
  const results: Result[] = [];
  const seeds = Array.from({ length: SEEDS }, (_, i): Task => ({ seed: i + 1 }));
  await runInProcesses(seeds, processes, (result) => results.push(result) > 0);
  const found = new Map<string, { result: Result; calls: number }[]>();
  // whichever process was the faster: the first seeds count
  for (const result of results.toSorted((a, b) => a.task.seed - b.task.seed))
    for (const [name, { calls }] of result.counts.sites) {
      const known = found.get(name) ?? [];
      if (known.length < EACH) found.set(name, [...known, { result, calls }]);
    }
  return [...found].flatMap(([site, runs]) =>
    runs.flatMap(({ result, calls }) =>
      (['before', 'after'] as const).map((when) => crashAt(site, when, result, calls)),
    ),
  );
}

/** The same run once more, and the operator dies at one of its `calls` calls of this kind. */
function crashAt(site: string, when: 'before' | 'after', result: Result, calls: number): Task {
  const scenario = scenarioOf(result.task.seed);
  const call = new Draw(randomOf(scenario.seed, site, when)).whole(1, calls);
  const fault: Fault = { kind: 'crash', when, restartAfterMs: 5_000 };
  const others = result.fired.filter((one) => one.site !== site || one.call !== call);
  return { seed: scenario.seed, scenario: { ...scenario, faults: [...others, { site, call, fault }] } };
}
