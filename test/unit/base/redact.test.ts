import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { isSecretKey, redact, REDACTED, redactText } from '../../../src/base/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlaG9zLW5vZGUtMUBlaG9zIn0.c2lnbmF0dXJl';
const FERNET = 'gAAAAABnXy3kQ0f1mZ8n2Y9xw4Wb7u6Tq5Rr3Pp1Oo0Nn_Mm-Ll';
const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----';

describe('isSecretKey', () => {
  const secret = [
    'password',
    'Password',
    'OS_PASSWORD',
    'passwd',
    'passphrase',
    'adminPass',
    'admin_pass',
    'secret',
    'application_credential_secret',
    'clientSecret',
    'token',
    'tokens',
    'X-Auth-Token',
    'x-subject-token',
    'authorization',
    'Proxy-Authorization',
    'set-cookie',
    'privateKey',
    'ssh-privatekey',
    'user_data',
    'userData',
    'OS-EXT-SRV-ATTR:user_data',
    'clouds.yaml',
    'kubeconfig',
    'apiKey',
  ];
  for (const key of secret) it(`hides what stands under ${key}`, () => expect(isSecretKey(key)).to.equal(true));

  const harmless = [
    'secretRef',
    'secretName',
    'privateKeyRef',
    'tokenRequests',
    'tokenLifetime',
    'credentialExpiresAt',
    'userDataBytes',
    'pool',
    'key',
    'keyName',
    'author',
    'serverID',
    'passed',
  ];
  for (const key of harmless) it(`shows what stands under ${key}`, () => expect(isSecretKey(key)).to.equal(false));
});

describe('redactText', () => {
  const table: [name: string, text: string, result: string][] = [
    ['a JSON Web Token', `token is ${JWT}.`, `token is ${REDACTED}.`],
    ['the beginning of one', `cut: ${JWT.slice(0, 20)}`, `cut: ${REDACTED}`],
    ['a Keystone token', `got ${FERNET} for it`, `got ${REDACTED} for it`],
    ['a token behind its key', `token: ${JWT}`, `token: ${REDACTED}`],
    ['a private key', `key:\n${PEM}\nend`, `key:\n${REDACTED}\nend`],
    ['a private key that was cut off', `key:\n${PEM.slice(0, 60)}`, `key:\n${REDACTED}`],
    ['an RSA key', '-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY----- x', `${REDACTED} x`],
    ['two keys', `${PEM} and ${PEM}`, `${REDACTED} and ${REDACTED}`],
    ['a token header', 'GET / X-Auth-Token: abc123\nAccept: x', `GET / X-Auth-Token: ${REDACTED}\nAccept: x`],
    ['a token header in JSON', '{"x-auth-token":"abc123"}', `{"x-auth-token":${REDACTED}}`],
    ['a bearer token', 'authorization failed for Bearer abcdef123456', `authorization failed for Bearer ${REDACTED}`],
    ['an authorization header', 'Authorization: Basic dXNlcjpwYXNz', `Authorization: ${REDACTED}`],
    ['password=', 'login user=a password=hunter2, retry', `login user=a password=${REDACTED}, retry`],
    ['"password":', '{"user":"a","password":"hunt er\\"2","x":1}', `{"user":"a","password":${REDACTED},"x":1}`],
    ['password in YAML', 'username: a\npassword: hunter2\nregion: b', `username: a\npassword: ${REDACTED}\nregion: b`],
    ['a secret in single quotes', "secret='a b' c", `secret=${REDACTED} c`],
    [
      'application_credential_secret',
      'application_credential_secret: s3cr3t',
      `application_credential_secret: ${REDACTED}`,
    ],
    ['adminPass', '{"adminPass": "Zx9"}', `{"adminPass": ${REDACTED}}`],
    ['user_data', '{"user_data":"I2Nsb3VkLWNvbmZpZw=="}', `{"user_data":${REDACTED}}`],
    ['a password in a URL', 'rabbit://nova:pa55@host:5672/', `rabbit://nova:${REDACTED}@host:5672/`],
    [
      'nothing secret',
      'cloud east: 3 of 20 cores, http://host:5000/v3',
      'cloud east: 3 of 20 cores, http://host:5000/v3',
    ],
    ['a sentence about passwords', 'the password is wrong', 'the password is wrong'],
    ['a name that begins like a token', 'eyJ and eyJa are short', 'eyJ and eyJa are short'],
  ];
  for (const [name, text, result] of table) {
    it(`treats ${name}`, () => expect(redactText(text)).to.equal(result));
  }

  it('bounds a long text and says how long it was', () => {
    const text = redactText('x'.repeat(10_000));
    expect(text)
      .to.have.length.below(4200)
      .and.to.match(/^x{4096}\.\.\. \(10000 characters\)$/);
  });

  it('leaves no half of a token where it cuts', () => {
    expect(redactText(`${'x'.repeat(4090)} ${JWT}`)).not.to.contain('eyJ');
  });

  for (const [name, text] of [
    ['many opening quotes', 'password="'.repeat(20_000)],
    ['many key beginnings', '-----BEGIN PRIVATE KEY-----'.repeat(5_000)],
    ['many dashes', '-a'.repeat(100_000)],
    ['many blanks', `token${' '.repeat(100_000)}`],
    ['one long word', 'a'.repeat(200_000)],
    ['many dots', 'eyJ' + 'a.'.repeat(100_000)],
    ['many schemes', 'http://a:'.repeat(20_000)],
  ] as const) {
    it(`is quick with ${name}`, () => {
      const start = performance.now();
      redactText(text);
      expect(performance.now() - start).to.be.lessThan(1000);
    });
  }
});

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
    expect(stack[0]).to.contain('redact.test.ts');
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
