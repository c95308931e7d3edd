/** `ehos protect NODE|POOL`: nothing of it is removed while it is protected. */
import { Argument, Command, Option } from 'commander';
import { withCluster, type ClusterOptions } from './cluster.ts';
import { withNotes } from './help.ts';

export interface ProtectOptions extends ClusterOptions {
  off?: boolean;
}

export function protectCommand(): Command {
  const command = withCluster(
    new Command('protect').description(
      'Protect a node, or all nodes of a pool, from being removed by scaling, by setting the annotation ehos.io/do-not-disrupt.',
    ),
  )
    .addArgument(new Argument('<name>', 'of an EhosNode or EhosNodePool; node/NAME or pool/NAME where both have it'))
    .addOption(new Option('--off', 'end the protection'))
    .action(async (name: string, options: ProtectOptions) => {
      const { protect } = await import('./nodes/protect.ts');
      await protect(name, options);
    });
  return withNotes(command, {
    examples: [
      ['protect general-x7k2p', 'one node'],
      ['protect pool/general', 'all nodes of a pool'],
      ['protect pool/general --off', 'no longer'],
    ],
  });
}
