/** `ehos why POOL`: everything that explains what a pool does or does not do. */
import { Argument, Command } from 'commander';
import { withCluster, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { objectName } from './options.ts';
import { outputOption, type OutputForm } from './output.ts';

export interface WhyOptions extends ClusterOptions {
  output: OutputForm;
}

export function whyCommand(): Command {
  const command = withCluster(
    new Command('why').description(
      'Explain a pool: its last decision, what limits it, jobs that no node helps, conditions, changes and events.',
    ),
  )
    .addArgument(new Argument('<pool>', 'name of the EhosNodePool').argParser(objectName))
    .addOption(outputOption())
    .action(async (pool: string, options: WhyOptions) => {
      const { showWhy } = await import('./why/show.ts');
      await showWhy(pool, options);
    });
  return withNotes(command, {
    examples: [
      ['why general', 'in words'],
      ['why general -n science -o yaml', 'for programs'],
    ],
  });
}
