/** Types commands as they stand in documents: `sh` in a folder of its own, with the real kubectl, and `ehos` from the sources. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Typed {
  code: number | null;
  /** Standard output, then standard error. */
  text: string;
}

/** Since then `--subresource`, by which status is written, is no trial any more (KEP 2590). */
const OLDEST_MINOR = 27;

/** The path of kubectl: EHOS_KUBECTL, or the one in PATH if it runs and is not too old; undefined where there is none. */
export function findKubectl(): string | undefined {
  const named = process.env.EHOS_KUBECTL ?? '';
  if (named !== '') return named;
  const found = findProgram('kubectl');
  if (found === undefined) return undefined;
  const { stdout } = spawnSync(found, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const minor = Number(/"minor": "(\d+)/.exec(stdout)?.[1] ?? 0);
  return minor < OLDEST_MINOR ? undefined : found;
}

export function findProgram(name: string): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return stdout.trim() === '' ? undefined : stdout.trim();
}

export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'ehos-shell-'));
  readonly #env: Record<string, string>;

  constructor(kubectl: string, kubeconfig: string) {
    const programs = join(this.folder, '.programs');
    mkdirSync(programs);
    symlinkSync(kubectl, join(programs, 'kubectl'));
    const ehos = join(programs, 'ehos');
    writeFileSync(ehos, `#!/bin/sh\nexec '${process.execPath}' --import '${TSX}' '${ROOT}src/cli.ts' "$@"\n`);
    chmodSync(ehos, 0o755);
    this.write('.kubeconfig', kubeconfig);
    this.#env = {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      KUBECONFIG: join(this.folder, '.kubeconfig'),
      // kubectl keeps what it learned of the API there
      HOME: this.folder,
    };
  }

  /** Copies a folder of the project to where the commands are typed. */
  bring(folder: string): void {
    cpSync(join(ROOT, folder), join(this.folder, folder), { recursive: true });
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  start(command: string): ChildProcessByStdio<null, Readable, Readable> {
    return spawn('sh', ['-c', command], { cwd: this.folder, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async type(command: string): Promise<Typed> {
    const child = this.start(command);
    const texts = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text: (await texts).join('') };
  }

  /** A command that must succeed; returns what it prints. */
  async must(command: string): Promise<string> {
    const { code, text } = await this.type(command);
    if (code !== 0) throw new Error(`exit code ${code ?? 'none'} of: ${command}\n${text}`);
    return text;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
