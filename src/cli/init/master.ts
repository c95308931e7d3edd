/** How the operator gets to the master, from flags and answers. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '../../base/clock.ts';
import { EhosError, messageOf } from '../../base/errors.ts';
import { rememberSecret } from '../../base/known-secrets.ts';
import { readPrivateKey } from '../../ssh/private-key.ts';
import { hostAndPort, type SetupOptions } from '../setup-options.ts';
import { fetchHostKey, keyOfLine, knownHostsLine, type ShownKey } from './host-key.ts';
import type { MasterSetup } from './setup.ts';
import type { Terminal } from './terminal.ts';

/** A key or certificate is smaller. */
const LARGEST_FILE = 1024 * 1024;

export async function gatherMaster(options: SetupOptions, terminal: Terminal | undefined): Promise<MasterSetup> {
  const { host, port } = options.master ?? addressOf(await terminal?.ask('HTCondor master, host[:port]'));
  const keyFile = options.privateKey ?? (await terminal?.ask('SSH private key for the account there', 'id_ed25519'));
  if (keyFile === undefined || keyFile === '')
    throw invalid('private-key', 'give the file of the SSH key: ssh-keygen -t ed25519 -N "" makes one');
  const privateKey = await readText('private-key', keyFile);
  rememberSecret(privateKey);
  readPrivateKey(privateKey);
  const key = await confirmedKey(host, port, options, terminal);
  const condorHost = options.condorHost ?? (await terminal?.ask('The master as worker nodes see it', host)) ?? host;
  return {
    name: 'main',
    host,
    port,
    user: options.user,
    privateKey,
    knownHosts: knownHostsLine(host, port, key),
    condorHost,
  };
}

function addressOf(text: string | undefined): { host: string; port: number } {
  if (text === undefined || text === '') throw invalid('master', 'give the address of the HTCondor master');
  try {
    return hostAndPort(text);
  } catch (error) {
    throw invalid('master', messageOf(error));
  }
}

/** The key that an admin vouches for: by giving it, by its fingerprint, or by saying yes to it. */
async function confirmedKey(
  host: string,
  port: number,
  { hostKey, fingerprint }: SetupOptions,
  terminal: Terminal | undefined,
): Promise<ShownKey> {
  if (hostKey !== undefined) return keyOfLine(hostKey);
  const shown = await fetchHostKey(host, port, systemClock);
  if (fingerprint !== undefined) {
    if (fingerprint.replace(/=+$/, '') === shown.fingerprint) return shown;
    throw invalid(
      'fingerprint',
      `${host}:${port} shows a key with the fingerprint ${shown.fingerprint}, not ${fingerprint}: refused`,
    );
  }
  const compare =
    'compare it with what this prints on the master itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub';
  const found = `${host}:${port} shows the host key ${shown.fingerprint} (${shown.line.split(' ')[0]})`;
  if (!terminal) throw invalid('fingerprint', `${found}; ${compare}, then give --fingerprint ${shown.fingerprint}`);
  terminal.say(`${found}; ${compare}`);
  if (await terminal.confirm('Is it the same')) return shown;
  throw invalid('host-key', 'the host key was not confirmed: nothing is written');
}

/** Throws `Invalid`, naming the flag. */
export async function readText(flag: string, file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > LARGEST_FILE) throw invalid(flag, `${file} has ${bytes.length} bytes: is it the right file?`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof EhosError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw invalid(flag, `${file}: ${code === 'ENOENT' ? 'there is no such file' : messageOf(error)}`);
  }
}

function invalid(flag: string, why: string): EhosError {
  return new EhosError('Invalid', `--${flag}: ${why}`, { field: flag });
}
