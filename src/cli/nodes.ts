/** `ehos nodes [POOL]`: the nodes, and how each of them is. */
import { Argument, Command } from 'commander';
import { withNamespaces, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { objectName } from './options.ts';
import { outputOption, type OutputForm } from './output.ts';

export interface NodesOptions extends ClusterOptions {
  output: OutputForm;
}

export function nodesCommand(): Command {
  const command = withNamespaces(
    new Command('nodes').description(
      'List nodes with their phase, the states of server and startd, age, cloud, flavor, work and fault.',
    ),
  )
    .addArgument(new Argument('[pool]', 'only those of this EhosNodePool').argParser(objectName))
    .addOption(outputOption())
    .action(async (pool: string | undefined, options: NodesOptions) => {
      const { showNodes } = await import('./nodes/show.ts');
      await showNodes(pool, options);
    });
  return withNotes(command, {
    examples: [
      ['nodes', 'all of this namespace'],
      ['nodes general', 'of one pool'],
      ['nodes -A -o json', 'of all namespaces, for programs'],
    ],
  });
}
