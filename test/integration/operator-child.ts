/** The operator as a replica: a process of its own, whose way to the Kubernetes API is written down. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Passes all on, and notes each request that is no GET. */
class Relay {
  readonly writes: { at: number; line: string }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: URL) {
    this.#server = createServer((socket) => {
      const onward = connect(Number(target.port), target.hostname);
      socket.on('data', (chunk: Buffer) => {
        for (const [, line = ''] of chunk
          .toString('latin1')
          .matchAll(/^((?:POST|PUT|PATCH|DELETE) \S+) HTTP\/1\.1\r$/gm))
          this.writes.push({ at: Date.now(), line });
      });
      this.#sockets.add(socket);
      socket.pipe(onward).pipe(socket);
      for (const end of [socket, onward])
        end
          .on('error', () => undefined)
          .on('close', () => {
            this.#sockets.delete(socket);
            socket.destroy();
            onward.destroy();
          });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Nothing passes any more, and nobody is let in. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export class OperatorChild {
  readonly log: string[] = [];
  readonly exit: Promise<number | null>;
  #port: number | undefined;

  private constructor(
    readonly identity: string,
    private readonly child: ChildProcess,
    private readonly relay: Relay,
    folder: string,
  ) {
    this.exit = new Promise((resolve) =>
      child.once('exit', (code) => {
        relay.close();
        rmSync(folder, { recursive: true, force: true });
        resolve(code);
      }),
    );
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.log.push(line));
  }

  static async start(kubeconfig: string, identity: string, port: number): Promise<OperatorChild> {
    const [server = ''] = /http:\/\/[\d.:]+/.exec(kubeconfig) ?? [];
    const relay = new Relay(new URL(server));
    const folder = mkdtempSync(join(tmpdir(), 'ehos-replica-'));
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig.replace(server, `http://127.0.0.1:${await relay.listen()}`), { mode: 0o600 });
    const flags = [
      '--leader-elect',
      '--identity',
      identity,
      '--cloud-sync-interval',
      '5',
      '--node-update-interval',
      '20',
    ];
    const where = [
      '--kubeconfig',
      file,
      '--metrics-host',
      '127.0.0.1',
      '--metrics-port',
      String(port),
      '--admin-port',
      '0',
    ];
    const command = ['--import', 'tsx', 'src/cli.ts', 'run', ...flags, ...where];
    const child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const made = new OperatorChild(identity, child, relay, folder);
    made.#port = port;
    return made;
  }

  /** `200 standby`, from the two lines of a ready one; undefined: it does not answer. */
  async readiness(): Promise<string | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port ?? 0}/readyz`, { signal: AbortSignal.timeout(1_000) });
      const text = (await answer.text()).trim();
      return `${answer.status} ${/^ok\nrole: (\w+)$/.exec(text)?.[1] ?? text}`;
    } catch {
      return undefined;
    }
  }

  /** Requests to the Kubernetes API, other than GET, that began at that time or later. */
  writesSince(at: number): string[] {
    return this.relay.writes.filter((write) => write.at >= at).map(({ line }) => line);
  }

  /** Takes the Kubernetes API away from it. */
  cutOff(): void {
    this.relay.close();
  }

  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
