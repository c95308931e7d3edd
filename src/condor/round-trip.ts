/** Several commands on the master in one round trip. */
import { EhosError } from '../base/errors.ts';
import {
  isInOrder,
  parseScriptOutput,
  renderScript,
  SCRIPT_COMMAND,
  type ScriptStep,
  type StepResult,
} from '../base/remote-script.ts';
import { redactText } from '../base/redact.ts';
import type { RemoteShell } from '../base/remote-shell.ts';
import { oneLine } from '../base/text.ts';

/** Milliseconds for the way there and back, the login included, beyond what the commands themselves may take. */
const ALLOWANCE_MS = 20_000;

export class Answers {
  readonly #steps: Map<string, StepResult>;
  readonly #complete: boolean;

  constructor(steps: Map<string, StepResult>, complete: boolean) {
    this.#steps = steps;
    this.#complete = complete;
  }

  /** What a command answered, whatever its exit code. Throws `Transient` when the output ended before. */
  of(name: string): StepResult {
    const step = this.#steps.get(name);
    if (step) return step;
    const why = this.#complete ? 'gave no answer' : 'the output ended before its answer';
    throw new EhosError('Transient', `${name}: ${why}`, { maybeDone: true });
  }

  /** The standard output of a command that succeeded. Throws `Transient` with the command's own words when it did not. */
  output(name: string): string {
    const step = this.of(name);
    if (step.code !== 0) throw new EhosError('Transient', `${name}: ${wordsOf(step)}`);
    return step.stdout;
  }
}

/** What a failed command said, on one line of bounded length. */
function wordsOf(step: StepResult): string {
  if (step.code === 124 || step.code === 137) return 'no answer in time';
  const words = oneLine(redactText(`${step.stderr} ${step.stderr === '' ? step.stdout : ''}`, 300));
  return words === '' ? `exit code ${step.code}` : `${words} (exit code ${step.code})`;
}

export async function runSteps(shell: RemoteShell, steps: ScriptStep[], signal?: AbortSignal): Promise<Answers> {
  const seconds = steps.reduce((sum, step) => sum + (step.timeoutSeconds ?? 20), 0);
  const { stdout } = await shell.run(SCRIPT_COMMAND, {
    stdin: renderScript(steps),
    timeoutMs: seconds * 1000 + ALLOWANCE_MS,
    ...(signal && { signal }),
  });
  const output = parseScriptOutput(stdout);
  const names = steps.map(({ name }) => name);
  if (!isInOrder(output, names))
    throw new EhosError(
      'Transient',
      'the master answered out of order: a command printed what only frames its answer',
      {
        maybeDone: true,
      },
    );
  return new Answers(output.steps, output.complete);
}
