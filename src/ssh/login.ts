/** From nothing to a logged-in SSH connection, with errors that say which field of the spec is wrong. */
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { Clock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { HostKeyPolicy } from './host-key.ts';
import type { HostKeySource } from './host-key.ts';
import { readPrivateKey } from './private-key.ts';

export interface Login {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  hostKeys: HostKeySource;
}

export interface LoginSettings {
  connectTimeoutMs: number;
  keepaliveIntervalMs: number;
  keepaliveMissed: number;
}

/**
 * Rejects with `Invalid` (host key, private key), `Auth` (key refused), `Timeout`, or `Transient` (no way there, dropped);
 * with the signal's reason when it is aborted.
 */
export async function openClient(
  login: Login,
  settings: LoginSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<Client> {
  const policy = new HostKeyPolicy(login.hostKeys, login.host, login.port);
  const privateKey = readPrivateKey(login.privateKey);
  const client = new ssh2.Client();
  let hostKeyObjection: EhosError | undefined;
  const config: ConnectConfig = {
    host: login.host,
    port: login.port,
    username: login.user,
    privateKey,
    // the key and nothing else: each further method tried is a failed attempt in the server's log
    authHandler: ['publickey'],
    algorithms: { serverHostKey: policy.algorithms() },
    hostVerifier: (offered: Buffer) => {
      hostKeyObjection = policy.objection(offered);
      return hostKeyObjection === undefined;
    },
    keepaliveInterval: settings.keepaliveIntervalMs,
    keepaliveCountMax: settings.keepaliveMissed,
    // timed by our own clock below
    readyTimeout: 0,
  };
  const peer = `${login.host}:${login.port}`;
  return new Promise<Client>((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      cancelTimeout();
      signal.removeEventListener('abort', onAbort);
      client.off('close', onClose);
      outcome();
    };
    const fail = (error: Error): void =>
      settle(() => {
        client.destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason as Error);
    const onClose = (): void =>
      fail(new EhosError('Transient', `${peer}: the server ended the connection during the login`));
    const cancelTimeout = clock.after(settings.connectTimeoutMs, () =>
      fail(new EhosError('Timeout', `${peer}: no SSH login within ${settings.connectTimeoutMs} ms`)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    // stays for the life of the connection: later errors only announce the close that follows
    client.on('error', (error) => fail(hostKeyObjection ?? loginError(error, login)));
    client.once('close', onClose);
    client.once('ready', () => {
      // without it a trivial command takes 44 ms instead of 3 to 6 (measured against sshd): Nagle waits for the delayed ACK
      client.setNoDelay(true);
      settle(() => resolve(client));
    });
    client.connect(config);
  });
}

function loginError(error: Error & { level?: string }, { host, port, user }: Login): EhosError {
  const peer = `${host}:${port}`;
  switch (error.level) {
    case 'client-authentication':
      return new EhosError(
        'Auth',
        `${peer} refused the key for user "${user}": check spec.ssh.user, spec.ssh.privateKeyRef and the account's authorized_keys`,
        { cause: error },
      );
    case 'client-timeout':
      return new EhosError('Timeout', `${peer}: ${messageOf(error)}`, { cause: error });
    default:
      return new EhosError('Transient', `no SSH connection to ${peer}: ${messageOf(error)}`, { cause: error });
  }
}
