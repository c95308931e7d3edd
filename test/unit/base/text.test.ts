import { expect } from 'chai';
import fc from 'fast-check';
import { EhosError, messageOf } from '../../../src/base/errors.ts';
import { cut, oneLine, printableJson } from '../../../src/base/text.ts';
import { hostileText, megabyteOf, UNPRINTABLE } from './hostile.ts';

describe('oneLine', () => {
  const table: [name: string, text: string, line: string][] = [
    ['words as they are', 'No valid host was found.', 'No valid host was found.'],
    ['letters of all languages', 'naïve ☃ 𝒳 日本', 'naïve ☃ 𝒳 日本'],
    ['line breaks', 'a\r\nb\n\nc', 'a b c'],
    ['escape sequences', '\x1b[31mred\x1b[0m', '[31mred [0m'],
    ['the escape sequences of one byte', 'x\x9b2Jy', 'x 2Jy'],
    ['marks of direction', 'user\u202egnp.exe', 'user gnp.exe'],
    ['what is not seen', 'a\u200bb\ufeffc\u00adc', 'a b c c'],
    ['halves of characters', 'a\ud800b\udc00', 'a b'],
    ['NUL', 'a\0b', 'a b'],
  ];
  for (const [name, text, line] of table) it(`treats ${name}`, () => expect(oneLine(text)).to.equal(line));

  it('is one printable line of anything, and of itself the same', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = oneLine(text);
        expect(line).not.to.match(UNPRINTABLE);
        expect(oneLine(line)).to.equal(line);
        expect(Buffer.from(line, 'utf8').toString('utf8')).to.equal(line);
      }),
    );
  });
});

describe('cut', () => {
  it('leaves no half of a character at the end', () => {
    expect(cut('ab𝒳', 3)).to.equal('ab');
    expect(cut('ab𝒳', 4)).to.equal('ab𝒳');
  });
});

describe('printableJson', () => {
  it('is the same value, on one line, with nothing that drives a terminal', () => {
    fc.assert(
      fc.property(fc.dictionary(hostileText, hostileText), (value) => {
        const text = printableJson(JSON.stringify(value));
        expect(text).not.to.match(UNPRINTABLE);
        expect(JSON.stringify(JSON.parse(text))).to.equal(JSON.stringify(value));
      }),
    );
  });
});

describe('the message of an error', () => {
  it('is one bounded printable line whatever words of a peer are in it', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const message of [new EhosError('Transient', `cloud-a: ${text}`).message, messageOf(new Error(text))]) {
          expect(message).not.to.match(UNPRINTABLE);
          expect(message.length).to.be.below(4200);
        }
      }),
    );
  });

  for (const piece of ['x', '\x1b[2J', 'password="', '-----BEGIN PRIVATE KEY-----', '<h1>', '"\\'])
    it(`is bounded with a megabyte of ${JSON.stringify(piece)}`, () => {
      expect(new EhosError('Transient', megabyteOf(piece)).message.length).to.be.below(4200);
    });

  it('is not torn by a name that says secret, token or password', () => {
    for (const words of [
      'cloud-no-secret: there is no Secret "a"',
      'pool-token: must be mended',
      'password: is missing',
    ])
      expect(new EhosError('Invalid', words).message).to.equal(words);
  });

  it('holds no secret that a peer repeats', () => {
    const { message } = new EhosError('Auth', 'login failed for {"password": "hunter2hunter2"}');
    expect(message).to.equal('login failed for {"password": [redacted]}');
  });
});
