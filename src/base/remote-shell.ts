/** A shell on another machine, as `condor` needs it and `ssh` gives it. */
export interface RemoteShell {
  /**
   * Runs one command line in the remote user's shell.
   * Rejects with EhosError: `Timeout` (deadline), `Transient` (connection lost), `Auth` (key refused), `Invalid` (host key, key format).
   * A command that ran is never an error, whatever its exit code.
   */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** Ends the connection; further runs reject. */
  close(): void;
}

export interface RunOptions {
  /** Bytes for the command's standard input. */
  stdin?: string;
  /** Deadline of the whole call, milliseconds (default 30,000). */
  timeoutMs?: number;
  /** Output beyond this many bytes (stdout and stderr together) ends the call with `Transient` (default 64 MiB). */
  maxOutputBytes?: number;
  signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code; null when a signal ended the command. */
  code: number | null;
  stdout: string;
  stderr: string;
}
