/** The operator as it is shipped: the bundle, in a process of its own, looked at from outside. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CountingLog } from './log.ts';
import { Samples } from './samples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = join(ROOT, 'dist/ehos.mjs');
/** As the image, README and quick start have it (the Dockerfile says why). */
const PRODUCTION_FLAGS = ['--max-semi-space-size=4', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];
/** The core that the operator has for itself; its peers and the bench run on the other one. */
export const OPERATORS_CORE = 0;
const OTHERS_CORE = 1;
/** Linux counts CPU time in hundredths of a second (proc(5): USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Bundles the operator anew, so that what is measured is what is there. */
export function buildBundle(): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Whether processes can be kept apart: two cores and taskset of util-linux. */
export const canPin = (): boolean => spawnSync('taskset', ['-c', String(OTHERS_CORE), 'true']).status === 0;

/** Keeps this process, and those that it starts from now on, off the operator's core. */
export function leaveOperatorsCore(): void {
  if (canPin()) spawnSync('taskset', ['-a', '-cp', String(OTHERS_CORE), String(process.pid)]);
}

/** Gives them all cores again: real peers are no bystanders of what is measured. */
export function useAllCores(): void {
  if (canPin()) spawnSync('taskset', ['-a', '-cp', `0-${cpus().length - 1}`, String(process.pid)]);
}

export class OperatorProcess {
  readonly startedAt = Date.now();
  readonly log = new CountingLog();
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #folder: string;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.#port = port;
    this.#folder = folder;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.log.read(line));
  }

  /** Resolves when it has listed its resources. `nodeFlags`: for profiles. */
  static async start(kubeconfig: string, nodeFlags: string[] = []): Promise<OperatorProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'ehos-bench-'));
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    const port = await freePort();
    const program = [
      ...PRODUCTION_FLAGS,
      ...nodeFlags,
      BUNDLE,
      'run',
      '--kubeconfig',
      file,
      '--metrics-host',
      '127.0.0.1',
      '--admin-port',
      '0',
    ];
    const command = [process.execPath, ...program, '--metrics-port', String(port)];
    const pinned = canPin() ? ['taskset', '-c', String(OPERATORS_CORE), ...command] : command;
    const child = spawn(pinned[0] ?? '', pinned.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    const operator = new OperatorProcess(child, port, folder);
    await operator.#untilReady();
    return operator;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All metrics. A look at them begins the measurement of the event loop's delay anew. */
  async scrape(): Promise<Samples> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/metrics`);
    return new Samples(await response.text());
  }

  /** Bytes in memory now, and the most there were. */
  memory(): { rss: number; peak: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const bytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { rss: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  /** CPU seconds of all its threads so far. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    // utime and stime, counted from behind the name, which may hold blanks (proc(5))
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** As Kubernetes ends it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    rmSync(this.#folder, { recursive: true });
  }

  async #untilReady(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null)
        throw new Error(`the operator has ended with code ${this.#child.exitCode}: ${this.log.last}`);
      try {
        if ((await fetch(`http://127.0.0.1:${this.#port}/readyz`)).ok) return;
      } catch {
        // it does not listen yet
      }
      await pause(25);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
