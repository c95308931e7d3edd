/** The plan of a snapshot file, as `ehos plan` prints it. */
import { systemClock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { oneLine } from '../base/text.ts';
import { readSnapshot } from '../snapshot/read.ts';
import { nearestWords } from '../snapshot/problems.ts';
import { readInput } from './input.ts';
import { rendered } from './output.ts';
import { planReport } from './plan-report.ts';
import { planText } from './plan-text.ts';
import type { PlanCommandOptions } from './plan.ts';

/** Exit code for a file that is refused. */
const BAD_INPUT = 2;

/** Prints the plan of the file, or why there is none. */
export async function printPlan({ file, output, pool }: PlanCommandOptions): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  let text: string;
  try {
    text = await readInput(file);
  } catch (error) {
    if (!(error instanceof EhosError)) throw error;
    refuse(messageOf(error), []);
    return;
  }
  const read = readSnapshot(text, systemClock.now());
  if ('problems' in read) {
    refuse(`${name}: the snapshot is refused`, read.problems);
    return;
  }
  const report = planReport(read.snapshot);
  if (pool === undefined) process.stdout.write(rendered(output, report, planText));
  else {
    const found = report.pools.filter(({ name }) => name === pool);
    const names = report.pools.map(({ name }) => name);
    if (found.length === 0) refuse(`--pool: ${name} has no pool "${pool}"${nearestWords(pool, names)}`, []);
    else process.stdout.write(rendered(output, { ...report, pools: found }, planText));
  }
}

function refuse(message: string, problems: readonly string[]): void {
  const list = problems.map((problem) => `\n  ${oneLine(problem)}`).join('');
  process.stderr.write(`ehos: ${oneLine(message)}${list === '' ? '' : ':'}${list}\n`);
  process.exitCode = BAD_INPUT;
}
