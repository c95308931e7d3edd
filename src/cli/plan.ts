/** `ehos plan`: what would be decided for the situation in a file. */
import { Command, Option } from 'commander';
import { withNotes } from './help.ts';
import { outputOption, type OutputForm } from './output.ts';

export interface PlanCommandOptions {
  file: string;
  output: OutputForm;
  pool?: string;
}

export function planCommand(): Command {
  const command = new Command('plan')
    .description('Show the plan, and its reasons, for the situation that a snapshot file holds. It touches nothing.')
    .addOption(new Option('-f, --file <file>', 'the snapshot, YAML or JSON; - is standard input').makeOptionMandatory())
    .addOption(outputOption())
    .addOption(new Option('--pool <name>', 'show the plan of this pool only; all are planned'))
    .action(async (options: PlanCommandOptions) => {
      // the check of a file by its schema takes time to load, which the operator need not wait for
      const { printPlan } = await import('./plan-print.ts');
      await printPlan(options);
    });
  return withNotes(command, {
    examples: [
      ['plan -f now.yaml', 'the plan of every pool in the file'],
      ['plan -f now.yaml --pool general -o json', 'of one pool, for programs'],
      ['snapshot | ehos plan -f -', 'what would be done now'],
    ],
    exitCodes: [
      [0, 'planned; also when the plan is to do nothing'],
      [1, 'wrong options'],
      [2, 'the file is refused, and standard error says why'],
    ],
  });
}
