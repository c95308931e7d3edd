/** The known_hosts format of OpenSSH: sshd(8), section "SSH_KNOWN_HOSTS FILE FORMAT". */
import { createHmac } from 'node:crypto';

export type Marker = 'revoked' | 'cert-authority';

export interface KnownHost {
  marker: Marker | undefined;
  /** The first field as written: comma-separated patterns, or one hashed name. */
  hosts: string;
  /** `ssh-ed25519`, as written; the key itself says it again. */
  keyType: string;
  /** The public key in wire format. */
  key: Buffer;
}

export interface KnownHosts {
  entries: KnownHost[];
  /** Lines that are neither an entry nor a comment: OpenSSH skips them too. */
  unreadable: number;
}

export function parseKnownHosts(text: string): KnownHosts {
  const result: KnownHosts = { entries: [], unreadable: 0 };
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const entry = parseLine(line);
    if (entry) result.entries.push(entry);
    else result.unreadable += 1;
  }
  return result;
}

function parseLine(line: string): KnownHost | undefined {
  const words = line.split(/[ \t]+/);
  let marker: Marker | undefined;
  if (words[0]?.startsWith('@')) {
    const name = words.shift()?.slice(1);
    if (name !== 'revoked' && name !== 'cert-authority') return undefined;
    marker = name;
  }
  const [hosts, keyType, base64] = words;
  if (hosts === undefined || keyType === undefined || base64 === undefined) return undefined;
  const key = parsePublicKey(keyType, base64);
  return key && { marker, hosts, keyType, key };
}

/** The wire form of `TYPE BASE64`, or undefined when it is not base64 or is a key of another type than it says (RFC 4253, 6.6). */
export function parsePublicKey(keyType: string, base64: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return keyTypeOf(key) === keyType ? key : undefined;
}

/** The type that a key in wire format names in its first field; undefined when it is cut short. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const end = 4 + key.readUInt32BE(0);
  return key.length > end ? key.toString('latin1', 4, end) : undefined;
}

/**
 * Entries for a server. Beside `[host]:port` an entry for the bare name counts where none names the port, as ssh(1) does it;
 * revoked keys count under either name.
 */
export function entriesFor(known: KnownHosts, host: string, port: number): KnownHost[] {
  const bare = known.entries.filter((entry) => matches(entry.hosts, host));
  if (port === 22) return bare;
  const exact = known.entries.filter((entry) => matches(entry.hosts, `[${host}]:${port}`));
  const usable = exact.some((entry) => entry.marker === undefined) ? exact : [...exact, ...bare];
  return [...new Set([...usable, ...bare.filter((entry) => entry.marker === 'revoked')])];
}

/** A negated pattern that matches excludes the line, whatever else is in it. */
function matches(hosts: string, name: string): boolean {
  const lower = name.toLowerCase();
  if (hosts.startsWith('|')) return matchesHash(hosts, lower);
  const patterns = hosts.toLowerCase().split(',');
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesGlob(pattern, lower))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesGlob(pattern, lower));
}

/** `|1|SALT|HASH`: HMAC-SHA1 of the name under the salt, so that a stolen file does not tell where its owner logs in. */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` is any text, `?` any one character; brackets are literal. Linear: user-made patterns must not be able to stall the process. */
function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
