import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import { entriesFor, keyTypeOf, parseKnownHosts, parsePublicKey } from '../../../src/ssh/known-hosts.ts';
import { makeKey, publicLine } from './ssh-server.ts';

const KEY = publicLine(makeKey());
const OTHER = publicLine(makeKey());

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdef0123');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('known_hosts', () => {
  const matching: [title: string, hosts: string, host: string, port: number, found: boolean][] = [
    ['a plain name', 'master.example', 'master.example', 22, true],
    ['a name in capitals', 'Master.Example', 'master.EXAMPLE', 22, true],
    ['another name', 'master.example', 'master2.example', 22, false],
    ['one of several names', 'a.example,10.0.0.1', '10.0.0.1', 22, true],
    ['name and port', '[master.example]:2222', 'master.example', 2222, true],
    ['another port', '[master.example]:2222', 'master.example', 2223, false],
    [
      'a port where the entry has it and the server the usual one',
      '[master.example]:2222',
      'master.example',
      22,
      false,
    ],
    ['the bare name for another port, as ssh does', 'master.example', 'master.example', 2222, true],
    ['IPv6', '::1', '::1', 22, true],
    ['IPv6 with port', '[::1]:10022', '::1', 10022, true],
    ['a hashed name', hashed('master.example'), 'master.example', 22, true],
    ['a hashed name in capitals', hashed('master.example'), 'MASTER.example', 22, true],
    ['a hashed name with port', hashed('[master.example]:2222'), 'master.example', 2222, true],
    ['another hashed name', hashed('other.example'), 'master.example', 22, false],
    ['a hash of an unknown version', hashed('master.example').replace('|1|', '|2|'), 'master.example', 22, false],
    ['a hash that is cut short', '|1|abc', 'master.example', 22, false],
    ['a wildcard', '*.example', 'master.example', 22, true],
    ['a wildcard for one character', 'master?.example', 'master1.example', 22, true],
    ['a wildcard that is not enough', 'master?.example', 'master.example', 22, false],
    ['two wildcards', '*a*b', 'xxaxxaxb', 22, true],
    ['a wildcard with port', '[*.example]:2222', 'master.example', 2222, true],
    ['a negated name', '*.example,!master.example', 'master.example', 22, false],
    ['the others beside a negated name', '*.example,!master.example', 'worker.example', 22, true],
    ['a negated wildcard', '*,!*.evil.example', 'x.evil.example', 22, false],
    ['a name with a dot that is not any character', 'master.example', 'masterXexample', 22, false],
    ['a long run of wildcards in no time', `${'*a'.repeat(200)}b`, 'a'.repeat(250), 22, false],
  ];
  for (const [title, hosts, host, port, found] of matching) {
    it(`${found ? 'finds' : 'does not find'} ${title}`, () => {
      const entries = entriesFor(parseKnownHosts(`${hosts} ${KEY} a comment`), host, port);
      expect(entries.map((entry) => entry.hosts)).to.deep.equal(found ? [hosts] : []);
    });
  }

  it('prefers the entry with the port', () => {
    const known = parseKnownHosts(`master ${KEY}\n[master]:2222 ${OTHER}`);
    expect(entriesFor(known, 'master', 2222).map((entry) => entry.hosts)).to.deep.equal(['[master]:2222']);
  });

  it('keeps a key revoked for the bare name when another port is asked for', () => {
    const known = parseKnownHosts(`@revoked master ${KEY}\n[master]:2222 ${OTHER}`);
    expect(entriesFor(known, 'master', 2222).map((entry) => entry.marker)).to.have.members(['revoked', undefined]);
  });

  it('skips comments and empty lines, and takes Windows line ends', () => {
    const known = parseKnownHosts(`# comment\r\n\r\n  \r\nmaster ${KEY}\r\n`);
    expect(known.entries).to.have.length(1);
    expect(known.unreadable).to.equal(0);
  });

  const unreadable: [title: string, line: string][] = [
    ['a line with too few words', 'master ssh-ed25519'],
    ['a key that is not base64', 'master ssh-ed25519 !!!!'],
    ['a key of another type than it says', `master ssh-rsa ${KEY.split(' ')[1] ?? ''}`],
    ['an unknown marker', `@trusted master ${KEY}`],
    ['an RSA key of SSH 1', 'master 1024 35 1234567890'],
  ];
  for (const [title, line] of unreadable) {
    it(`counts ${title} as unreadable`, () => {
      expect(parseKnownHosts(line)).to.deep.equal({ entries: [], unreadable: 1 });
    });
  }

  for (const marker of ['revoked', 'cert-authority'] as const) {
    it(`reads the marker @${marker}`, () => {
      expect(parseKnownHosts(`@${marker} master ${KEY}`).entries[0]).to.include({ marker, hosts: 'master' });
    });
  }
});

describe('public keys', () => {
  it('name their type', () => {
    const key = parsePublicKey('ssh-ed25519', KEY.split(' ')[1] ?? '');
    expect(key && keyTypeOf(key)).to.equal('ssh-ed25519');
  });

  for (const [title, bytes] of [
    ['empty', []],
    ['shorter than a length', [0, 0, 0]],
    ['shorter than it says', [0, 0, 0, 200, 65]],
  ] as const) {
    it(`have no type when they are ${title}`, () => {
      expect(keyTypeOf(Buffer.from(bytes))).to.equal(undefined);
    });
  }
});
