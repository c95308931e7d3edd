/**
 * Several commands in one remote round trip: a POSIX sh script for standard input of `/bin/sh -s`, and the parser of its framed output.
 * Going through standard input keeps everything out of process arguments and free of command line limits;
 * every word is single-quoted, so nothing that users made is ever interpreted by a shell.
 */

/** The command line that runs a script given on standard input. */
export const SCRIPT_COMMAND = '/bin/sh -s';

export interface ScriptStep {
  /** Letters, digits and dashes; names the step in the answer. */
  name: string;
  argv: string[];
  /** Text for the command's standard input; absent: /dev/null. */
  stdin?: string;
  /** Deadline of this command on the remote side, whole seconds (default 20). */
  timeoutSeconds?: number;
}

export interface StepResult {
  code: number;
  stdout: string;
  /** One line. */
  stderr: string;
}

export interface ScriptOutput {
  steps: Map<string, StepResult>;
  complete: boolean;
  frames: string[];
}

/**
 * `s NAME SECONDS STDIN ARGV...` runs one command under `timeout`, and frames what it printed.
 * Non-login shells lack /usr/sbin, where condor_off and condor_advertise live (measured: rc 127).
 * Standard error is kept in a variable while standard output goes straight through: no temporary file, which a full disk would refuse.
 * What follows in standard input belongs to the shell: a command gets its own text or /dev/null.
 */
export const SCRIPT_PREAMBLE = `PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin; export PATH; LC_ALL=C; export LC_ALL
s() { n=$1; t=$2; i=$3; shift 3; printf '\\n#EHOS %s\\n' "$n"
{ if [ -n "$i" ]; then e=$(printf %s "$i" | timeout -k 5 "$t" "$@" 2>&1 >&3 3>&-)
else e=$(timeout -k 5 "$t" "$@" 2>&1 >&3 3>&- </dev/null); fi; r=$?; } 3>&1
printf '\\n#ERR %s\\n#RC %s\\n' "$(printf %s "$e" | tr '\\n' ' ')" "$r"; }
`;

/** One word for a POSIX shell. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The script for standard input. */
export function renderScript(steps: ScriptStep[]): string {
  const lines = steps.map((step) => {
    if (!/^[A-Za-z0-9-]+$/.test(step.name)) throw new Error(`not a step name: ${step.name}`);
    return ['s', step.name, step.timeoutSeconds ?? 20, shellQuote(step.stdin ?? ''), ...step.argv.map(shellQuote)].join(
      ' ',
    );
  });
  return `${SCRIPT_PREAMBLE}${lines.join('\n')}\nprintf '\\n#EHOS-DONE\\n'\n`;
}

/**
 * What each step answered. `complete` is false when the output ends before the script did; `frames` is the order of what frames the answers,
 * by which `isInOrder` tells whether a command printed something that looks like it.
 * Nothing but the frames is looked at line by line: an answer of megabytes is cut out of the text as it is.
 */
export function parseScriptOutput(output: string): ScriptOutput {
  const steps = new Map<string, StepResult>();
  let current: { name: string; from: number; to: number | undefined; err: string } | undefined;
  let complete = false;
  const found: string[] = [];
  for (const { kind, rest, start, end } of frames(output)) {
    found.push(kind === 'EHOS' ? rest : kind);
    if (found.length > MOST_FRAMES) break;
    if (kind === 'EHOS') current = { name: rest, from: end + 1, to: undefined, err: '' };
    else if (kind === 'EHOS-DONE') complete = true;
    else if (kind === 'ERR' && current) {
      current.to ??= start;
      current.err = rest.trim();
    } else if (kind === 'RC' && current) {
      // the frame begins with a line break of its own; one more at the end is what tools print after their last line
      const { name, from, to = start, err } = current;
      const stdout = output.slice(from, Math.max(from, to - 1)).replace(LAST_BREAK, '');
      steps.set(name, { code: Number(rest), stdout, stderr: err });
      current = undefined;
    }
  }
  return { steps, complete, frames: found };
}

/** Are these the frames of a script of such steps, as far as they go? Whoever got a line of their own into an answer is told by it. */
export function isInOrder({ frames: found }: ScriptOutput, names: readonly string[]): boolean {
  const wanted = [...names.flatMap((name) => [name, 'ERR', 'RC']), 'EHOS-DONE'];
  return found.length <= wanted.length && found.every((frame, i) => frame === wanted[i]);
}

/** More than any script has: output that consists of nothing else is not read to its end. */
const MOST_FRAMES = 10_000;
const LAST_BREAK = /\n$/;
const FRAME = /^#(EHOS|ERR|RC|EHOS-DONE)(?: (.*))?$/;

/** The lines that frame answers, from `start` to their line break at `end`. */
function* frames(output: string): Generator<{ kind: string; rest: string; start: number; end: number }> {
  for (let start = output.startsWith('#') ? 0 : nextLine(output, 0); start > -1;) {
    const end = output.indexOf('\n', start);
    // cut off: `#RC 1` may have been 127
    if (end === -1) return;
    const [, kind, rest = ''] = FRAME.exec(output.slice(start, end)) ?? [];
    if (kind !== undefined) yield { kind, rest, start, end };
    start = nextLine(output, end);
  }
}

/** Where the next line that begins with # begins; -1 when there is none. */
function nextLine(output: string, from: number): number {
  const found = output.indexOf('\n#', from);
  return found === -1 ? -1 : found + 1;
}
