import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { age, ago } from '../../../src/cli/age.ts';
import { completionScript, wordsOf } from '../../../src/cli/completion-script.ts';
import { notesText } from '../../../src/cli/help.ts';
import { rendered } from '../../../src/cli/output.ts';
import { callName, makeProgram } from '../../../src/cli/program.ts';
import { paintFor } from '../../../src/cli/style.ts';

const NOW = Date.parse('2026-01-10T00:00:00Z');

describe('words of the ehos command', () => {
  for (const [ms, words] of [
    [0, '0s'],
    [59_000, '59s'],
    [90_000, '1m30s'],
    [600_000, '10m'],
    [5_400_000, '1h30m'],
    [8 * 3_600_000 + 1_800_000, '8h'],
    [2 * 86_400_000 + 3_600_000, '2d1h'],
    [-5_000, '0s'],
  ] as const)
    it(`${ms} ms ago is ${words}`, () => expect(age(new Date(NOW - ms).toISOString(), NOW)).to.equal(words));

  it('an unknown time is none', () => {
    expect(age(undefined, NOW)).to.equal('-');
    expect(age('soon', NOW)).to.equal('-');
    expect(ago(undefined, NOW)).to.equal('at an unknown time');
  });

  it('colours are for terminals, and nobody else', () => {
    expect(paintFor({ isTTY: true }, {})('red', 'x')).to.equal('\u001b[31mx\u001b[0m');
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).to.equal('x');
    expect(paintFor({ isTTY: true }, { NO_COLOR: '', TERM: 'dumb' })('red', 'x')).to.equal('x');
    expect(paintFor({}, {})('red', 'x')).to.equal('x');
  });

  it('answers are one-line texts in each form', () => {
    const value = { a: 'x\n\u001b[2Jy', list: [1] };
    expect(JSON.parse(rendered('json', value, String))).to.deep.equal({ a: 'x [2Jy', list: [1] });
    expect(rendered('yaml', value, String)).to.equal('a: x [2Jy\nlist:\n  - 1\n');
    expect(rendered('table', value, ({ a }) => a)).to.equal('x [2Jy');
  });

  it('it is called as the user calls it', () => {
    expect(callName('/usr/bin/ehos')).to.equal('ehos');
    expect(callName('/opt/dist/ehos.mjs')).to.equal('ehos');
    expect(callName('/usr/local/bin/kubectl-ehos')).to.equal('kubectl ehos');
    const notes = notesText('kubectl ehos', { examples: [['snapshot | ehos plan -f -', 'what']] });
    expect(notes).to.include('\n  # what\n  kubectl ehos snapshot | kubectl ehos plan -f -');
    expect(makeProgram('kubectl ehos').helpInformation()).to.match(/^Usage: kubectl ehos /);
  });

  describe('completion', () => {
    const words = wordsOf(makeProgram());

    it('knows every command and its options', () => {
      const check = words.find(({ name }) => name === 'check');
      expect(check?.options.flatMap(({ flags }) => flags)).to.include.members(['-f', '--file', '-o', '--output', '-A']);
      expect(words.find(({ name }) => name === 'completion')?.choices).to.deep.equal(['bash', 'zsh', 'fish']);
    });

    const completed = (line: string[]): string[] => {
      const script = `${completionScript('bash', words)}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _ehos; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
    };

    it('works in bash', () => {
      expect(completed(['ehos', 'st'])).to.deep.equal(['status']);
      expect(completed(['ehos', 'check', '--str'])).to.deep.equal(['--strict']);
      expect(completed(['ehos', 'check', '-o', 'y'])).to.deep.equal(['yaml']);
      expect(completed(['ehos', 'completion', ''])).to.deep.equal(['bash', 'zsh', 'fish']);
    });

    it('has a line for each command in zsh and fish, with quotes and colons escaped', () => {
      for (const { name } of words) {
        expect(completionScript('zsh', words)).to.include(`    '${name}:`);
        expect(completionScript('fish', words)).to.include(`-a ${name} -d '`);
      }
      expect(completionScript('fish', words)).to.include("operator\\'s");
    });
  });
});
