/** A remote shell that answers the steps of a script from a table, framed as the real preamble frames them. */
import type { RemoteShell, RunOptions, RunResult } from '../../../src/base/remote-shell.ts';

export interface FakeStep {
  name: string;
  argv: string[];
  stdin: string;
}

export type FakeAnswer = Partial<{ code: number; stdout: string; stderr: string }>;

export class FakeMaster implements RemoteShell {
  /** All steps, in order. */
  readonly steps: FakeStep[] = [];
  /** Scripts, in order. */
  readonly runs: { command: string; options: RunOptions }[] = [];
  closed = false;
  /** Number of characters after which the output ends; undefined: complete. */
  cutAt: number | undefined;
  /** Thrown instead of an answer. */
  failure: Error | undefined;
  readonly #answer: (step: FakeStep) => FakeAnswer | Promise<FakeAnswer>;

  constructor(answer: (step: FakeStep) => FakeAnswer | Promise<FakeAnswer>) {
    this.#answer = answer;
  }

  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    this.runs.push({ command, options });
    options.signal?.throwIfAborted();
    if (this.failure) throw this.failure;
    let stdout = '';
    for (const step of parseSteps(options.stdin ?? '')) {
      this.steps.push(step);
      const {
        code = 0,
        stdout: out = '',
        stderr = '',
      } = await Promise.race([this.#answer(step), aborted(options.signal)]);
      stdout += `\n#EHOS ${step.name}\n${out}\n#ERR ${stderr.replaceAll('\n', ' ')}\n#RC ${code}\n`;
    }
    return { code: 0, stdout: `${stdout}\n#EHOS-DONE\n`.slice(0, this.cutAt), stderr: '' };
  }

  close(): void {
    this.closed = true;
  }
}

/** Rejects when the signal is aborted; never resolves. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
}

function parseSteps(script: string): FakeStep[] {
  // a word is a run of quoted pieces with escaped quotes between them
  const word = `(?:'[^']*'|\\\\')+`;
  const lines = script.matchAll(new RegExp(`^s ([A-Za-z0-9-]+) \\d+((?: ${word})+)$`, 'gm'));
  return [...lines].map(([, name = '', words = '']) => {
    const [stdin = '', ...argv] = [...words.matchAll(new RegExp(word, 'g'))].map(([quoted]) => unquote(quoted));
    return { name, argv, stdin };
  });
}

function unquote(quoted: string): string {
  // pieces: a quoted run, in which a backslash is only that, or an escaped quote
  return [...quoted.matchAll(/'([^']*)'|\\'/g)].map(([, run]) => run ?? "'").join('');
}
