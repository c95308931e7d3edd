import { expect } from 'chai';
import { formatDuration, parseDuration } from '../../../src/base/duration.ts';
import { EhosError } from '../../../src/base/errors.ts';

describe('parseDuration', () => {
  const good: [text: string, ms: number][] = [
    ['1s', 1000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1h30m5s', 5_405_000],
    ['720h', 2_592_000_000],
    ['0s', 0],
    ['007m', 420_000],
    ['1h5s', 3_605_000],
  ];
  for (const [text, ms] of good) {
    it(`reads ${text} as ${ms} ms`, () => expect(parseDuration(text)).to.equal(ms));
  }

  const bad = ['', ' ', '5', 's', '5 m', '5m1h', '1.5h', '-5m', '1d', '500ms', '5M', '5m\n', '1h30', '99999999999999h'];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)} and names the field, the value and the form`, () => {
      expect(() => parseDuration(text, 'spec.bootTimeout'))
        .to.throw(
          EhosError,
          `spec.bootTimeout: ${JSON.stringify(text)} is not a duration: write it like 90s, 15m or 1h30m`,
        )
        .that.includes({ errorClass: 'Invalid', field: 'spec.bootTimeout' });
    });
  }

  it('does not repeat a long text as a whole', () => {
    expect(() => parseDuration('x'.repeat(5000)))
      .to.throw(EhosError)
      .with.property('message')
      .that.satisfies((message: string) => message.length < 200);
  });
});

describe('formatDuration', () => {
  const table: [ms: number, text: string][] = [
    [0, '0s'],
    [400, '0s'],
    [-400, '0s'],
    [600, '1s'],
    [59_499, '59s'],
    [59_500, '1m'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [3_605_000, '1h5s'],
    [5_400_000, '1h30m'],
    [90_061_000, '25h1m1s'],
    [-90_000, '-1m30s'],
    [Infinity, 'Infinity'],
  ];
  for (const [ms, text] of table) {
    it(`writes ${ms} ms as ${text}`, () => expect(formatDuration(ms)).to.equal(text));
  }

  for (const ms of [1000, 61_000, 3_600_000, 86_399_000, 2_592_000_000]) {
    it(`writes ${ms} ms so that it is read as the same`, () => expect(parseDuration(formatDuration(ms))).to.equal(ms));
  }
});
