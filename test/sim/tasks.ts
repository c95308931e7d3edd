/** Runs that are made in other processes, and what comes back of them. */
import { scenarioOf } from './generate.ts';
import type { CountsData } from './counts.ts';
import type { ListedFault } from './faults.ts';
import type { Violation } from './invariants.ts';
import type { Scenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

export interface Task {
  seed: number;
  /** Instead of that of the seed. */
  scenario?: Scenario;
}

export interface Result {
  task: Task;
  violation: (Violation & { atMs: number }) | undefined;
  simMs: number;
  cpuMs: number;
  counts: CountsData;
  /** What went wrong, in order. */
  fired: readonly ListedFault[];
}

export async function runTask(task: Task): Promise<Result> {
  const began = process.cpuUsage();
  const { violation, simMs, counts } = await new Simulation(task.scenario ?? scenarioOf(task.seed)).run();
  const { user, system } = process.cpuUsage(began);
  return { task, violation, simMs, cpuMs: (user + system) / 1000, counts: counts.data(), fired: counts.fired };
}
