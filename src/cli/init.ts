/** `ehos init`: writes the first set of files. */
import { Command, Option } from 'commander';
import { withNotes } from './help.ts';
import { whole } from './options.ts';
import { withSetup, type SetupOptions } from './setup-options.ts';

export interface InitOptions extends SetupOptions {
  cloudsYaml?: string;
  openrc?: string;
  cloud?: string;
  cacert?: string;
  image?: string;
  network?: string;
  securityGroup?: string[];
  keyName?: string;
  flavor?: string[];
  pool: string;
  maxNodes: number;
}

export function initCommand(): Command {
  const command = withSetup(
    new Command('init').description(
      'Write Secrets, cloud, master and pool as YAML, from a clouds.yaml or OpenRC file and the address of a master. It asks for what no flag says, and applies nothing.',
    ),
  )
    .addOption(new Option('--clouds-yaml <file>', 'how to log in to OpenStack').conflicts('openrc'))
    .addOption(
      new Option(
        '--openrc <file>',
        'the same from an OpenRC file; its password is asked for, or taken from OS_PASSWORD',
      ),
    )
    .addOption(new Option('--cloud <name>', 'which entry of the clouds.yaml, or a name for the one of the OpenRC file'))
    .addOption(new Option('--cacert <file>', "certificate of the cloud's own authority, PEM"))
    .addOption(new Option('--image <name>', 'image of the nodes: with HTCondor 23 or newer and cloud-init'))
    .addOption(new Option('--network <name>', 'network of the nodes'))
    .addOption(new Option('--security-group <name...>', 'security groups of the nodes'))
    .addOption(new Option('--key-name <name>', 'key pair of the nodes, for logins of yours'))
    .addOption(new Option('--flavor <name...>', 'flavors of the nodes'))
    .addOption(new Option('--pool <name>', 'name of the pool').default('general'))
    .addOption(whole('--max-nodes <n>', 'most nodes of the pool', [1, 10_000], 10))
    .action(async (options: InitOptions) => {
      const { runInit } = await import('./init/run.ts');
      await runInit(options);
    });
  return withNotes(command, {
    remarks: 'The pool begins in mode Observe: it says what it would do, and does nothing.',
    examples: [
      ['init', 'asks for everything'],
      [
        'init --clouds-yaml clouds.yaml --cloud east --master condor.example.org --private-key id_ed25519\n--image ehos-worker --network private --flavor m1.small m1.large --fingerprint SHA256:...',
        'asks nothing',
      ],
      ['check -f ehos/', 'what to do next'],
    ],
  });
}
