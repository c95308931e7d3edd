/** One command on an open SSH connection: RFC 4254, section 6.5. */
import type { Client, ClientChannel } from 'ssh2';
import { EhosError, messageOf } from '../base/errors.ts';
import type { RunResult } from '../base/remote-shell.ts';

export interface ExecOptions {
  stdin: string;
  /** Bytes of standard output and error together. */
  maxOutputBytes: number;
  /** `user@host:port`, for messages. */
  peer: string;
  /** Asked before the command is sent, and again before its standard input is: throws to have it given up. */
  mayGo?: () => void;
}

/** A command that runs, and the way to stop waiting for it. */
export interface RunningCommand {
  result: Promise<RunResult>;
  /** Closes the channel, asks the server to end the command, and makes `result` reject with `reason`. */
  abandon(reason: Error): void;
}

/** Starts `command`. Its result rejects with `Transient` when the connection ends first or the output is too long. */
export function startCommand(client: Client, command: string, options: ExecOptions): RunningCommand {
  const running = new Command(options);
  try {
    options.mayGo?.();
  } catch (error) {
    running.fail(error as Error);
    return { result: running.result, abandon: () => undefined };
  }
  try {
    client.exec(command, (error, channel) => {
      if (error)
        running.fail(
          new EhosError('Transient', `${options.peer}: the SSH server opened no channel: ${messageOf(error)}`),
        );
      else running.attach(channel);
    });
  } catch (error) {
    // ssh2 throws here when the socket has gone in between
    running.fail(new EhosError('Transient', `${options.peer}: the SSH connection is gone: ${messageOf(error)}`));
  }
  return { result: running.result, abandon: (reason) => running.fail(reason) };
}

class Command {
  readonly result: Promise<RunResult>;
  readonly #options: ExecOptions;
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];
  #bytes = 0;
  #exit: { code: number | null } | undefined;
  #channel: ClientChannel | undefined;
  #over = false;
  #resolve: (result: RunResult) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: ExecOptions) {
    this.#options = options;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  attach(channel: ClientChannel): void {
    this.#channel = channel;
    if (this.#over) {
      this.#stop();
      return;
    }
    channel.on('data', (chunk: Buffer) => this.#take(this.#out, chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#take(this.#err, chunk));
    channel.on('exit', (code: number | null) => {
      this.#exit = { code };
    });
    channel.on('close', () => this.#closed());
    // a command that does not read its input closes the pipe: its exit code says more than that
    channel.on('error', () => undefined);
    this.#feed(channel);
  }

  /** A shell that is given its script this way has done nothing before. */
  #feed(channel: ClientChannel): void {
    try {
      this.#options.mayGo?.();
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    channel.end(this.#options.stdin);
  }

  fail(reason: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#stop();
    this.#reject(reason);
  }

  #take(into: Buffer[], chunk: Buffer): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    const { peer, maxOutputBytes } = this.#options;
    if (this.#bytes > maxOutputBytes)
      this.fail(
        new EhosError('Transient', `${peer}: a command printed more than ${maxOutputBytes} bytes`, { maybeDone: true }),
      );
    else into.push(chunk);
  }

  #closed(): void {
    if (this.#over) return;
    if (!this.#exit) {
      const { peer } = this.#options;
      this.fail(
        new EhosError('Transient', `${peer}: the SSH connection was lost while a command ran`, { maybeDone: true }),
      );
      return;
    }
    this.#over = true;
    // whole texts only here: a character may have been cut in two between chunks
    const [stdout, stderr] = [this.#out, this.#err].map((chunks) => Buffer.concat(chunks).toString('utf8'));
    this.#resolve({ code: this.#exit.code, stdout: stdout ?? '', stderr: stderr ?? '' });
  }

  #stop(): void {
    const channel = this.#channel;
    if (!channel) return;
    try {
      // sshd passes it on since OpenSSH 7.9; closing alone leaves a command that neither reads nor writes running
      channel.signal('TERM');
      channel.close();
    } catch {
      // the connection has gone, and the channel with it
    }
  }
}
