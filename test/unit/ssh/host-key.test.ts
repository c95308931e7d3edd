import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { fingerprint, HostKeyPolicy, type HostKeySource } from '../../../src/ssh/host-key.ts';
import { makeKey, publicLine, type KeyPair } from './ssh-server.ts';

const ed25519 = makeKey();
const rsa = makeKey('rsa');
const ecdsa = makeKey('ecdsa');
const wire = (key: KeyPair): Buffer => Buffer.from(publicLine(key).split(' ')[1] ?? '', 'base64');
const known = (...lines: string[]): HostKeySource => ({ kind: 'KnownHosts', text: lines.join('\n') });
const policy = (source: HostKeySource): HostKeyPolicy => new HostKeyPolicy(source, 'master', 22);

function invalidOf(make: () => unknown): EhosError {
  try {
    make();
  } catch (error) {
    if (error instanceof EhosError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('HostKeyPolicy', () => {
  it('trusts a known key', () => {
    expect(policy(known(`master ${publicLine(ed25519)}`)).objection(wire(ed25519))).to.equal(undefined);
  });

  it('trusts a key given by itself, with comment', () => {
    const source: HostKeySource = { kind: 'HostKey', line: `  ${publicLine(ed25519)} root@master\n` };
    expect(policy(source).objection(wire(ed25519))).to.equal(undefined);
  });

  it('refuses another key, naming both fingerprints and the field', () => {
    const error = policy(known(`master ${publicLine(ed25519)}`)).objection(wire(rsa));
    expect(error).to.include({ errorClass: 'Invalid', field: 'spec.ssh.knownHostsRef' });
    expect(error?.message)
      .to.contain(fingerprint(wire(rsa)))
      .and.to.contain(fingerprint(wire(ed25519)));
    expect(error?.message).to.contain('master:22').and.to.contain('ssh-rsa');
  });

  it('names the other field for a key given by itself', () => {
    const error = policy({ kind: 'HostKey', line: publicLine(ed25519) }).objection(wire(rsa));
    expect(error?.field).to.equal('spec.ssh.hostKey');
  });

  it('refuses a revoked key even when it is known', () => {
    const line = `master ${publicLine(ed25519)}`;
    const error = policy(known(line, `@revoked ${line}`)).objection(wire(ed25519));
    expect(error?.message)
      .to.contain('revoked')
      .and.to.contain(fingerprint(wire(ed25519)));
  });

  it('makes the fingerprint that ssh-keygen -l prints', () => {
    expect(fingerprint(Buffer.from('x'))).to.equal('SHA256:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE');
  });

  const orders: [title: string, keys: KeyPair[], first: string[]][] = [
    ['ed25519', [ed25519], ['ssh-ed25519']],
    ['RSA without SHA-1', [rsa], ['rsa-sha2-512', 'rsa-sha2-256']],
    ['several in the order of the file', [ecdsa, ed25519], ['ecdsa-sha2-nistp256', 'ssh-ed25519']],
  ];
  for (const [title, keys, first] of orders) {
    it(`asks for the types of known keys first: ${title}`, () => {
      const algorithms = policy(known(...keys.map((key) => `master ${publicLine(key)}`))).algorithms();
      expect(algorithms.slice(0, first.length)).to.deep.equal(first);
      expect(new Set(algorithms).size).to.equal(algorithms.length);
      expect(algorithms).not.to.include('ssh-rsa').and.not.to.include('ssh-dss');
    });
  }

  const useless: [title: string, source: HostKeySource, field: string, words: RegExp][] = [
    ['an empty file', known(''), 'spec.ssh.knownHostsRef', /no usable key for master/],
    ['a file of other hosts', known(`other ${publicLine(ed25519)}`), 'spec.ssh.knownHostsRef', /entries: 1;/],
    ['a file that cannot be read', known('what is this'), 'spec.ssh.knownHostsRef', /unreadable lines: 1/],
    [
      'a certificate authority alone',
      known(`@cert-authority master ${publicLine(ed25519)}`),
      'spec.ssh.knownHostsRef',
      /certificates do not count/,
    ],
    ['a revoked key alone', known(`@revoked master ${publicLine(ed25519)}`), 'spec.ssh.knownHostsRef', /no usable key/],
    ['no key', { kind: 'HostKey', line: '' }, 'spec.ssh.hostKey', /not a public host key/],
    ['a private key', { kind: 'HostKey', line: ed25519.private }, 'spec.ssh.hostKey', /not a public host key/],
    ['a key cut short', { kind: 'HostKey', line: 'ssh-ed25519 AAAA' }, 'spec.ssh.hostKey', /not a public host key/],
  ];
  for (const [title, source, field, words] of useless) {
    it(`refuses ${title}`, () => {
      const error = invalidOf(() => policy(source));
      expect(error).to.include({ errorClass: 'Invalid', field });
      expect(error.message).to.match(words);
      expect(error.message).not.to.contain('PRIVATE');
    });
  }

  it('asks ssh-keyscan for the right port', () => {
    const error = invalidOf(() => new HostKeyPolicy(known(''), 'master', 2222));
    expect(error.message).to.contain('[master]:2222').and.to.contain('ssh-keyscan -p 2222 master');
  });
});
