/** One run for each crash point: everything that calm and stormy seeds call, with the operator dying just there. */
import type { Fault, ListedFault } from './faults.ts';
import { scenarioOf } from './generate.ts';
import { Simulation } from './simulation.ts';
import type { Scenario } from './scenario.ts';
import type { Task } from './tasks.ts';
import { Draw, randomOf } from './seeds.ts';

/** Seeds enough that every kind of call occurs. */
const SEEDS = 120;

/** Finds the calls of some seeds, and gives a task for each kind of call, before and after. */
export async function crashWalk(): Promise<Task[]> {
  const found = new Map<string, { scenario: Scenario; fired: readonly ListedFault[]; calls: number }>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scenario = scenarioOf(seed);
    const { counts } = await new Simulation(scenario).run();
    for (const [name, { calls }] of counts.sites)
      if (!found.has(name)) found.set(name, { scenario, fired: counts.fired, calls });
  }
  return [...found].flatMap(([site, { scenario, fired, calls }]) =>
    (['before', 'after'] as const).map((when): Task => {
      const call = new Draw(randomOf(scenario.seed, site, when)).whole(1, calls);
      const fault: Fault = { kind: 'crash', when, restartAfterMs: 5_000 };
      const others = fired.filter((one) => one.site !== site || one.call !== call);
      return { seed: scenario.seed, scenario: { ...scenario, faults: [...others, { site, call, fault }] } };
    }),
  );
}
