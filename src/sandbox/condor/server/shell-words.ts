/** As much of sh's grammar as people type and the operator's scripts use: words, quotes, pipes, lists, and sending streams elsewhere. No expansion of any kind. */

/** Where a stream goes. */
export type Sink = 'stdout' | 'stderr' | 'nowhere';

export interface Command {
  words: string[];
  /** Of the command's standard output and standard error. */
  stdout: Sink;
  stderr: Sink;
}

export interface Pipeline {
  commands: Command[];
  /** When it is run, seen from the result of what came before. */
  when: 'always' | 'success' | 'failure';
}

type Token = { word: string } | { operator: string } | { redirect: { from: 'stdout' | 'stderr'; to: string } };

/** Throws an Error for an unfinished quote and for what is not simulated. */
export function parseShell(text: string): Pipeline[] {
  const pipelines: Pipeline[] = [];
  let command = newCommand();
  let current: Pipeline = { commands: [command], when: 'always' };
  const finish = (when: Pipeline['when']): void => {
    if (current.commands.some(({ words }) => words.length > 0)) pipelines.push(current);
    command = newCommand();
    current = { commands: [command], when };
  };
  for (const token of tokenize(text)) {
    if ('word' in token) command.words.push(token.word);
    else if ('redirect' in token) redirect(command, token.redirect);
    else if (token.operator === '|') current.commands.push((command = newCommand()));
    else finish(token.operator === '&&' ? 'success' : token.operator === '||' ? 'failure' : 'always');
  }
  finish('always');
  return pipelines;
}

function newCommand(): Command {
  return { words: [], stdout: 'stdout', stderr: 'stderr' };
}

function redirect(command: Command, { from, to }: { from: 'stdout' | 'stderr'; to: string }): void {
  if (to === '/dev/null') command[from] = 'nowhere';
  else command[from] = to === '&1' ? command.stdout : command.stderr;
}

function* tokenize(text: string): Generator<Token> {
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "'" || char === '"') {
      const end = closing(text, char, i);
      const quoted = text.slice(i + 1, end);
      word = (word ?? '') + (char === "'" ? quoted : quoted.replace(/\\(["\\$`])/g, '$1'));
      i = end;
    } else if (char === '\\') {
      i++;
      // a backslash before the end of a line joins the lines
      if (text.charAt(i) !== '\n') word = (word ?? '') + text.charAt(i);
    } else if (char === '>') {
      const target = /^>\s*(&[12]|\/dev\/null)/.exec(text.slice(i));
      if (!target) throw new Error('writing to files is not simulated');
      const from = word === '2' ? 'stderr' : 'stdout';
      if (word !== undefined && word !== '1' && word !== '2') yield { word };
      word = undefined;
      yield { redirect: { from, to: target[1] ?? '' } };
      i += target[0].length - 1;
    } else if (/[\s;|&]/.test(char)) {
      if (word !== undefined) yield { word };
      word = undefined;
      const operator = /^(?:&&|\|\||[;|\n])/.exec(text.slice(i, i + 2))?.[0];
      if (operator === undefined && char === '&') throw new Error('background commands are not simulated');
      if (operator !== undefined) yield { operator };
      i += (operator?.length ?? 1) - 1;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) yield { word };
}

function closing(text: string, quote: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (quote === '"' && text.charAt(i) === '\\') i++;
    else if (text.charAt(i) === quote) return i;
  }
  throw new Error(`unexpected EOF while looking for matching \`${quote}'`);
}
