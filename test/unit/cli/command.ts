/** The `ehos` command as a child process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ended {
  /** Of a process that a signal ended: null. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** In a process group of its own, so that what it leaves behind can be found. Nothing of the caller's settings reaches it but `env`. */
export function startEhos(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    detached: true,
  });
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, ...texts };
}

export async function ehos(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return await ended(startEhos(args, env));
}
