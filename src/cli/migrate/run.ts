import { columns } from '../columns.ts';
import { readInput } from '../input.ts';
import { gatherMaster } from '../init/master.ts';
import { sayNext } from '../init/run.ts';
import { setupFiles } from '../init/setup.ts';
import { openTerminal } from '../init/terminal.ts';
import { writeFiles } from '../init/write.ts';
import type { MigrateOptions } from '../migrate.ts';
import { rendered } from '../output.ts';
import { hostAndPort } from '../setup-options.ts';
import { readAncestor, type Ancestor } from './ancestor.ts';
import { cloudsOf, pollIntervalOf, poolOf } from './convert.ts';
import { fatesOf, type FateLine } from './fates.ts';

export async function runMigrate(file: string, options: MigrateOptions): Promise<void> {
  const ancestor = readAncestor(await readInput(file));
  // before anything is written: a number that is none is refused
  const [clouds, pool, pollInterval] = [cloudsOf(ancestor), poolOf(ancestor, options.pool), pollIntervalOf(ancestor)];
  if (!options.dryRun) {
    const master = await gatherMaster(withAddress(options, ancestor), openTerminal());
    await writeFiles(
      setupFiles({ namespace: options.namespace, clouds, master: { ...master, pollInterval }, pool }),
      options,
    );
  }
  process.stdout.write(rendered(options.output, fatesOf(ancestor), fatesText));
  if (!options.dryRun && options.output === 'table') sayNext(options.dir, pool.name);
}

/** ehosd ran on the master, whose address nodes were given. */
function withAddress(options: MigrateOptions, ancestor: Ancestor): MigrateOptions {
  const known = ancestor.condorAddress();
  if (known === undefined) return options;
  return { ...options, master: options.master ?? hostAndPort(known), condorHost: options.condorHost ?? known };
}

const HEADS = [{ title: 'SETTING' }, { title: 'VALUE' }, { title: '' }, { title: 'NOW' }];

function fatesText(lines: readonly FateLine[]): string {
  const rows = lines.map(({ key, value, fate, remark }) => [key, value, fate, remark]);
  return `${columns(HEADS, rows).join('\n')}\n`;
}
