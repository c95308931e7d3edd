/** As much of sh's grammar as people type and the operator's scripts use: words, quotes, pipes and lists. No expansion of any kind. */

/** A simple command. */
export type Words = string[];

export interface Pipeline {
  commands: Words[];
  /** When it is run, seen from the result of what came before. */
  when: 'always' | 'success' | 'failure';
}

type Token = { word: string } | { operator: string };

/** Throws an Error for an unfinished quote and for operators that are not known. */
export function parseShell(text: string): Pipeline[] {
  const pipelines: Pipeline[] = [];
  let current: Pipeline = { commands: [[]], when: 'always' };
  const finish = (when: Pipeline['when']): void => {
    if (current.commands.some((words) => words.length > 0)) pipelines.push(current);
    current = { commands: [[]], when };
  };
  for (const token of tokenize(text)) {
    if ('word' in token) current.commands.at(-1)?.push(token.word);
    else if (token.operator === '|') current.commands.push([]);
    else if (token.operator === '&&') finish('success');
    else if (token.operator === '||') finish('failure');
    else finish('always');
  }
  finish('always');
  return pipelines;
}

function* tokenize(text: string): Generator<Token> {
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "'") {
      const end = closing(text, "'", i);
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (char === '"') {
      const end = closing(text, '"', i);
      word = (word ?? '') + text.slice(i + 1, end).replace(/\\(["\\$`])/g, '$1');
      i = end;
    } else if (char === '\\') {
      i++;
      // a backslash before the end of a line joins the lines
      if (text.charAt(i) !== '\n') word = (word ?? '') + text.charAt(i);
    } else if (/[\s;|&]/.test(char)) {
      if (word !== undefined) yield { word };
      word = undefined;
      const operator = /^(?:&&|\|\||[;|\n])/.exec(text.slice(i, i + 2))?.[0];
      if (operator !== undefined) {
        yield { operator };
        i += operator.length - 1;
      } else if (char === '&') throw new Error('background commands are not simulated');
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
