/** A simulated HTCondor master behind a real SSH server. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { silentLog, type Log } from '../../../base/log.ts';
import { messageOf } from '../../../base/errors.ts';
import { newSshKey } from '../../ssh-key.ts';
import type { CondorPool } from '../pool/pool.ts';
import { pause, type Input } from '../tools/tool.ts';
import { MasterFaults } from './faults.ts';
import { runCommandLine } from './shell.ts';

export interface MasterUser {
  name: string;
  /** OpenSSH form: `ssh-ed25519 AAAA...`. */
  publicKey: string;
  /** May drain, approve token requests and drop ads (default true). */
  administrator?: boolean;
}

export interface CondorMasterOptions {
  pool: CondorPool;
  /** On 127.0.0.1; absent or 0: a free one. */
  port?: number;
  users: MasterUser[];
  /** Private key, OpenSSH or PEM; absent: a new ed25519 key. */
  hostKey?: string;
  log?: Log;
}

export interface CondorMasterServer {
  host: string;
  port: number;
  /** `ssh-ed25519 AAAA...`. */
  hostKeyLine: string;
  /** `[127.0.0.1]:PORT ssh-ed25519 AAAA...`. */
  knownHostsLine: string;
  /** Commands executed so far, by name of the tool. */
  commands(): Record<string, number>;
  /** Round trips: SSH exec requests so far. */
  executions(): number;
  faults: MasterFaults;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** A script of the operator is some kilobytes; more is refused. */
const MAX_STDIN = 4 * 1024 * 1024;

export async function startCondorMaster(options: CondorMasterOptions): Promise<CondorMasterServer> {
  const hostKey = options.hostKey ?? newSshKey().private;
  const parsed = ssh2.utils.parseKey(hostKey);
  if (parsed instanceof Error) throw parsed;
  const hostKeyLine = `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
  const master = new MasterServer(options, hostKey);
  const port = await master.listen(options.port ?? 0);
  return {
    host: HOST,
    port,
    hostKeyLine,
    knownHostsLine: `[${HOST}]:${port} ${hostKeyLine}`,
    commands: () => Object.fromEntries(master.commands),
    executions: () => master.executions,
    faults: master.faults,
    close: () => master.close(),
  };
}

class MasterServer {
  readonly commands = new Map<string, number>();
  readonly faults: MasterFaults;
  executions = 0;
  readonly #options: CondorMasterOptions;
  readonly #log: Log;
  readonly #server: ssh2.Server;
  readonly #connections = new Set<Connection>();

  constructor(options: CondorMasterOptions, hostKey: string) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.faults = new MasterFaults(options.pool, () => this.#dropAll());
    this.#server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => this.#accept(connection));
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, HOST, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#dropAll();
    await closed;
  }

  #accept(connection: Connection): void {
    // clients that vanish and fail to log in are the daily bread of an SSH server
    connection.on('error', (error) => this.#log.debug('ssh connection failed', { error: messageOf(error) }));
    if (this.faults.dropConnections) {
      connection.end();
      return;
    }
    this.#connections.add(connection);
    const gone = new AbortController();
    let user: MasterUser | undefined;
    connection.on('close', () => {
      this.#connections.delete(connection);
      gone.abort();
    });
    connection.on('authentication', (context) => {
      user = this.#authenticate(context);
      if (user) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      if (user) this.#serve(accept(), user, gone.signal);
    });
  }

  #authenticate(context: AuthContext): MasterUser | undefined {
    if (context.method !== 'publickey') return undefined;
    const { key, signature, blob, hashAlgo } = context;
    return this.#options.users.find(({ name, publicKey }) => {
      const known = ssh2.utils.parseKey(publicKey);
      if (known instanceof Error || name !== context.username || known.type !== key.algo) return false;
      if (!sameBytes(known.getPublicSSH(), key.data)) return false;
      // without a signature the client only asks whether it may use this key
      if (!signature || !blob) return true;
      // it returns an Error where it cannot tell, whatever its type says
      const verdict: unknown = known.verify(blob, signature, hashAlgo);
      return verdict === true;
    });
  }

  #serve(session: Session, user: MasterUser, gone: AbortSignal): void {
    session.on('pty', (accept) => {
      (accept as (() => void) | undefined)?.();
    });
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept();
      const ended = new AbortController();
      // a client that gives up closes the channel: what runs there is over
      channel.once('close', () => ended.abort());
      const input = readAll(channel);
      const signal = AbortSignal.any([gone, ended.signal]);
      this.#execute(command, () => input, user, channel, signal).catch((error: unknown) => {
        this.#log.error('a command failed on the simulated master', { command, error: messageOf(error) });
        channel.close();
      });
    });
    session.on('shell', (accept) => {
      const channel = accept();
      channel.write('This master is simulated: give a command, as in ssh ... condor_q\r\n');
      channel.exit(1);
      channel.end();
    });
  }

  async #execute(
    line: string,
    stdin: Input,
    user: MasterUser,
    channel: ServerChannel,
    gone: AbortSignal,
  ): Promise<void> {
    this.executions++;
    const { pool } = this.#options;
    const administrator = (user.administrator ?? true) && !this.faults.permissionDenied;
    const { noCondor, version } = this.faults;
    const context = { pool, account: { name: user.name, administrator }, noCondor, version, signal: gone };
    if (this.faults.delayMs > 0 && !(await pause(context, this.faults.delayMs))) return;
    const code = await runCommandLine(line, {
      context,
      stdin,
      stdout: (text) => void channel.write(text),
      stderr: (text) => void channel.stderr.write(text),
      count: (tool) => this.commands.set(tool, (this.commands.get(tool) ?? 0) + 1),
    });
    if (gone.aborted) return;
    channel.exit(code);
    channel.end();
  }

  #dropAll(): void {
    for (const connection of this.#connections) connection.end();
  }
}

/** Everything until the client says that it was all; what is too large ends the channel. */
function readAll(channel: ServerChannel): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    channel.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_STDIN) channel.close();
      else chunks.push(chunk);
    });
    const done = (): void => resolve(Buffer.concat(chunks).toString('utf8'));
    channel.once('end', done);
    channel.once('close', done);
  });
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}
