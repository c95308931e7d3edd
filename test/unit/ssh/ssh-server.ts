/** A real SSH server in this process, on a free port of the loopback interface. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { newSshKey } from '../../../src/sandbox/ssh-key.ts';
import type { SshTarget } from '../../../src/ssh/connection.ts';

export interface KeyPair {
  private: string;
  public: string;
}

export function makeKey(type: 'ed25519' | 'rsa' | 'ecdsa' = 'ed25519'): KeyPair {
  if (type === 'rsa') return ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
  if (type === 'ecdsa') return ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  return newSshKey();
}

/** `TYPE BASE64` of a public key, without comment. */
export function publicLine(key: KeyPair): string {
  return key.public.split(' ').slice(0, 2).join(' ').trim();
}

export type Handler = (command: string, channel: ServerChannel) => void;

export class TestSshServer {
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly hostKeys: KeyPair[];
  readonly userKey: KeyPair;
  readonly connections: Connection[] = [];
  /** Commands that were started. */
  readonly commands: string[] = [];
  /** Logins that were accepted. */
  logins = 0;
  #port = 0;

  constructor(handler: Handler, options: { hostKeys?: KeyPair[]; userKey?: KeyPair } = {}) {
    this.hostKeys = options.hostKeys ?? [makeKey()];
    this.userKey = options.userKey ?? makeKey();
    const [, allowed] = publicLine(this.userKey).split(' ');
    this.#server = new ssh2.Server({ hostKeys: this.hostKeys.map((key) => key.private) }, (connection) => {
      this.connections.push(connection);
      connection.on('error', () => undefined);
      connection.on('authentication', (context) => {
        const known = context.method === 'publickey' && context.key.data.toString('base64') === allowed;
        if (known && context.username === 'ehos') context.accept();
        else context.reject();
      });
      connection.on('ready', () => {
        this.logins += 1;
      });
      connection.on('session', (accept) => {
        const session = accept();
        session.on('signal', () => undefined);
        session.on('exec', (acceptExec, _reject, { command }) => {
          this.commands.push(command);
          handler(command, acceptExec());
        });
      });
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  target(change: Partial<SshTarget> = {}): SshTarget {
    return {
      host: '127.0.0.1',
      port: this.#port,
      user: 'ehos',
      privateKey: this.userKey.private,
      hostKeys: { kind: 'KnownHosts', text: this.knownHosts() },
      ...change,
    };
  }

  knownHosts(keys: KeyPair[] = this.hostKeys): string {
    return keys.map((key) => `[127.0.0.1]:${this.#port} ${publicLine(key)}`).join('\n');
  }

  /** Ends every connection, as a restarted server would. */
  drop(): void {
    for (const connection of this.connections.splice(0)) connection.end();
  }

  async stop(): Promise<void> {
    this.drop();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
