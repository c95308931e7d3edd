import { expect } from 'chai';
import fc from 'fast-check';
import { parseJson } from '../../../src/base/json.ts';

describe('parseJson', () => {
  it('reads all JSON that is modest, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(parseJson(text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('counts no brackets and commas within strings', () => {
    const value = { text: `\\"${'[{,'.repeat(1_000_000)}\\`, then: ['"', '\\', '\\"'] };
    expect(parseJson(JSON.stringify(value))).to.deep.equal(value);
  });

  const refused: [name: string, text: string, says: RegExp][] = [
    ['nothing', '', /^not JSON, or cut short \(0 characters\)$/],
    ['what is cut short', '{"servers": [{"id": "a"', /^not JSON, or cut short \(23 characters\)$/],
    ['a string that does not end', '"abc', /^not JSON/],
    ['words', 'Service Unavailable', /^not JSON/],
    ['100,000 brackets', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /^JSON that nests deeper than 100$/],
    ['100,000 braces', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, /^JSON that nests deeper than 100$/],
    ['millions of values', `[${'{},'.repeat(3_000_000)}{}]`, /^JSON of more than 2000000 values$/],
    ['a million backslashes', `"${'\\'.repeat(1_000_001)}`, /^not JSON/],
  ];
  for (const [name, text, says] of refused)
    it(`refuses ${name} in one short line`, () => {
      expect(() => parseJson(text)).to.throw(Error, says);
    });

  it('is no slower with backslashes and quotation marks in turn', () => {
    const started = performance.now();
    expect(() => parseJson(`"${'\\"'.repeat(1_000_000)}`)).to.throw('not JSON');
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});
