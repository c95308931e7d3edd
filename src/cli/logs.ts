/** `ehos logs`: what the operator says, all replicas together. */
import { Command, Option } from 'commander';
import { selectorOption, withCluster, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { duration, whole } from './options.ts';

export interface LogsOptions extends ClusterOptions {
  follow?: boolean;
  object?: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  output: 'text' | 'json';
  /** Milliseconds. */
  since?: number;
  tail: number;
  selector: string;
}

export function logsCommand(): Command {
  const command = withCluster(
    new Command('logs').description(
      "Show the log of the operator's pods, in the order of time, through the Kubernetes API.",
    ),
  )
    .addOption(new Option('-f, --follow', 'go on with what comes'))
    .addOption(new Option('--object <name>', 'only lines that name this cloud, master, pool or node'))
    .addOption(
      new Option('--level <level>', 'only lines of this level or a more serious one')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('debug'),
    )
    .addOption(new Option('-o, --output <form>', 'form of the lines').choices(['text', 'json']).default('text'))
    .addOption(new Option('--since <duration>', 'only what is no older, such as 10m').argParser(duration))
    .addOption(whole('--tail <n>', 'so many lines of each pod, before they are filtered', [1, 100_000], 1000))
    .addOption(selectorOption())
    .action(async (options: LogsOptions) => {
      const { showLogs } = await import('./logs/show.ts');
      await showLogs(options);
    });
  return withNotes(command, {
    examples: [
      ['logs --level warn', 'what went wrong'],
      ['logs --object general --since 1h', 'about one pool'],
      ['logs -f', 'as it comes'],
    ],
  });
}
