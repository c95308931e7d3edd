import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { EhosError } from '../../../src/base/errors.ts';
import { readPrivateKey } from '../../../src/ssh/private-key.ts';
import { makeKey } from './ssh-server.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;

describe('readPrivateKey', () => {
  const readable: [title: string, text: string][] = [
    ['OpenSSH ed25519', makeKey().private],
    ['OpenSSH RSA', makeKey('rsa').private],
    ['OpenSSH ECDSA', makeKey('ecdsa').private],
    ['PEM RSA', rsa.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['PEM EC', ec.export({ type: 'sec1', format: 'pem' }).toString()],
    ['PKCS #8 RSA', rsa.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['PKCS #8 EC', ec.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['Windows line ends', makeKey().private.replaceAll('\n', '\r\n')],
    ['spaces around', `\n  ${makeKey().private}\n\n`],
  ];
  for (const [title, text] of readable) {
    it(`reads ${title}`, () => {
      const parsed = ssh2.utils.parseKey(readPrivateKey(text));
      expect(parsed).not.to.be.instanceOf(Error);
    });
  }

  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret words' };
  const refused: [title: string, text: string, words: RegExp][] = [
    ['nothing', '', /no private key/],
    ['other text', 'hunter2 hunter2', /no private key/],
    ['a public key', makeKey().public, /public key/],
    ['PKCS #8 that is none', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /no private key/],
    [
      'PKCS #8 ed25519, which ssh2 does not read',
      ed25519.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /no private key/,
    ],
    [
      'OpenSSH with passphrase',
      ssh2.utils.generateKeyPairSync('ed25519', { passphrase: 'secret words', cipher: 'aes256-ctr', rounds: 2 })
        .private,
      /passphrase/,
    ],
    ['PEM with passphrase', rsa.export({ type: 'pkcs1', format: 'pem', ...cipher }).toString(), /passphrase/],
    ['PKCS #8 with passphrase', rsa.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString(), /passphrase/],
  ];
  for (const [title, text, words] of refused) {
    it(`refuses ${title}, showing nothing of it`, () => {
      expect(() => readPrivateKey(text))
        .to.throw(EhosError, words)
        .that.includes({ errorClass: 'Invalid', field: 'spec.ssh.privateKeyRef' });
      const secret = text
        .trim()
        .split('\n')
        .find((line) => line.length > 12 && !line.startsWith('-'));
      try {
        readPrivateKey(text);
      } catch (error) {
        if (secret !== undefined) expect(String(error)).not.to.contain(secret);
      }
    });
  }
});
