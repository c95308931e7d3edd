/** SSH keys for the sandbox's accounts and servers. */
import ssh2 from 'ssh2';

export interface SshKey {
  /** OpenSSH form, without passphrase. */
  private: string;
  /** `ssh-ed25519 AAAA...`. */
  public: string;
}

/**
 * A new ed25519 key. ssh2 (1.17) cuts leading zero bytes off the public half, so that one key in 256 cannot be read back (measured: 21 of
 * 5,000): such a one is thrown away.
 */
export function newSshKey(): SshKey {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(key.private) instanceof Error)) return key;
  }
}
