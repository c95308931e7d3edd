/** `ehos migrate FILE`: from the configuration of ehos-python to custom resources. */
import { Argument, Command, Option } from 'commander';
import { withNotes } from './help.ts';
import { outputOption, type OutputForm } from './output.ts';
import { withSetup, type SetupOptions } from './setup-options.ts';

export interface MigrateOptions extends SetupOptions {
  output: OutputForm;
  pool: string;
  dryRun: boolean;
}

export function migrateCommand(): Command {
  const command = withSetup(
    new Command('migrate').description(
      'Turn an ehos.yaml of ehos-python into Secrets, clouds, master and pool as YAML, and say what becomes of each of its settings.',
    ),
  )
    .addArgument(new Argument('<file>', 'the ehos.yaml; - is standard input'))
    .addOption(new Option('--pool <name>', 'name of the pool').default('general'))
    .addOption(new Option('--dry-run', 'only say what becomes of each setting; no master is needed').default(false))
    .addOption(outputOption())
    .action(async (file: string, options: MigrateOptions) => {
      const { runMigrate } = await import('./migrate/run.ts');
      await runMigrate(file, options);
    });
  return withNotes(command, {
    remarks:
      'ehosd ran on the master itself; the operator logs in there by SSH, so it needs an account, a key and the host key.',
    examples: [
      ['migrate ehos.yaml --dry-run', 'what becomes of each setting'],
      ['migrate ehos.yaml --master condor.example.org --private-key id_ed25519', 'writes the files into ehos/'],
    ],
  });
}
