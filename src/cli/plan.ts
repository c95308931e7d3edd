/** `ehos plan`: what would be decided for the situation in a file. */
import { Command, Option } from 'commander';

export interface PlanCommandOptions {
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
    .action(async (options: PlanCommandOptions) => {
      // the check of a file by its schema takes time to load, which the operator need not wait for
      const { printPlan } = await import('./plan-print.ts');
      await printPlan(options);
    });
}
