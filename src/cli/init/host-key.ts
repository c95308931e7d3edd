/** The host key that a master shows, for the admin to compare. Nothing is believed of it. */
import ssh2 from 'ssh2';
import type { Clock } from '../../base/clock.ts';
import { EhosError, messageOf } from '../../base/errors.ts';
import { fingerprint } from '../../ssh/host-key.ts';
import { keyTypeOf, parsePublicKey } from '../../ssh/known-hosts.ts';

const PATIENCE_MS = 15_000;

export interface ShownKey {
  /** `ssh-ed25519 AAAA...` */
  line: string;
  fingerprint: string;
}

/** Begins a login and ends it when the key is shown, before anything is sent that an impostor could use. */
export async function fetchHostKey(host: string, port: number, clock: Clock): Promise<ShownKey> {
  const client = new ssh2.Client();
  try {
    const key = await new Promise<Buffer>((resolve, reject) => {
      const cancel = clock.after(PATIENCE_MS, () =>
        reject(unreachable(host, port, `no answer within ${PATIENCE_MS} ms`)),
      );
      const failed = (error: unknown): void => {
        cancel();
        reject(unreachable(host, port, messageOf(error)));
      };
      client.on('error', failed);
      client.once('close', () => failed('the server ended the connection'));
      client.connect({
        host,
        port,
        username: 'ehos',
        authHandler: [],
        algorithms: { serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'] },
        hostVerifier: (offered: Buffer) => {
          cancel();
          resolve(Buffer.from(offered));
          return false;
        },
      });
    });
    return shown(key);
  } finally {
    client.destroy();
  }
}

function shown(key: Buffer): ShownKey {
  return { line: `${keyTypeOf(key) ?? ''} ${key.toString('base64')}`, fingerprint: fingerprint(key) };
}

/** Of a line as in a .pub file. Throws `Invalid`. */
export function keyOfLine(line: string): ShownKey {
  const [type = '', base64 = ''] = line.trim().split(/\s+/);
  const key = parsePublicKey(type, base64);
  if (!key)
    throw new EhosError('Invalid', '--host-key: it must be a public key as in a .pub file: ssh-ed25519 AAAA...', {
      field: 'host-key',
    });
  return shown(key);
}

/** A line of known_hosts: with a port of its own the name is in brackets (sshd(8)). */
export function knownHostsLine(host: string, port: number, { line }: ShownKey): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${line}\n`;
}

function unreachable(host: string, port: number, why: string): EhosError {
  return new EhosError('Transient', `--master: no SSH server shows its host key at ${host}:${port}: ${why}`, {
    field: 'master',
  });
}
