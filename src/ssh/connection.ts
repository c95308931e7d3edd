/** The shell of a remote account over one persistent SSH connection. */
import { setMaxListeners } from 'node:events';
import type { Client } from 'ssh2';
import { systemClock, type Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import { silentLog, type Log } from '../base/log.ts';
import { jitter, systemRandom, type Random } from '../base/random.ts';
import type { RemoteShell, RunOptions, RunResult } from '../base/remote-shell.ts';
import type { WriteGate } from '../base/write-gate.ts';
import { startCommand } from './exec.ts';
import type { HostKeySource } from './host-key.ts';
import { openClient } from './login.ts';
import { Deadline } from './deadline.ts';
import { Places } from './places.ts';

export interface SshTarget {
  host: string;
  port: number;
  user: string;
  /** OpenSSH or PEM form, without passphrase. */
  privateKey: string;
  hostKeys: HostKeySource;
}

/** Milliseconds, where not said otherwise. */
export interface SshSettings {
  /** From the first packet of TCP to the accepted key (default 15,000). */
  connectTimeoutMs: number;
  /** A dead peer is noticed after (keepaliveMissed + 1) intervals (default 10,000). */
  keepaliveIntervalMs: number;
  /** Answers in a row that may be missing (default 3). */
  keepaliveMissed: number;
  /** Commands at a time; more wait. sshd allows 10 sessions a connection (sshd_config(5), MaxSessions). */
  maxParallel: number;
  firstBackoffMs: number;
  maxBackoffMs: number;
}

const DEFAULTS: SshSettings = {
  connectTimeoutMs: 15_000,
  keepaliveIntervalMs: 10_000,
  keepaliveMissed: 3,
  maxParallel: 8,
  firstBackoffMs: 1_000,
  maxBackoffMs: 60_000,
};

const RUN_DEFAULTS = { stdin: '', timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

export interface SshDependencies {
  clock?: Clock;
  random?: Random;
  log?: Log;
  settings?: Partial<SshSettings>;
  /** Every command passes it, since none says whether it changes anything; absent: it is always open. */
  gate?: WriteGate | undefined;
}

/**
 * Connects when a command needs it and keeps the connection. After a failed attempt further commands are refused with the same error
 * until a jittered, growing pause is over, so that a master that is down is not hammered and callers do not queue up.
 */
export class SshConnection implements RemoteShell {
  readonly #target: SshTarget;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #settings: SshSettings;
  readonly #places: Places;
  readonly #gate: WriteGate | undefined;
  readonly #peer: string;
  readonly #closing = new AbortController();
  #client: Promise<Client> | undefined;
  #failures = 0;
  #refusal: { error: EhosError; until: number } | undefined;

  constructor(target: SshTarget, dependencies: SshDependencies = {}) {
    this.#target = target;
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
    this.#log = dependencies.log ?? silentLog;
    this.#gate = dependencies.gate;
    this.#settings = { ...DEFAULTS, ...dependencies.settings };
    this.#places = new Places(this.#settings.maxParallel);
    // every command under way listens to it: many are no leak
    setMaxListeners(0, this.#closing.signal);
    this.#peer = `${target.user}@${target.host}:${target.port}`;
  }

  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const { stdin, timeoutMs, maxOutputBytes } = { ...RUN_DEFAULTS, ...options };
    options.signal?.throwIfAborted();
    const mayGo = (): void => this.#gate?.pass(`${this.#peer}: a command`);
    mayGo();
    const signals = [this.#closing.signal, options.signal, this.#gate?.signal];
    const deadline = new Deadline(this.#clock, timeoutMs, this.#peer, signals);
    const place = this.#places.take();
    try {
      await deadline.race(place.taken);
      const client = await deadline.race(this.#connected());
      const running = startCommand(client, command, { stdin, maxOutputBytes, peer: this.#peer, mayGo });
      deadline.onceSent((reason) => running.abandon(reason));
      return await running.result;
    } finally {
      deadline.clear();
      place.release();
    }
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new EhosError('Transient', `${this.#peer}: the SSH connection was closed`));
    this.#client?.then(
      (client) => client.end(),
      () => undefined,
    );
  }

  #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const { error, until } = this.#refusal ?? { until: 0 };
    const wait = until - this.#clock.now();
    if (error && wait > 0) return Promise.reject(withRetryAfter(error, wait));
    const opening = this.#open();
    this.#client = opening;
    return opening;
  }

  async #open(): Promise<Client> {
    try {
      const client = await openClient(this.#target, this.#settings, this.#clock, this.#closing.signal);
      this.#failures = 0;
      this.#refusal = undefined;
      client.once('close', () => {
        this.#client = undefined;
        this.#log.debug('SSH connection ended', { peer: this.#peer });
      });
      this.#log.debug('SSH connection open', { peer: this.#peer });
      return client;
    } catch (error) {
      this.#client = undefined;
      throw this.#refuseForAWhile(error as EhosError);
    }
  }

  #refuseForAWhile(error: EhosError): EhosError {
    const { firstBackoffMs, maxBackoffMs } = this.#settings;
    // 2^16 is beyond any sensible maximum, and keeps the power finite
    const pause = jitter(this.#random, Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(this.#failures, 16)));
    this.#failures += 1;
    this.#refusal = { error, until: this.#clock.now() + pause };
    this.#log.debug('SSH connection failed', { peer: this.#peer, error, pauseMs: pause });
    return withRetryAfter(error, pause);
  }
}

function withRetryAfter(error: EhosError, retryAfterMs: number): EhosError {
  const field = error.field === undefined ? {} : { field: error.field };
  return new EhosError(error.errorClass, error.message, { ...field, retryAfterMs, cause: error.cause });
}
