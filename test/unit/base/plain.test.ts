import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { redact } from '../../../src/base/plain.ts';
import { REDACTED } from '../../../src/base/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlaG9zLW5vZGUtMUBlaG9zIn0.c2lnbmF0dXJl';

describe('redact', () => {
  const table: [name: string, value: unknown, result: unknown][] = [
    [
      'a secret below other keys',
      { cloud: { password: 'x', region: 'r' } },
      { cloud: { password: REDACTED, region: 'r' } },
    ],
    ['a secret that is an object', { secret: { data: 'x' } }, { secret: REDACTED }],
    ['a secret number', { password: 1234 }, { password: REDACTED }],
    ['what is known to be absent', { token: undefined, secret: null }, { token: undefined, secret: null }],
    ['yes and no about a secret', { hasToken: true, secret: false }, { hasToken: true, secret: false }],
    ['a secret in a list', [{ token: 'x' }], [{ token: REDACTED }]],
    ['a secret in a Map', new Map([['x-auth-token', 'x']]), { 'x-auth-token': REDACTED }],
    ['a Set', new Set(['a', JWT]), ['a', REDACTED]],
    ['a big integer', 2n ** 70n, '1180591620717411303424'],
    ['infinity', { limit: Infinity, x: NaN }, { limit: 'Infinity', x: 'NaN' }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(NaN), 'Invalid Date'],
    ['bytes', Buffer.from('secret'), '[6 bytes]'],
    ['a URL', new URL('https://u:p@host/x'), `https://u:${REDACTED}@host/x`],
    ['a function', () => 1, '[function]'],
    ['a symbol', Symbol('x'), 'Symbol(x)'],
    ['undefined', undefined, undefined],
  ];
  for (const [name, value, result] of table) {
    it(`treats ${name}`, () => expect(redact(value)).to.deep.equal(result));
  }

  it('shows an object twice, and a cycle once', () => {
    const shared = { a: 1 };
    const value: Record<string, unknown> = { first: shared, second: shared };
    value.self = value;
    expect(redact(value)).to.deep.equal({ first: { a: 1 }, second: { a: 1 }, self: '[circular]' });
  });

  it('bounds depth, lists and objects', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(JSON.stringify(redact(deep)))
      .to.contain('[too deep]')
      .and.not.to.contain('bottom');
    expect(redact(Array.from({ length: 60 }, (_, i) => i)))
      .to.have.length(51)
      .and.to.include('... 10 more');
    const wide = redact(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i])));
    expect(wide).to.include({ k49: 49, '...': '10 more' }).and.not.to.have.property('k50');
  });

  it('survives a getter that throws', () => {
    const value = {
      get broken(): never {
        throw new Error('no');
      },
    };
    expect(redact({ value, other: 1 })).to.deep.equal({ value: '[unreadable]', other: 1 });
  });

  it('keeps a key __proto__ a key', () => {
    const value = redact(JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(Object.keys(value as object)).to.deep.equal(['__proto__']);
    expect({}).not.to.have.property('polluted');
  });
});

describe('redact of errors', () => {
  it('tells class, field, status, request and causes of an EhosError, and no stack', () => {
    const socket = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const error = new EhosError('Timeout', 'no answer', {
      cause: new Error('fetch failed', { cause: socket }),
      field: 'spec.x',
      maybeDone: true,
      requestId: 'req-1',
      retryAfterMs: 10,
      status: 504,
    });
    const { causes, ...rest } = redact(error) as { causes: unknown };
    expect(rest).to.deep.equal({
      type: 'EhosError',
      message: 'no answer',
      class: 'Timeout',
      field: 'spec.x',
      status: 504,
      requestId: 'req-1',
      retryAfterMs: 10,
      maybeDone: true,
    });
    expect(causes).to.deep.equal([
      { type: 'Error', message: 'fetch failed' },
      { type: 'Error', message: 'read ECONNRESET', code: 'ECONNRESET' },
    ]);
  });

  it('says where any other error came from', () => {
    const { stack } = redact(new TypeError('x is not a function')) as { stack: string[] };
    expect(stack[0]).to.contain('plain.test.ts');
    expect(stack).to.have.length.at.most(12);
  });

  it('hides secrets in messages of errors and of causes', () => {
    const error = new Error(`refused ${JWT}`, { cause: `password=hunter2` });
    expect(JSON.stringify(redact({ error })))
      .not.to.contain('hunter2')
      .and.not.to.contain('eyJ');
  });

  it('ends with a chain of causes that is a circle, or very long', () => {
    const circle = new Error('a');
    circle.cause = new Error('b', { cause: circle });
    expect(redact(circle)).to.have.property('causes').with.length(1);
    let long = new Error('bottom');
    for (let i = 0; i < 50; i++) long = new Error(`level ${i}`, { cause: long });
    expect(redact(long)).to.have.property('causes').with.length(6);
  });

  it('shows each part of an AggregateError', () => {
    const error = new AggregateError([new EhosError('Auth', 'first'), new EhosError('Quota', 'second')], 'both failed');
    expect(redact(error)).to.have.property('errors').with.nested.property('[1].class', 'Quota');
  });

  it('survives an error whose message throws', () => {
    const error = new Error('x');
    Object.defineProperty(error, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(redact({ error })).to.deep.equal({ error: '[unreadable]' });
  });
});
