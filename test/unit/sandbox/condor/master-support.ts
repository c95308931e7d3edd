import ssh2 from 'ssh2';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import type { RemoteShell } from '../../../../src/base/remote-shell.ts';
import { CondorMasterClient } from '../../../../src/condor/client.ts';
import { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import { startCondorMaster, type CondorMasterServer } from '../../../../src/sandbox/condor/server/condor-master.ts';
import { newSshKey } from '../../../../src/sandbox/ssh-key.ts';

const KEYS = newSshKey();

/** A client of its own, so that these tests tell the server's mistakes from the operator's. */
export class PlainShell implements RemoteShell {
  readonly #client: ssh2.Client;

  private constructor(client: ssh2.Client) {
    this.#client = client;
  }

  static connect(port: number, options: { user?: string; privateKey?: string } = {}): Promise<PlainShell> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      client.on('ready', () => resolve(new PlainShell(client)));
      client.on('error', reject);
      client.on('close', () => reject(new Error('closed')));
      client.connect({
        host: '127.0.0.1',
        port,
        username: options.user ?? 'ehos',
        privateKey: options.privateKey ?? KEYS.private,
        hostVerifier: () => true,
      });
    });
  }

  run(
    command: string,
    options: { stdin?: string } = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let stdout = '';
        let stderr = '';
        let code: number | null = null;
        channel.on('data', (data: Buffer) => (stdout += data.toString()));
        channel.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
        channel.on('exit', (exit: number | null) => (code = exit));
        channel.on('close', () => resolve({ code, stdout, stderr }));
        channel.end(options.stdin ?? '');
      });
    });
  }

  close(): void {
    this.#client.end();
  }
}

/** A simulated master on a manual clock, and the operator's client connected to it. */
export class MasterFixture {
  private constructor(
    readonly clock: ManualClock,
    readonly pool: CondorPool,
    readonly server: CondorMasterServer,
    readonly shell: PlainShell,
    readonly client: CondorMasterClient,
  ) {}

  static async start(): Promise<MasterFixture> {
    const clock = new ManualClock();
    const pool = new CondorPool({ clock, random: seededRandom(1) });
    const users = [
      { name: 'ehos', publicKey: KEYS.public },
      { name: 'bob', publicKey: KEYS.public, administrator: false },
    ];
    const server = await startCondorMaster({ pool, users });
    const shell = await PlainShell.connect(server.port);
    return new MasterFixture(clock, pool, server, shell, new CondorMasterClient(shell, { clock }));
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.close();
    this.pool.close();
  }

  /** A node asks for the token of `identity`; returns the request's id. */
  askForToken(identity = 'ehos-node-x@ehos.sandbox'): string {
    const ask = this.pool.tokens.ask(
      {
        identity,
        authorizations: ['ADVERTISE_STARTD'],
        lifetime: 60,
        peer: '10.20.1.7',
        clientId: 'x-1',
        authenticatedAs: 'unauthenticated@unmapped',
      },
      this.clock.now(),
    );
    if ('error' in ask) throw new Error(ask.error);
    return ask.id;
  }

  /** Moves the clock while real packets travel, until the work is done. */
  async whileTimePasses<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => true,
      () => true,
    );
    const turn = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 1));
    while (!(await Promise.race([settled, turn()]))) await this.clock.advance(250);
    return work;
  }
}

export function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
