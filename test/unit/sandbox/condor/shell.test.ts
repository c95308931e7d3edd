import { expect } from 'chai';
import { parseShell } from '../../../../src/sandbox/condor/server/shell-words.ts';
import { runCommandLine } from '../../../../src/sandbox/condor/server/shell.ts';
import { renderScript } from '../../../../src/base/remote-script.ts';
import { MINUTE, startPool } from './support.ts';

describe('Words of a shell', () => {
  const rows: [line: string, words: string[][]][] = [
    ["a 'b c' d", [['a', 'b c', 'd']]],
    ["'it'\\''s'", [["it's"]]],
    ["s x 20 '' 'a' ''", [['s', 'x', '20', '', 'a', '']]],
    ["'two\nlines'", [['two\nlines']]],
    ['"a \\"b\\" $c"', [['a "b" $c']]],
    ['a\\ b c\\\nd', [['a b', 'cd']]],
    ['a; b\nc && d || e', [['a'], ['b'], ['c'], ['d'], ['e']]],
    ['a>/dev/null 2>&1', [['a']]],
    ['', []],
  ];
  for (const [line, words] of rows)
    it(JSON.stringify(line), () =>
      expect(parseShell(line).map(({ commands }) => commands[0]?.words)).to.deep.equal(words),
    );

  for (const line of ["'open", '"open', 'a > file', 'a & b'])
    it(`refuses ${JSON.stringify(line)}`, () => expect(() => parseShell(line)).to.throw());
});

describe('The shell of the simulated master', () => {
  async function run(line: string, stdin = '') {
    const { clock, pool } = startPool();
    const out = { stdout: '', stderr: '' };
    const account = { name: 'ehos', administrator: true };
    const work = runCommandLine(line, {
      context: { pool, account, noCondor: false, signal: new AbortController().signal },
      stdin: () => Promise.resolve(stdin),
      stdout: (text) => (out.stdout += text),
      stderr: (text) => (out.stderr += text),
      count: () => undefined,
    });
    await clock.advance(MINUTE);
    return { code: await work, ...out };
  }

  const rows: { line: string; stdin?: string; expected: { code: number; stdout: string; stderr: string } }[] = [
    { line: 'echo a; echo b', expected: { code: 0, stdout: 'a\nb\n', stderr: '' } },
    { line: 'false && echo no; true || echo no', expected: { code: 0, stdout: '', stderr: '' } },
    { line: 'false || echo yes', expected: { code: 0, stdout: 'yes\n', stderr: '' } },
    { line: 'echo through | cat', expected: { code: 0, stdout: 'through\n', stderr: '' } },
    { line: 'cat', stdin: 'in', expected: { code: 0, stdout: 'in', stderr: '' } },
    { line: 'printf out; printf err >&2; exit 3', expected: { code: 3, stdout: 'out', stderr: 'err' } },
    { line: 'nosuch', expected: { code: 127, stdout: '', stderr: 'bash: nosuch: command not found\n' } },
    { line: '/no/such 2>/dev/null', expected: { code: 127, stdout: '', stderr: '' } },
    { line: 'nosuch 2>&1 | cat', expected: { code: 0, stdout: 'bash: nosuch: command not found\n', stderr: '' } },
    {
      line: 'condor_advertise',
      expected: { code: 127, stdout: '', stderr: 'bash: condor_advertise: command not found\n' },
    },
    { line: '/usr/bin/hostname', expected: { code: 0, stdout: 'condor-master\n', stderr: '' } },
    { line: 'sleep 5 && echo slept', expected: { code: 0, stdout: 'slept\n', stderr: '' } },
    { line: '/bin/sh -s', stdin: 'echo plain\n', expected: { code: 0, stdout: 'plain\n', stderr: '' } },
    {
      line: "echo 'open",
      expected: { code: 2, stdout: '', stderr: "bash: unexpected EOF while looking for matching `''\n" },
    },
  ];
  for (const { line, stdin, expected } of rows)
    it(line, async () => expect(await run(line, stdin)).to.deep.equal(expected));

  it('frames the steps of a script', async () => {
    const script = renderScript([
      { name: 'one', argv: ['echo', "it's $HOME; `x`"] },
      { name: 'two', argv: ['cat'], stdin: 'a\nb\n' },
      { name: 'three', argv: ['nosuch'] },
      { name: 'four', argv: ['sleep', '30'], timeoutSeconds: 2 },
      { name: 'five', argv: ['condor_advertise', 'NO_SUCH'] },
    ]);
    expect((await run('/bin/sh -s', script)).stdout).to.equal(
      [
        "\n#EHOS one\nit's $HOME; `x`\n\n#ERR \n#RC 0\n",
        '\n#EHOS two\na\nb\n\n#ERR \n#RC 0\n',
        "\n#EHOS three\n\n#ERR timeout: failed to run command 'nosuch': No such file or directory\n#RC 127\n",
        '\n#EHOS four\n\n#ERR \n#RC 124\n',
        '\n#EHOS five\n\n#ERR Unknown command NO_SUCH\n#RC 1\n',
        '\n#EHOS-DONE\n',
      ].join(''),
    );
  });
});
