/** The script runs through the real /bin/sh of this machine: what a shell makes of it is the point. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  isInOrder,
  parseScriptOutput,
  renderScript,
  SCRIPT_COMMAND,
  shellQuote,
  type ScriptStep,
  type StepResult,
} from '../../../src/base/remote-script.ts';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'ehos-script-'))));
after(() => rmSync(folder, { recursive: true }));

function run(steps: ScriptStep[]): { steps: Map<string, StepResult>; complete: boolean } {
  const [shell = '', ...args] = SCRIPT_COMMAND.split(' ');
  const result = spawnSync(shell, args, {
    input: renderScript(steps),
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  expect(result.stderr, 'the script itself says nothing').to.equal('');
  return parseScriptOutput(result.stdout);
}

const runOne = (step: Omit<ScriptStep, 'name'>): StepResult | undefined =>
  run([{ name: 'one', ...step }]).steps.get('one');

/** What a command prints loses one line break at its end. */
const withoutLastBreak = (text: string): string => text.replace(/\n$/, '');

/** Texts that a shell would love to interpret. */
const hostile: [name: string, text: string][] = [
  ['nothing', ''],
  ['blanks', '  two  blanks  '],
  ['single quotes', `it's 'quoted' '' '`],
  ['double quotes', '"a" "" "'],
  ['command substitution', '$(touch pwned) `touch pwned`'],
  ['command separators', '; touch pwned && touch pwned || touch pwned | touch pwned & touch pwned'],
  ['redirection', '> pwned < /etc/passwd 2>&1'],
  ['variables', '$HOME ${PATH} $$ $1 $@'],
  ['a quote that closes and opens', `'; touch pwned; '`],
  ['backslashes', String.raw`\ \\ \n \' \" \$HOME \0`],
  ['globs', '* ? [a-z] ~ {a,b}'],
  ['an option', '--help -rf'],
  ['line breaks', 'first\nsecond\n\nfourth'],
  ['a line break at the end', 'text\n'],
  ['printf formats', '%s %d %n %%'],
  ['history and comments', '!! #comment'],
  ['letters of the world', 'Zürich 東京 🚀'],
  ['control characters', 'a\tb\rc\u001b[31md\u0007'],
  ['a ClassAd that was injected', 'x"; evil@ehos.example || true'],
  ['a here document', '<<EOF\ntouch pwned\nEOF'],
  ['a very long word', 'x'.repeat(100_000)],
];

describe('shellQuote', () => {
  for (const [name, text] of hostile) {
    it(`keeps ${name} one word, unchanged`, () => {
      const result = spawnSync('/bin/sh', ['-s'], {
        input: `printf '%s' ${shellQuote(text)}`,
        cwd: folder,
        encoding: 'utf8',
      });
      expect(result.stdout).to.equal(text);
      expect(result.stderr).to.equal('');
    });
  }
});

describe('a script run by /bin/sh', () => {
  for (const [name, text] of hostile) {
    it(`hands over ${name} as an argument`, () => {
      expect(runOne({ argv: ['printf', '%s', text] })).to.deep.equal({
        code: 0,
        stdout: withoutLastBreak(text),
        stderr: '',
      });
    });
    it(`hands over ${name} as standard input`, () => {
      expect(runOne({ argv: ['cat'], stdin: text })).to.deep.equal({
        code: 0,
        stdout: withoutLastBreak(text),
        stderr: '',
      });
    });
  }

  it('ran none of the commands in all those texts', () => expect(existsSync(join(folder, 'pwned'))).to.equal(false));

  it('tells arguments apart', () => {
    expect(runOne({ argv: ['printf', '<%s>', 'a b', '', 'c'] })?.stdout).to.equal('<a b><><c>');
  });

  it('answers every step with its own output, error text and exit code', () => {
    const { steps, complete } = run([
      { name: 'good', argv: ['echo', 'fine'] },
      { name: 'bad', argv: ['sh', '-c', 'echo out; echo "first line" >&2; echo second >&2; exit 3'] },
      { name: 'after', argv: ['echo', 'still here'] },
    ]);
    expect(complete).to.equal(true);
    expect([...steps]).to.deep.equal([
      ['good', { code: 0, stdout: 'fine', stderr: '' }],
      ['bad', { code: 3, stdout: 'out', stderr: 'first line second' }],
      ['after', { code: 0, stdout: 'still here', stderr: '' }],
    ]);
  });

  it('says 127 for a command that does not exist', () => {
    expect(runOne({ argv: ['no-such-command-at-all'] })).to.include({ code: 127, stdout: '' });
  });

  it('ends a command at its deadline with 124 and goes on', () => {
    const { steps, complete } = run([
      { name: 'slow', argv: ['sleep', '30'], timeoutSeconds: 1 },
      { name: 'next', argv: ['echo', 'on'] },
    ]);
    expect(steps.get('slow')?.code).to.equal(124);
    expect(steps.get('next')?.stdout).to.equal('on');
    expect(complete).to.equal(true);
  });

  it('gives a command without input an empty one, not the rest of the script', () => {
    const { steps, complete } = run([
      { name: 'reads', argv: ['cat'] },
      { name: 'next', argv: ['echo', 'on'] },
    ]);
    expect(steps.get('reads')?.stdout).to.equal('');
    expect(steps.get('next')?.stdout).to.equal('on');
    expect(complete).to.equal(true);
  });

  it('finds the programs of /usr/sbin', () => {
    expect(runOne({ argv: ['sh', '-c', 'echo ":$PATH:"'] })?.stdout).to.match(/:\/usr\/sbin:/);
  });

  it('speaks the C locale, whatever the account has', () => {
    expect(runOne({ argv: ['sh', '-c', 'echo $LC_ALL'] })?.stdout).to.equal('C');
  });

  it('leaves no temporary file behind', () => {
    run([
      { name: 'a', argv: ['true'] },
      { name: 'b', argv: ['sh', '-c', 'echo oops >&2; exit 1'] },
    ]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});

describe('renderScript', () => {
  for (const name of ['', 'a b', 'a;b', '$x', 'a\nb', "a'b", 'a_b']) {
    it(`refuses ${JSON.stringify(name)} as the name of a step`, () => {
      expect(() => renderScript([{ name, argv: ['true'] }])).to.throw('not a step name');
    });
  }
});

describe('parseScriptOutput', () => {
  it('reads an answer that was cut off as far as it goes, and says that it is not complete', () => {
    const { steps, complete } = parseScriptOutput('\n#EHOS a\nhello\n\n#ERR \n#RC 0\n\n#EHOS b\nhal');
    expect([...steps.keys()]).to.deep.equal(['a']);
    expect(complete).to.equal(false);
  });

  it('takes nothing for an answer when there is none', () => {
    expect(parseScriptOutput('')).to.deep.equal({ steps: new Map(), complete: false, frames: [] });
  });

  it('skips what a login prints before the first step', () => {
    const { steps, complete } = parseScriptOutput('Welcome!\n#1 of many\n\n#EHOS a\nx\n\n#ERR \n#RC 0\n\n#EHOS-DONE\n');
    expect(steps.get('a')).to.deep.equal({ code: 0, stdout: 'x', stderr: '' });
    expect(complete).to.equal(true);
  });
});

describe('isInOrder', () => {
  const step = (name: string, stdout = ''): string => `\n#EHOS ${name}\n${stdout}\n\n#ERR \n#RC 0\n`;
  const names = ['time', 'startds', 'queue'];
  const whole = `${names.map((name) => step(name)).join('')}\n#EHOS-DONE\n`;

  it('is the case for a whole answer, and for one that was cut off anywhere', () => {
    for (let length = 0; length <= whole.length; length++)
      expect(isInOrder(parseScriptOutput(whole.slice(0, length)), names), String(length)).to.equal(true);
  });

  const forged: [name: string, output: string][] = [
    ['an answer to another step', step('time', `x\n#ERR \n#RC 0\n${step('startds', '[]')}`) + step('startds')],
    ['an exit code of its own', step('time', 'x\n\n#ERR \n#RC 0')],
    ['an error text of its own', step('time', 'x\n#ERR nothing wrong')],
    ['the end of the script', step('time', 'x\n#EHOS-DONE') + step('startds')],
    ['a step that was not asked for', step('time') + step('other')],
    ['an answer twice', step('time') + step('time')],
    ['a million frames', step('time', '#RC 0\n'.repeat(1_000_000))],
  ];
  for (const [name, output] of forged)
    it(`is not where a command printed ${name}`, () => {
      expect(isInOrder(parseScriptOutput(output), names)).to.equal(false);
    });
});

describe('a million lines', () => {
  it('are read as they are, whatever they begin with', () => {
    for (const line of ['x', '#', '# comment', '#EHOSx'])
      expect(
        parseScriptOutput(`\n#EHOS a\n${`${line}\n`.repeat(1_000_000)}\n#ERR \n#RC 0\n`).steps.get('a')?.stdout.length,
      ).to.be.greaterThan(1_999_990);
  });
});
