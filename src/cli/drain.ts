/** `ehos drain NODE`: lets a node go, its jobs first. */
import { Argument, Command, Option } from 'commander';
import { withCluster, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { duration, objectName } from './options.ts';

export interface DrainOptions extends ClusterOptions {
  wait?: boolean;
  /** Milliseconds. */
  timeout?: number;
}

export function drainCommand(): Command {
  const command = withCluster(
    new Command('drain').description(
      'Drain nodes and delete them: they take no more jobs, running ones end first, HTCondor proves that they are idle, then their servers go.',
    ),
  )
    .addArgument(new Argument('<node...>', 'names of EhosNodes').argParser(severalNames))
    .addOption(new Option('--wait', 'until they are gone'))
    .addOption(new Option('--timeout <duration>', 'wait no longer than this, such as 90s or 1h30m').argParser(duration))
    .action(async (nodes: string[], options: DrainOptions) => {
      const { drainNodes } = await import('./nodes/drain.ts');
      await drainNodes(nodes, options);
    });
  return withNotes(command, {
    remarks:
      'A new node takes its place if the queue needs one. To end jobs that run on, see spec.disruption.terminationGracePeriod of the pool.',
    examples: [
      ['drain general-x7k2p', 'and come back at once'],
      ['drain general-x7k2p --wait --timeout 2h', 'and see it go'],
    ],
    exitCodes: [
      [0, 'asked for; with --wait: the nodes are gone'],
      [1, 'wrong options, or no such node'],
      [2, 'refused, since the node is protected or lost, or not gone in time'],
    ],
  });
}

function severalNames(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), objectName(text)];
}
