/** Which host keys are trusted: an unknown, changed or revoked one is refused, always. */
import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { EhosError } from '../base/errors.ts';
import { entriesFor, keyTypeOf, parseKnownHosts, parsePublicKey } from './known-hosts.ts';

/** What the user gave to tell the server from an impostor. */
export type HostKeySource =
  | { kind: 'KnownHosts'; text: string }
  /** One public key as in a `.pub` file: `ssh-ed25519 AAAA... comment`. */
  | { kind: 'HostKey'; line: string };

const FIELDS: Record<HostKeySource['kind'], string> = {
  KnownHosts: 'spec.ssh.knownHostsRef',
  HostKey: 'spec.ssh.hostKey',
};

/** Signature algorithms of each key type. RSA with SHA-1 and DSA are left out: broken, and no server needs them any more. */
const ALGORITHMS: Record<string, ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** `SHA256:...` as ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export class HostKeyPolicy {
  readonly #address: string;
  readonly #field: string;
  readonly #trusted: Buffer[];
  readonly #revoked: Buffer[];

  /** Throws `Invalid` naming the field when it holds no key that could be compared. */
  constructor(source: HostKeySource, host: string, port: number) {
    this.#address = `${host}:${port}`;
    this.#field = FIELDS[source.kind];
    const keys =
      source.kind === 'HostKey'
        ? { trusted: [this.#single(source.line)], revoked: [] }
        : this.#known(source.text, host, port);
    this.#trusted = keys.trusted;
    this.#revoked = keys.revoked;
  }

  /**
   * For the key exchange. Types of the trusted keys come first, so that a server with several keys shows one that can be compared;
   * the others follow only so that a server without any of these can be refused by its fingerprint.
   */
  algorithms(): ServerHostKeyAlgorithm[] {
    const known = this.#trusted.flatMap((key) => ALGORITHMS[keyTypeOf(key) ?? ''] ?? []);
    return [...new Set([...known, ...Object.values(ALGORITHMS).flat()])];
  }

  /** Undefined when the offered key is trusted, else why it is not. */
  objection(offered: Buffer): EhosError | undefined {
    const shown = `${keyTypeOf(offered) ?? 'unknown'} key ${fingerprint(offered)}`;
    if (this.#revoked.some((key) => key.equals(offered)))
      return this.#invalid(`${this.#address} offers the ${shown}, which is marked as revoked`);
    if (this.#trusted.some((key) => key.equals(offered))) return undefined;
    const expected = this.#trusted.map(fingerprint).join(', ');
    return this.#invalid(`${this.#address} offers the ${shown}, which is not the expected one (${expected}): refused`);
  }

  #single(line: string): Buffer {
    const [keyType = '', base64 = ''] = line.trim().split(/[ \t]+/);
    const key = parsePublicKey(keyType, base64);
    if (!key || !(keyType in ALGORITHMS))
      throw this.#invalid(
        `is not a public host key: write it as in a .pub file, ${Object.keys(ALGORITHMS).join(' or ')}`,
      );
    return key;
  }

  #known(text: string, host: string, port: number): { trusted: Buffer[]; revoked: Buffer[] } {
    const known = parseKnownHosts(text);
    const entries = entriesFor(known, host, port);
    const revoked = entries.filter((entry) => entry.marker === 'revoked').map((entry) => entry.key);
    const trusted = entries.filter((entry) => entry.marker === undefined && entry.keyType in ALGORITHMS);
    if (trusted.length === 0) {
      const wanted = port === 22 ? host : `[${host}]:${port}`;
      const skipped = known.unreadable > 0 ? `, unreadable lines: ${known.unreadable}` : '';
      throw this.#invalid(
        `has no usable key for ${wanted} (entries: ${known.entries.length}${skipped}; certificates do not count): ` +
          `take the line that "ssh-keyscan -p ${port} ${host}" prints, after checking it`,
      );
    }
    return { trusted: trusted.map((entry) => entry.key), revoked };
  }

  #invalid(message: string): EhosError {
    return new EhosError('Invalid', `${this.#field}: ${message}`, { field: this.#field });
  }
}
