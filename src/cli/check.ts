/** `ehos check`: does everything fit together, before anything is made? */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EhosError } from '../base/errors.ts';
import { withNamespaces, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';
import { outputOption, type OutputForm } from './output.ts';

export interface CheckOptions extends ClusterOptions {
  file?: string[];
  output: OutputForm;
  /** False: leave Kubernetes out. */
  kubernetes: boolean;
  operatorAccount?: string;
  strict: boolean;
}

export function checkCommand(): Command {
  const command = withNamespaces(
    new Command('check').description(
      'Check Kubernetes, Secrets, clouds, images, flavors, networks, SSH and HTCondor, and say the remedy for each failure. It changes nothing, and shows no secret.',
    ),
  )
    .addOption(
      new Option(
        '-f, --file <file...>',
        'check what these files will make (YAML, folders, - for standard input), before it is applied',
      ),
    )
    .addOption(outputOption())
    .addOption(
      new Option(
        '--operator-account <namespace/name>',
        'service account of the operator (default: that of its pods)',
      ).argParser(account),
    )
    .addOption(new Option('--no-kubernetes', 'ask no Kubernetes API: only the files, clouds and masters'))
    .addOption(new Option('--strict', 'warnings fail, too').default(false))
    .action(async (options: CheckOptions) => {
      if (!options.kubernetes && options.file === undefined)
        throw new EhosError('Invalid', '--no-kubernetes: give the files to check with -f', { field: 'file' });
      const { runCheck } = await import('./check/run.ts');
      await runCheck(options);
    });
  return withNotes(command, {
    examples: [
      ['check', 'everything that is applied in this namespace'],
      ['check -f ehos/', 'everything in a folder, before it is applied'],
      ['check -f ehos/ --no-kubernetes', 'only cloud and master'],
      ['check -A -o json', 'all namespaces, for programs'],
    ],
    exitCodes: [
      [0, 'nothing failed; there may be warnings, unless --strict is given'],
      [1, 'it could not be checked: wrong options, or a file that cannot be read'],
      [2, 'something failed'],
    ],
  });
}

function account(text: string): string {
  if (/^[a-z0-9-]+\/[a-z0-9.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a namespace and a name, such as ehos-system/ehos-operator.');
}
