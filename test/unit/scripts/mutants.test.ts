import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mutated } from '../../../scripts/mutate.ts';
import { MUTANTS } from '../../mutants.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the list of mutants', () => {
  it('holds at least a dozen, each once', () => {
    expect(MUTANTS.length).to.be.at.least(12);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).to.equal(MUTANTS.length);
  });

  for (const mutant of MUTANTS)
    it(`fits the code, and its tests exist: ${mutant.name}`, () => {
      const text = readFileSync(`${root}${mutant.file}`, 'utf8');
      expect(mutated(text, mutant)).to.not.equal(text);
      expect(mutant.tests).to.not.have.length(0);
      for (const file of mutant.tests) expect(existsSync(`${root}${file}`), file).to.equal(true);
    });

  it('is refused where the text stands twice, or not at all', () => {
    const mutant = { name: 'x', file: 'f', from: 'a', to: 'b', tests: [] };
    expect(() => mutated('a a', mutant)).to.throw('"a" stands 2 times in f, not once');
    expect(() => mutated('c', mutant)).to.throw('"a" stands 0 times in f, not once');
  });
});
