/** `ehos demo`: the whole loop on one machine. */
import { Command } from 'commander';
import { EhosError } from '../base/errors.ts';
import { withNotes } from './help.ts';
import { whole } from './options.ts';

interface DemoCommandOptions {
  keep?: boolean;
  seed: number;
  jobs: number;
  port: number;
  verbose?: boolean;
}

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Show the whole loop on this machine, against the embedded sandbox (no real cloud, no real HTCondor).')
    .option('--keep', 'stay up afterwards, and print the KUBECONFIG to use')
    .addOption(whole('--seed <n>', 'seed of everything random', [0, 2 ** 31], 1))
    .addOption(whole('--jobs <n>', 'jobs to queue', [1, 100_000], 60))
    .addOption(whole('--port <port>', "port of the sandbox's Kubernetes API; 0 takes a free one", [0, 65_535], 0))
    .option('--verbose', "show the operator's log as well")
    .action(async (options: DemoCommandOptions) => {
      const { runDemo } = await loadDemo();
      const { startOperator } = await import('../main.ts');
      const { keep = false, verbose = false } = options;
      process.exitCode = await runDemo({ ...options, keep, verbose }, startOperator);
    });
  return withNotes(command, {
    examples: [['demo --keep', 'then try the other commands with the KUBECONFIG that it prints']],
  });
}

/** The sandbox is a bundle of its own, absent from the image. */
async function loadDemo(): Promise<typeof import('../sandbox/demo/demo.ts')> {
  try {
    return await import('../sandbox/demo/demo.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new EhosError(
      'Invalid',
      'demo: the sandbox is not installed here; use a checkout of the project: make demo',
      { cause: error },
    );
  }
}
