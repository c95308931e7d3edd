import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { FakeAnswer } from './fake-master.ts';
import { rejectionOf, setUp } from './well.ts';

describe('CondorMasterClient.probe', () => {
  const pem = (name: string): string => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
  const FILES: Record<string, string> = {
    '/etc/condor/ca.pem': pem('ca.pem'),
    '/etc/condor/host.pem': pem('host.pem'),
  };
  const PROBE: Record<string, FakeAnswer> = {
    version: { stdout: '$CondorVersion: 23.9.6 2026-07-12 $\n' },
    'trust-domain': { stdout: 'ehos.rig\n' },
    'auth-ssl-server-certfile': { stdout: '/etc/condor/gone.pem, /etc/condor/host.pem\n' },
    'trust-domain-cafile': { stdout: '/etc/condor/ca.pem\n' },
    'auth-ssl-server-cafile': { code: 1, stderr: 'Not defined: AUTH_SSL_SERVER_CAFILE' },
  };
  const probing = (answers: Record<string, FakeAnswer> = {}): ReturnType<typeof setUp> =>
    setUp((step) => {
      if (step.argv[0] !== 'cat') return { ...PROBE, ...answers }[step.name] ?? { code: 1 };
      const content = FILES[step.argv[1] ?? ''];
      return content === undefined ? { code: 1, stderr: 'No such file or directory' } : { stdout: content };
    });

  it('reads version, trust domain and certificates in two round trips', async () => {
    const { client } = probing();
    const facts = await client.probe();
    expect(facts).to.include({ version: '23.9.6', trustDomain: 'ehos.rig', certificateName: 'condor-master' });
    expect(facts.caCertificate?.trim()).to.equal(pem('ca.pem').trim());
    expect(client.commands()).to.equal(2);
  });

  const intervals: [title: string, answer: FakeAnswer, seconds: number][] = [
    ['as configured', { stdout: '300\n' }, 300],
    ['of HTCondor where none is defined', { code: 1, stderr: 'Not defined: NEGOTIATOR_INTERVAL' }, 60],
    ['of HTCondor where it is no number', { stdout: '$(OTHER)\n' }, 60],
    ['of HTCondor where it is nothing', { stdout: '0\n' }, 60],
  ];
  for (const [title, answer, seconds] of intervals) {
    it(`finds the interval of the negotiator ${title}`, async () => {
      expect((await probing({ 'negotiator-interval': answer }).client.probe()).negotiatorInterval).to.equal(seconds);
    });
  }

  const without: [title: string, answers: Record<string, FakeAnswer>][] = [
    [
      'the snakeoil certificate that Debian names and nobody makes',
      { 'auth-ssl-server-certfile': { stdout: '/etc/ssl/certs/ssl-cert-snakeoil.pem' } },
    ],
    ['no certificate in the configuration', { 'auth-ssl-server-certfile': { code: 1 } }],
    ['nothing at all', { 'auth-ssl-server-certfile': { code: 1 }, 'trust-domain-cafile': { code: 1 } }],
    ['an authority that is not there', { 'trust-domain-cafile': { stdout: '/nowhere.pem' } }],
  ];
  for (const [title, answers] of without) {
    it(`finds no certificates with ${title}`, async () => {
      expect(await probing(answers).client.probe()).to.deep.include({
        caCertificate: undefined,
        certificateName: undefined,
      });
    });
  }

  it('does not take a certificate that could not be read in time for one that is not there', async () => {
    const { client } = setUp((step) =>
      step.argv[0] === 'cat' ? { code: 124, stderr: '' } : (PROBE[step.name] ?? { code: 1 }),
    );
    const error = await rejectionOf(client.probe());
    expect(error.errorClass).to.equal('Transient');
    expect(error.message).to.equal('/etc/condor/gone.pem cannot be read on the master: exit code 124');
  });

  const invalid: [title: string, answers: Record<string, FakeAnswer>, words: RegExp][] = [
    ['there is no HTCondor', { version: { code: 127, stderr: 'not found' } }, /no condor_version/],
    ['it is too old', { version: { stdout: '$CondorVersion: 9.0.1 May 2021 $' } }, /9\.0\.1 is too old/],
    ['the trust domain is odd', { 'trust-domain': { stdout: 'a b"' } }, /TRUST_DOMAIN/],
    ['the trust domain is empty', { 'trust-domain': { stdout: '\n' } }, /TRUST_DOMAIN/],
  ];
  for (const [title, answers, words] of invalid) {
    it(`is Invalid when ${title}`, async () => {
      const error = await rejectionOf(probing(answers).client.probe());
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.ssh.host' });
      expect(error.message).to.match(words);
    });
  }

  it('is Transient when the version cannot be read for another reason', async () => {
    expect((await rejectionOf(probing({ version: { code: 124 } }).client.probe())).errorClass).to.equal('Transient');
  });
});
