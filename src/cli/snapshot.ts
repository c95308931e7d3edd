/** `ehos snapshot`: a file of what the live operator would plan from. */
import { Command, Option } from 'commander';
import { kubeconfigOption, selectorOption, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { httpUrl, namespace } from './options.ts';

export interface SnapshotOptions extends ClusterOptions {
  url?: string;
  output?: string;
  selector: string;
}

export function snapshotCommand(): Command {
  const command = new Command('snapshot')
    .description(
      'Take a snapshot from the running operator, free of secrets: for bug reports, replay and what-if plans.',
    )
    .addOption(kubeconfigOption())
    .addOption(
      new Option('-n, --namespace <name>', 'of this namespace; needed when pools are in several').argParser(namespace),
    )
    .addOption(
      new Option('-o, --output <file>', 'write this file, as JSON if it ends in .json (default: standard output)'),
    )
    .addOption(
      new Option(
        '--url <url>',
        "the operator's own address for admins (default: through the Kubernetes API, to the pod that leads)",
      ).argParser(httpUrl),
    )
    .addOption(selectorOption())
    .action(async (options: SnapshotOptions) => {
      const { takeSnapshot } = await import('./snapshot/take.ts');
      await takeSnapshot(options);
    });
  return withNotes(command, {
    remarks:
      'An operator that runs in no pod is asked at its own address, http://127.0.0.1:8081 unless --admin-port says otherwise.',
    examples: [
      ['snapshot -o now.yaml', 'into a file, for a bug report'],
      ['snapshot | ehos plan -f -', 'what would be done now'],
      ['snapshot --url http://127.0.0.1:8081', 'of an operator that runs on this machine'],
    ],
  });
}
