/** The operator as its own process, with the rights of its own service account. Its end ends whatever waits for it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cache, must, rig, root } from './rigs.ts';
import { until } from './until.ts';

/** What of the secrets would show in clear: the private key's body, IDTOKENs, and the password of the cloud. */
const SECRETS = [/BEGIN OPENSSH PRIVATE KEY/, /eyJhbGciOi[A-Za-z0-9_-]{20,}/, /"?password"?\s*[:=]\s*"?ehos\b/];
/** The bundle, as it is shipped; run.ts makes it. */
const CLI = join(root, 'dist/ehos.mjs');

export interface OperatorOptions {
  /** Name of its log, below the cache. */
  log: string;
  /** Only this namespace. */
  namespace?: string;
  /** It goes on in the log of the one before it. */
  follows?: boolean;
}

export class OperatorProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #logFile: string;
  #leaked = false;
  #stopping = false;
  #ended: string | undefined;

  private constructor(
    child: ChildProcess,
    logFile: string,
    /** Where it serves health and metrics. */
    readonly url: string,
    /** Where it serves snapshots. */
    readonly adminUrl: string,
    follows: boolean,
  ) {
    this.#child = child;
    this.#logFile = logFile;
    const log = createWriteStream(logFile, { flags: follows ? 'a' : 'w' });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#leaked ||= SECRETS.some((secret) => secret.test(text));
        log.write(text);
      });
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = `exit code ${code ?? 'none'}, signal ${signal ?? 'none'}`;
        log.end(() => resolve());
      });
    });
  }

  static async start({ log, namespace, follows = false }: OperatorOptions): Promise<OperatorProcess> {
    const config = (await rig('kube', 'sa-kubeconfig', 'ehos-system', 'ehos-operator')).trim().split('\n').at(-1) ?? '';
    const logs = join(cache, 'logs');
    mkdirSync(logs, { recursive: true });
    const [port, adminPort] = [String(await freePort()), String(await freePort())];
    const args = ['--kubeconfig', config, '--log-level', 'debug', '--node-update-interval', '10'];
    const where = ['--metrics-host', '127.0.0.1', '--metrics-port', port, '--admin-port', adminPort];
    const only = namespace === undefined ? [] : ['--namespace', namespace];
    const child = spawn(process.execPath, [CLI, 'run', ...args, ...where, ...only], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const at = (where: string): string => `http://127.0.0.1:${where}`;
    return new OperatorProcess(child, join(logs, log), at(port), at(adminPort), follows);
  }

  get logFile(): string {
    return this.#logFile;
  }

  get leaked(): boolean {
    return this.#leaked;
  }

  /** Looks again and again until the condition holds. Rejects when that takes too long, and at once when the operator has ended. */
  async until(what: string, timeoutMs: number, condition: () => Promise<boolean>, everyMs = 2_000): Promise<void> {
    const holds = async (): Promise<boolean> => {
      this.mustRun();
      return await condition();
    };
    await until(what, timeoutMs, holds, everyMs);
  }

  /** Until it has listed its resources. */
  async untilReady(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      try {
        return (await fetch(`${this.url}/readyz`)).ok;
      } catch {
        return false;
      }
    };
    await this.until('the operator is ready', 60_000, isReady, 100);
  }

  /** Throws when it has ended by itself. */
  mustRun(): void {
    if (this.#ended === undefined || this.#stopping) return;
    throw new Error(`the operator has ended (${this.#ended}); the last lines of its log:\n${this.lastLines(30)}`);
  }

  lastLines(n: number): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-n).join('\n');
  }

  /** Sum of one of its metrics, over the samples whose labels have `labels` in them. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(labels));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** As a machine that loses power ends it. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}

/** Another command of the program: `ehos ARGUMENTS`. */
export async function ehos(...args: string[]): Promise<string> {
  return await must(process.execPath, [CLI, ...args]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
