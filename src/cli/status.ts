/** `ehos status`: queue, pools, clouds, and why, at a glance. */
import { Command, Option } from 'commander';
import { EhosError } from '../base/errors.ts';
import { selectorOption, withNamespaces, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { httpUrl, whole } from './options.ts';
import { outputOption, type OutputForm } from './output.ts';

export interface StatusOptions extends ClusterOptions {
  output: OutputForm;
  url?: string;
  selector: string;
  watch?: boolean;
  /** Seconds. */
  interval: number;
}

export function statusCommand(): Command {
  const command = withNamespaces(
    new Command('status').description('Show queue, pools and clouds, why it is so, and a picture of the last hour.'),
  )
    .addOption(outputOption())
    .addOption(new Option('-w, --watch', 'show it again and again, until interrupted'))
    .addOption(whole('--interval <seconds>', 'between two looks of a watch', [1, 3600], 5))
    .addOption(
      new Option(
        '--url <url>',
        "the operator's own address, for the picture (default: through the Kubernetes API)",
      ).argParser(httpUrl),
    )
    .addOption(selectorOption())
    .action(async (options: StatusOptions) => {
      if (options.watch === true && options.output !== 'table')
        throw new EhosError('Invalid', '--watch: only with -o table; for programs ask again, or kubectl get --watch', {
          field: 'watch',
        });
      const { showStatus } = await import('./status/show.ts');
      await showStatus(options);
    });
  return withNotes(command, {
    examples: [
      ['status', 'this namespace'],
      ['status -A -w', 'all namespaces, again and again'],
      ['status -o json', 'for programs'],
    ],
  });
}
