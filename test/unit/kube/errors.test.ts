import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { answerError, failureError, isExpired, KubeError, watchError } from '../../../src/kube/errors.ts';
import { TransportFailure, type FailureKind } from '../../../src/kube/transport.ts';

interface Fixture {
  response: {
    status: number;
    headers: Record<string, string>;
    body: unknown;
    events?: { type: string; object: unknown }[];
  };
}

/** What a real API server answered, as an error of a change. */
const fixture = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`../../fixtures/kubernetes/${name}.json`, import.meta.url), 'utf8')) as Fixture;
const errorOf = (name: string): KubeError => {
  const { status, headers, body } = fixture(name).response;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return answerError({ what: 'create pools "a"', mutates: true }, status, text, headers['retry-after']);
};

describe('answerError', () => {
  interface Row {
    fixture: string;
    errorClass: string;
    reason?: string;
    field?: string;
    retryAfterMs?: number;
    maybeDone?: boolean;
  }
  const rows: Row[] = [
    { fixture: 'create-already-exists-409', errorClass: 'Conflict', reason: 'AlreadyExists' },
    { fixture: 'create-while-deleting-409', errorClass: 'Conflict', reason: 'AlreadyExists' },
    { fixture: 'update-conflict-409', errorClass: 'Conflict', reason: 'Conflict' },
    { fixture: 'delete-precondition-409', errorClass: 'Conflict', reason: 'Conflict' },
    { fixture: 'apply-conflict-409', errorClass: 'Conflict', reason: 'Conflict' },
    { fixture: 'create-cel-422', errorClass: 'Invalid', reason: 'Invalid', field: 'spec' },
    { fixture: 'patch-immutable-cel-422', errorClass: 'Invalid', reason: 'Invalid', field: 'spec.cloud' },
    { fixture: 'create-unknown-field-strict-400', errorClass: 'Invalid', reason: 'BadRequest' },
    { fixture: 'create-broken-json-400', errorClass: 'Invalid', reason: 'BadRequest' },
    { fixture: 'create-name-422', errorClass: 'Invalid', reason: 'Invalid', field: 'metadata.name' },
    { fixture: 'patch-json-test-failed-422', errorClass: 'Invalid', reason: 'Invalid' },
    { fixture: 'patch-strategic-415', errorClass: 'Invalid', reason: 'UnsupportedMediaType' },
    { fixture: 'list-field-selector-400', errorClass: 'Invalid', reason: 'BadRequest' },
    { fixture: 'too-large-413', errorClass: 'Invalid', reason: 'RequestEntityTooLarge' },
    { fixture: 'secret-too-large-422', errorClass: 'Invalid', reason: 'Invalid', field: 'data' },
    { fixture: 'get-404', errorClass: 'NotFound', reason: 'NotFound' },
    { fixture: 'create-no-namespace-404', errorClass: 'NotFound', reason: 'NotFound' },
    { fixture: 'namespace-terminating-create-403', errorClass: 'NotFound', reason: 'NamespaceTerminating' },
    { fixture: 'group-unknown-404', errorClass: 'Transient' },
    { fixture: 'resource-unknown-404', errorClass: 'Transient' },
    { fixture: 'forbidden-403', errorClass: 'Auth', reason: 'Forbidden' },
    { fixture: 'anonymous-403', errorClass: 'Auth', reason: 'Forbidden' },
    { fixture: 'quota-exceeded-403', errorClass: 'Auth', reason: 'Forbidden' },
    { fixture: 'admission-policy-denied-403', errorClass: 'Auth', reason: 'Forbidden' },
    { fixture: 'bad-token-401', errorClass: 'Auth', reason: 'Unauthorized' },
    { fixture: 'too-many-requests-429', errorClass: 'RateLimited', retryAfterMs: 1000 },
    { fixture: 'crd-not-yet-served-429', errorClass: 'RateLimited', reason: 'TooManyRequests', retryAfterMs: 1000 },
    { fixture: 'webhook-unreachable-500', errorClass: 'Transient', reason: 'InternalError', maybeDone: true },
    { fixture: 'too-large-for-etcd-500', errorClass: 'Transient', maybeDone: true },
    {
      fixture: 'list-future-resource-version-504',
      errorClass: 'Timeout',
      reason: 'Timeout',
      retryAfterMs: 1000,
      maybeDone: true,
    },
    { fixture: 'list-exact-compacted-410', errorClass: 'Transient', reason: 'Expired' },
  ];
  for (const { fixture: name, errorClass, reason, field, retryAfterMs, maybeDone = false } of rows) {
    it(`${name} is ${errorClass}`, () => {
      const error = errorOf(name);
      const expected = { errorClass, reason, field, retryAfterMs, maybeDone, status: fixture(name).response.status };
      expect(error).to.include(expected);
      expect(error.message).to.match(/^create pools "a": \S/);
      expect(error.message).to.not.include('\n');
    });
  }

  const answer = (status: number, body: string, retryAfter?: string, mutates = true): KubeError =>
    answerError({ what: 'patch pools "a"', mutates }, status, body, retryAfter);

  const bare: [number, string, string][] = [
    [302, 'Transient', 'patch pools "a": HTTP 302'],
    [400, 'Invalid', 'patch pools "a": HTTP 400'],
    [405, 'Invalid', 'patch pools "a": HTTP 405'],
    [406, 'Invalid', 'patch pools "a": HTTP 406'],
    [408, 'Timeout', 'patch pools "a": HTTP 408'],
    [502, 'Transient', 'patch pools "a": HTTP 502'],
    [503, 'Transient', 'patch pools "a": HTTP 503'],
  ];
  for (const [status, errorClass, message] of bare) {
    it(`${status} without a body is ${errorClass}`, () =>
      expect(answer(status, '')).to.include({ errorClass, message }));
  }

  it('a read of 5xx leaves nothing in doubt', () =>
    expect(answer(503, '', undefined, false).maybeDone).to.equal(false));

  it('keeps to one line of a page that a proxy shows', () => {
    const { message } = answer(502, '<html>\r\n<body>\n  Bad   Gateway</body>\n</html>\n');
    expect(message).to.equal('patch pools "a": <html> <body> Bad Gateway</body> </html> (HTTP 502)');
  });

  it('cuts a text that is very long', () => expect(answer(500, 'x'.repeat(100_000)).message.length).to.be.below(1100));

  it('shows no secret that a webhook may print', () => {
    const { message } = answer(403, '{"kind":"Status","message":"denied: password=hunter2 is weak"}');
    expect(message).to.include('denied').and.not.include('hunter2');
  });

  for (const [retryAfter, expected] of [
    ['7', 7000],
    ['0', 0],
    ['-1', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ] as const) {
    it(`reads Retry-After "${retryAfter}" as ${expected ?? 'nothing'}`, () =>
      expect(answer(503, '', retryAfter).retryAfterMs).to.equal(expected));
  }

  for (const body of ['null', '[]', '"text"', '{"kind":"Pod"}', '{']) {
    it(`takes ${body} for no Status`, () => expect(answer(404, body).errorClass).to.equal('Transient'));
  }
});

describe('failureError', () => {
  const rows: [FailureKind, boolean, string, boolean][] = [
    ['unreachable', true, 'Transient', false],
    ['lost', true, 'Transient', true],
    ['timeout', true, 'Timeout', true],
    ['aborted', true, 'Transient', true],
    ['tooLarge', true, 'Transient', true],
    ['lost', false, 'Transient', false],
    ['timeout', false, 'Timeout', false],
  ];
  for (const [kind, mutates, errorClass, maybeDone] of rows) {
    it(`a ${mutates ? 'change' : 'read'} that ended as ${kind} is ${errorClass}${maybeDone ? ', maybe done' : ''}`, () => {
      const error = failureError({ what: 'x', mutates }, new TransportFailure(kind, 'why'));
      expect(error).to.include({ errorClass, maybeDone, message: 'x: why' });
    });
  }

  it('leaves what is an EhosError already', () => {
    const error = new EhosError('Auth', 'no');
    expect(failureError({ what: 'x', mutates: true }, error)).to.equal(error);
  });

  it('takes anything else for a connection that failed', () => {
    expect(failureError({ what: 'x', mutates: true }, new Error('odd'))).to.include({
      errorClass: 'Transient',
      maybeDone: true,
    });
  });
});

describe('isExpired', () => {
  it('knows the ERROR event of a watch', () => {
    const event = fixture('watch-expired-410').response.events?.[0];
    const error = watchError('watch pools', event?.object);
    expect(isExpired(error)).to.equal(true);
    expect(error).to.include({ reason: 'Expired', status: 410 });
  });

  it('knows the answer to a list', () => expect(isExpired(errorOf('list-exact-compacted-410'))).to.equal(true));

  for (const error of [errorOf('too-large-for-etcd-500'), new Error('410'), undefined, watchError('w', {})]) {
    it(`does not take ${String(error)} for it`, () => expect(isExpired(error)).to.equal(false));
  }
});
