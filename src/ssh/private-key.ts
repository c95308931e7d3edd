/** Private keys as they stand in Secrets. */
import { createPrivateKey } from 'node:crypto';
import ssh2 from 'ssh2';
import { EhosError } from '../base/errors.ts';

const FIELD = 'spec.ssh.privateKeyRef';

/**
 * The key in a form that ssh2 reads. Throws `Invalid` when the text is no private key, or one with a passphrase.
 * Nothing of the text gets into the message.
 */
export function readPrivateKey(text: string): string {
  const key = fromPkcs8(text.trim());
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw invalid(isEncrypted(text) ? WITH_PASSPHRASE : NOT_A_KEY);
  if (!parsed.isPrivateKey()) throw invalid('holds a public key: the private one is needed');
  return key;
}

const WITH_PASSPHRASE =
  'holds a private key with a passphrase, which nobody could type: give one without (ssh-keygen -p -N "")';
const NOT_A_KEY = 'holds no private key in OpenSSH or PEM form: make one with ssh-keygen -t ed25519 -N ""';

function isEncrypted(text: string): boolean {
  if (text.includes('ENCRYPTED')) return true;
  // an OpenSSH key names its cipher right after the magic bytes and a length
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, 'base64');
  return bytes.toString('latin1', 0, 14) === 'openssh-key-v1' && bytes.toString('latin1', 19, 23) !== 'none';
}

/** ssh2 does not read PKCS #8 (`BEGIN PRIVATE KEY`, what openssl genpkey makes); RSA and EC keys have an older form that it does. */
function fromPkcs8(text: string): string {
  if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) return text;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  } catch {
    // not a key at all: the caller says so
  }
  return text;
}

function invalid(message: string): EhosError {
  return new EhosError('Invalid', `${FIELD}: ${message}`, { field: FIELD });
}
