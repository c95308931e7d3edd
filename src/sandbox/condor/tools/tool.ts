/** What a command on the simulated master is given, and gives back. */
import type { CondorPool } from '../pool/pool.ts';

export interface Account {
  name: string;
  /** May drain, approve token requests and drop ads, as COLLECTOR.ALLOW_ADMINISTRATOR and ALLOW_ADVERTISE_* give it. */
  administrator: boolean;
}

export interface ToolContext {
  pool: CondorPool;
  account: Account;
  /** HTCondor is not installed. */
  noCondor: boolean;
  /** What HTCondor says it is, if not what the sandbox imitates: `9.0.17`. */
  version?: string | undefined;
  /** Aborted when the command's deadline is over or its caller has gone. */
  signal: AbortSignal;
}

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Standard input: what the caller sends until it says that this was all. */
export type Input = () => Promise<string>;

/** `argv` without the command's name. */
export type Tool = (argv: readonly string[], context: ToolContext, stdin: Input) => ToolResult | Promise<ToolResult>;

export const ok = (stdout: string, stderr = ''): ToolResult => ({ code: 0, stdout, stderr });
export const failed = (stderr: string, code = 1): ToolResult => ({ code, stdout: '', stderr });

/** Waits on the pool's clock; false when the command was ended before. */
export function pause({ pool, signal }: ToolContext, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const onAbort = (): void => {
      cancel();
      resolve(false);
    };
    const cancel = pool.clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Never answers: what a tool does whose daemon is stopped but not gone. */
export function hang({ signal }: ToolContext): Promise<ToolResult> {
  return new Promise((resolve) => {
    const end = (): void => resolve(failed('', 143));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
