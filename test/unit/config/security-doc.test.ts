/** docs/security.md names the test that shows each claim: they must be there, by these words. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { root } from './admission.ts';

const text = readFileSync(new URL('docs/security.md', root), 'utf8');
/** `file` followed by words from the name of a test; a cell or a sentence ends them. */
const named = [
  ...text.matchAll(/`((?:unit|integration|contract)\/[\w./-]+\.ts)` ?([^|`(),.:;]*(?:, [a-z]+[^|`().:;]*)?)/g),
].map(([, file = '', words = '']) => ({ file, words: words.trim() }));

describe('docs/security.md', () => {
  it('names tests', () => expect(named.length).to.be.greaterThan(40));

  for (const { file, words } of named)
    it(`names ${file}: ${words}`, () => {
      const source = readFileSync(new URL(`test/${file}`, root), 'utf8');
      expect(words).not.to.equal('');
      const names = file.startsWith('integration') ? source + helpersOf(source) : source;
      expect(names.replace(/\s+/g, ' ')).to.include(words);
    });
});

/** Names of tests stand in the tables that the test imports from beside it. */
function helpersOf(source: string): string {
  const files = [...source.matchAll(/from '\.\/([\w-]+\.ts)'/g)].map(([, file = '']) => file);
  const all = [...files, 'hostile-cloud.ts', 'hostile-master.ts'];
  return all.map((file) => readFileSync(new URL(`test/integration/${file}`, root), 'utf8')).join('\n');
}
