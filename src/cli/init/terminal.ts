/** Questions to whoever sits at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

export interface Terminal {
  /** The answer, or what stands for an empty one. */
  ask(question: string, otherwise?: string): Promise<string>;
  /** The same without showing what is typed. */
  askSecret(question: string): Promise<string>;
  confirm(question: string): Promise<boolean>;
  say(text: string): void;
}

/** undefined where nobody could answer: everything must then come from flags. */
export function openTerminal(
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WriteStream = process.stderr,
): Terminal | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  const read = async (question: string, shown: boolean): Promise<string> => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input, output: shown ? output : silent, terminal: true });
    try {
      if (!shown) output.write(question);
      return (await lines.question(question)).trim();
    } finally {
      lines.close();
      if (!shown) output.write('\n');
    }
  };
  const ask: Terminal['ask'] = async (question, otherwise) => {
    const answer = await read(`${question}${otherwise === undefined ? '' : ` [${otherwise}]`}: `, true);
    return answer === '' && otherwise !== undefined ? otherwise : answer;
  };
  return {
    ask,
    askSecret: async (question) => await read(`${question}: `, false),
    confirm: async (question) => /^y(es)?$/i.test(await ask(`${question} (yes/no)`, 'no')),
    say: (text) => void output.write(`${text}\n`),
  };
}
