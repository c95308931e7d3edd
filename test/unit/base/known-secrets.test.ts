import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { rememberSecret } from '../../../src/base/known-secrets.ts';
import { redact } from '../../../src/base/plain.ts';
import { REDACTED, redactText } from '../../../src/base/redact.ts';

describe('a secret that was given to the process', () => {
  it('is shown nowhere, though nothing about its form or its key tells', () => {
    rememberSecret('correct horse battery staple');
    const text = 'Keystone says: correct horse battery staple is not it';
    expect(redactText(text)).to.equal(`Keystone says: ${REDACTED} is not it`);
    expect(new EhosError('Auth', text).message).to.equal(`Keystone says: ${REDACTED} is not it`);
    expect(redact({ note: text, list: [text] })).to.deep.equal({
      note: `Keystone says: ${REDACTED} is not it`,
      list: [`Keystone says: ${REDACTED} is not it`],
    });
  });

  it('is not shown by a line of it, as of a key that a tool prints', () => {
    rememberSecret('-----BEGIN X KEY-----\nb3BlbnNzaC1rZXktdjE=\nQyNTUxOQAAACB+shortLine\n-----END X KEY-----\n');
    expect(redactText('bad line b3BlbnNzaC1rZXktdjE= in it')).to.equal(`bad line ${REDACTED} in it`);
    expect(redactText('-----BEGIN X KEY-----')).to.equal('-----BEGIN X KEY-----');
  });

  it('may hold what means something to a replacement', () => {
    rememberSecret('pa$&word$1$$`');
    expect(redactText('x pa$&word$1$$` y')).to.equal(`x ${REDACTED} y`);
  });

  it('is no word of daily use', () => {
    rememberSecret('admin');
    expect(redactText('user admin')).to.equal('user admin');
  });

  it('is found however far back in a long text it stands, or is not shown with it', () => {
    rememberSecret('far-away-secret-value');
    for (const before of [4_080, 65_530, 100_000])
      expect(redactText(`${'x'.repeat(before)}far-away-secret-value`, Infinity)).not.to.include('far-away');
  });

  it('may be the beginning of another, of which nothing is left over', () => {
    rememberSecret('a-prefix-of-two');
    rememberSecret('a-prefix-of-two-and-more');
    rememberSecret('a-prefix-of-two');
    expect(redactText('a-prefix-of-two-and-more, a-prefix-of-two')).to.equal(`${REDACTED}, ${REDACTED}`);
  });

  it('is one of many: the oldest are forgotten, the last are not', () => {
    for (let i = 0; i < 2_000; i++) rememberSecret(`secret-number-${i}-`);
    expect(redactText('secret-number-1999-')).to.equal(REDACTED);
    expect(redactText('secret-number-0-')).to.equal('secret-number-0-');
  });
});
