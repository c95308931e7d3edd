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

/** What each step answered. `complete` is false when the output ends before the script did. */
export function parseScriptOutput(output: string): { steps: Map<string, StepResult>; complete: boolean } {
  const steps = new Map<string, StepResult>();
  let current: { name: string; out: string[]; err: string } | undefined;
  let complete = false;
  for (const line of output.split('\n')) {
    const frame = /^#(EHOS|ERR|RC|EHOS-DONE)(?: (.*))?$/.exec(line);
    if (frame?.[1] === 'EHOS') current = { name: frame[2] ?? '', out: [], err: '' };
    else if (frame?.[1] === 'ERR' && current) current.err = (frame[2] ?? '').trim();
    else if (frame?.[1] === 'RC' && current) {
      // the frame begins with a line break of its own; one more at the end is what tools print after their last line
      const stdout = current.out.join('\n').replace(/\n$/, '');
      steps.set(current.name, { code: Number(frame[2]), stdout, stderr: current.err });
      current = undefined;
    } else if (frame?.[1] === 'EHOS-DONE') complete = true;
    else current?.out.push(line);
  }
  return { steps, complete };
}
