/** `ehos plan`: what would be decided for the situation in a file. */
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { systemClock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { readSnapshot } from '../snapshot/read.ts';
import { nearestWords } from '../snapshot/problems.ts';
import { readInput } from './input.ts';
import { planReport, type PlanReport } from './plan-report.ts';
import { planText } from './plan-text.ts';

/** Exit code for a file that is refused. */
const BAD_INPUT = 2;

interface PlanCommandOptions {
  file: string;
  output: 'table' | 'json' | 'yaml';
  pool?: string;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('Show the plan, and its reasons, for the situation that a snapshot file holds. It touches nothing.')
    .addOption(new Option('-f, --file <file>', 'the snapshot, YAML or JSON; - is standard input').makeOptionMandatory())
    .addOption(
      new Option('-o, --output <form>', 'form of the answer').choices(['table', 'json', 'yaml']).default('table'),
    )
    .addOption(new Option('--pool <name>', 'show the plan of this pool only; all are planned'))
    .addHelpText(
      'after',
      '\nExit codes: 0 planned; 1 wrong options; 2 the file is refused, and standard error says why.',
    )
    .action(async (options: PlanCommandOptions) => await runPlan(options));
}

async function runPlan({ file, output, pool }: PlanCommandOptions): Promise<void> {
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
  if (pool === undefined) process.stdout.write(FORMS[output](report));
  else {
    const found = report.pools.filter(({ name }) => name === pool);
    const names = report.pools.map(({ name }) => name);
    if (found.length === 0) refuse(`--pool: ${name} has no pool "${pool}"${nearestWords(pool, names)}`, []);
    else process.stdout.write(FORMS[output]({ ...report, pools: found }));
  }
}

const FORMS: Record<PlanCommandOptions['output'], (report: PlanReport) => string> = {
  table: planText,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  yaml: (report) => stringify(report, { lineWidth: 0, aliasDuplicateObjects: false }),
};

function refuse(message: string, problems: readonly string[]): void {
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  process.stderr.write(`ehos: ${message}${list === '' ? '' : ':'}${list}\n`);
  process.exitCode = BAD_INPUT;
}
