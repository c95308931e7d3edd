/** The operator's shell on the simulated master, without SSH. */
import { EhosError } from '../../../src/base/errors.ts';
import { SCRIPT_PREAMBLE } from '../../../src/base/remote-script.ts';
import type { RemoteShell, RunOptions, RunResult } from '../../../src/base/remote-shell.ts';
import type { CondorPool } from '../../../src/sandbox/condor/pool/pool.ts';
import { runCommandLine } from '../../../src/sandbox/condor/server/shell.ts';
import { parseShell } from '../../../src/sandbox/condor/server/shell-words.ts';
import type { Site } from '../faults.ts';
import type { Break, Wire } from './wire.ts';

const PEER = 'ehos@condor-master:22';

export class SimCondorShell implements RemoteShell {
  readonly #closing = new AbortController();

  constructor(
    private readonly pool: CondorPool,
    private readonly wire: Wire,
    /** Told of each script just before it runs. */
    private readonly onEffect: (script: string) => void,
  ) {}

  run(command: string, { stdin = '', timeoutMs = 30_000, signal }: RunOptions = {}): Promise<RunResult> {
    if (this.#closing.signal.aborted) return Promise.reject(broken('aborted'));
    return this.wire.carry<RunResult>({
      site: siteOf(stdin),
      timeoutMs,
      signal,
      effect: async (gone, fault) =>
        await this.#execute(command, fault?.kind === 'half' ? firstHalf(stdin) : stdin, gone()),
      broken,
      refusal: (status) => refusal(status, stdin),
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #execute(command: string, stdin: string, gone: AbortSignal): Promise<RunResult> {
    this.onEffect(stdin);
    let [stdout, stderr] = ['', ''];
    const code = await runCommandLine(command, {
      context: { pool: this.pool, account: { name: 'ehos', administrator: true }, noCondor: false, signal: gone },
      stdin: () => Promise.resolve(stdin),
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
      count: () => undefined,
    });
    return { code, stdout, stderr };
  }
}

function broken(how: Break): EhosError {
  switch (how) {
    case 'unreachable':
      return new EhosError('Transient', `${PEER}: connect ECONNREFUSED`);
    case 'timeout':
      return new EhosError('Timeout', `${PEER}: no answer in time`, { maybeDone: true });
    case 'lost':
      return new EhosError('Transient', `${PEER}: the SSH connection was lost while a command ran`, {
        maybeDone: true,
      });
    case 'aborted':
      return new EhosError('Transient', `${PEER}: given up by the caller`, { maybeDone: true });
  }
}

/** 401: the key is refused. Anything else: every command fails in its own way. */
function refusal(status: number, script: string): { value: RunResult } | { error: Error } {
  if (status === 401) return { error: new EhosError('Auth', `${PEER}: the key was refused`) };
  const frames = stepsOf(script).map(
    ({ name }) => `\n#EHOS ${name}\n\n#ERR SECMAN:2007:Failed to end classad message (fault ${status}).\n#RC 1\n`,
  );
  return { value: { code: 0, stdout: `${frames.join('')}\n#EHOS-DONE\n`, stderr: '' } };
}

interface Step {
  name: string;
  words: string[];
}

/** The lines `s NAME SECONDS STDIN ARGV...` of a script. */
function stepsOf(script: string): Step[] {
  const body = script.startsWith(SCRIPT_PREAMBLE) ? script.slice(SCRIPT_PREAMBLE.length) : script;
  return parseShell(body).flatMap(({ commands }) => {
    const [, name = '', , , ...words] = commands[0]?.words[0] === 's' ? commands[0].words : [];
    return name === '' ? [] : [{ name, words }];
  });
}

/** The script up to the middle of its commands: there the connection breaks, and sshd ends what runs. */
function firstHalf(script: string): string {
  const body = script.slice(SCRIPT_PREAMBLE.length);
  const starts = [...body.matchAll(/^s [\w-]+ \d+ '/gm)].map(({ index }) => index);
  const cut = starts[Math.floor(starts.length / 2)] ?? 0;
  return SCRIPT_PREAMBLE + body.slice(0, cut);
}

const SITES = new Map<string, Site>();
/** Most scripts come again, word for word. */
const KNOWN = new Map<string, Site>();
const MOST_KNOWN = 200;

/** By the command that matters: `condor poll`, `condor condor_drain -cancel`. */
function siteOf(script: string): Site {
  const known = KNOWN.get(script);
  if (known) return known;
  const name = `condor ${nameOf(stepsOf(script))}`;
  const mutates = !/poll|condor_version|cat|analyze|condor_q|condor_history|condor_status/.test(name);
  const site = SITES.get(name) ?? { peer: 'condor', name, mutates, repeatable: false, watch: false };
  SITES.set(name, site);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(script, site);
  return site;
}

function nameOf(steps: Step[]): string {
  if (steps.some(({ words }) => words.includes('-group-by')) && steps.length > 3) return 'poll';
  const first = steps.find(({ words }) => words[0] !== 'date') ?? steps[0];
  const [command = 'nothing', ...rest] = first?.words ?? [];
  const telling = rest.find((word) => ['-cancel', '-better-analyze', 'INVALIDATE_STARTD_ADS'].includes(word));
  return telling === undefined ? command : `${command} ${telling}`;
}
