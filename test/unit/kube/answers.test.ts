import { expect } from 'chai';
import fc from 'fast-check';
import { EhosError } from '../../../src/base/errors.ts';
import { objectIn, pageIn } from '../../../src/kube/answers.ts';
import { answerError } from '../../../src/kube/errors.ts';
import { hostileText, UNPRINTABLE } from '../base/hostile.ts';

const answer = (body: string): Parameters<typeof objectIn>[0] => ({ status: 200, header: () => undefined, body });
const change = { what: 'patch ehosnodes "a"', mutates: true };
const read = { what: 'list ehosnodes', mutates: false };

const refusal = (act: () => unknown): EhosError => {
  try {
    act();
  } catch (error) {
    if (error instanceof EhosError) return error;
    throw error;
  }
  throw new Error('it should have been refused');
};

const DEEP = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

describe('an answer of the Kubernetes API that is no object', () => {
  const rows: [name: string, body: string][] = [
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a page of a proxy', '<html><body>Sign in</body></html>'],
    ['what is cut short', '{"kind":"EhosNode","metadata":{"name":"a"'],
    ['an object without metadata', '{"kind":"EhosNode"}'],
    ['metadata that are a list', '{"metadata":[]}'],
    ['a name that is a number', '{"metadata":{"name":1}}'],
    ['a version that is a number', '{"metadata":{"name":"a","resourceVersion":7}}'],
    ['finalizers that are a text', '{"metadata":{"name":"a","finalizers":"ehos.io/x"}}'],
    ['finalizers with a number', '{"metadata":{"name":"a","finalizers":[1]}}'],
    ['labels with a list', '{"metadata":{"name":"a","labels":{"x":[]}}}'],
    ['a status that is a text', '{"metadata":{"name":"a"},"status":"ok"}'],
    ['a spec that is a list', '{"metadata":{"name":"a"},"spec":[]}'],
    ['100,000 braces', DEEP],
  ];
  for (const [name, body] of rows)
    it(`is refused as such: ${name}`, () => {
      const error = refusal(() => objectIn(answer(body), change));
      expect(error).to.include({ errorClass: 'Transient', maybeDone: true });
      expect(error.message).to.match(/^patch ehosnodes "a": unexpected answer of the Kubernetes API: /);
      expect(error.message.length).to.be.below(200);
    });
});

describe('an answer of the Kubernetes API that is no list', () => {
  const rows: [name: string, body: string][] = [
    ['null', 'null'],
    ['an object', '{"metadata":{"name":"a","resourceVersion":"7"}}'],
    ['a list without metadata', '{"items":[]}'],
    ['a list without a version', '{"metadata":{},"items":[]}'],
    ['items that are an object', '{"metadata":{"resourceVersion":"7"},"items":{}}'],
    ['items of which one is null', '{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"}},null]}'],
    ['items of which one is nameless', '{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{}}]}'],
    ['a mark for the next page that is a number', '{"metadata":{"resourceVersion":"7","continue":5},"items":[]}'],
  ];
  for (const [name, body] of rows)
    it(`is never taken for an empty one: ${name}`, () => {
      expect(refusal(() => pageIn(answer(body), read))).to.include({ errorClass: 'Transient', maybeDone: false });
    });

  it('is empty where the server says so', () => {
    const none = { items: [], resourceVersion: '7', continueToken: undefined };
    for (const items of ['[]', 'null'])
      expect(pageIn(answer(`{"metadata":{"resourceVersion":"7"},"items":${items}}`), read)).to.deep.equal(none);
  });
});

describe('a refusal of the Kubernetes API', () => {
  const values = fc.oneof(fc.jsonValue(), hostileText, fc.constant(Array(3).fill({ reason: 5, field: [] })));
  it('is an error of one line whatever its Status holds', () => {
    const status = fc.record(
      {
        kind: fc.constant('Status'),
        message: values,
        reason: values,
        details: fc.oneof(values, fc.record({ causes: values, retryAfterSeconds: values })),
      },
      { requiredKeys: ['kind'] },
    );
    fc.assert(
      fc.property(fc.constantFrom(400, 403, 404, 409, 422, 429, 500), status, (code, body) => {
        const error = answerError(change, code, JSON.stringify(body), undefined);
        expect(error.message).not.to.match(UNPRINTABLE);
        expect(error.message.length).to.be.below(1_200);
        expect([typeof error.reason, typeof error.field]).not.to.include('object');
        expect(error.retryAfterMs ?? 0).to.be.within(0, 24 * 3600 * 1000);
      }),
    );
  });
});
