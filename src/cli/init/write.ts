/** Writes the files of a set-up. What is there already is not touched unless that is wanted. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EhosError, messageOf } from '../../base/errors.ts';
import type { SetupFile } from './setup.ts';

const OWNER_ONLY = 0o600;
const EVERYBODY = 0o644;

export async function writeFiles(
  files: readonly SetupFile[],
  { dir, force }: { dir: string; force: boolean },
): Promise<void> {
  const there = files.map(({ name }) => join(dir, name)).filter((path) => existsSync(path));
  if (there.length > 0 && !force)
    throw new EhosError(
      'Invalid',
      `${there.join(', ')}: there already, nothing was written; give another --dir, or --force`,
      { field: 'force' },
    );
  try {
    await mkdir(dir, { recursive: true });
    for (const { name, text, secret } of files) {
      const path = join(dir, name);
      const mode = secret ? OWNER_ONLY : EVERYBODY;
      await writeFile(path, text, { mode });
      // the mode counts for a new file only
      if (secret) await chmod(path, mode);
      process.stdout.write(`wrote ${path}${secret ? ' (holds secrets)' : ''}\n`);
    }
  } catch (error) {
    throw new EhosError('Invalid', `--dir: ${messageOf(error)}`, { field: 'dir', cause: error });
  }
}
