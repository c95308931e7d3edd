/**
 * Leader election on a Lease, as client-go does it (same times, same fields), with two differences: a standby watches the Lease and takes it
 * at once when it is let go; and what the leader may do is bounded by a gate that closes by itself, five seconds before anyone else may act.
 * docs/adr/0015-leader-election.md has the reasons.
 */
import type { Clock } from '../base/clock.ts';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { jitter, type Random } from '../base/random.ts';
import type { TimedGate } from '../base/write-gate.ts';
import { keyOf } from '../api/resources.ts';
import { conflictOf, look, lookAtForeign, NEVER_SEEN, nextStep, type LeaseView } from './election.ts';
import { LeaseClient } from './lease-client.ts';
import { LEASES, readLease, type Lease, type Scope } from './lease.ts';
import { Reflector } from './reflector.ts';
import { compareVersions } from './store.ts';
import type { KubeClient } from './types.ts';

/** Milliseconds: client-go's defaults. */
export interface ElectionTimes {
  /** How long others leave the Lease alone after its last change. */
  leaseDurationMs: number;
  /** A leader whose last renewal began longer ago than this does nothing any more. */
  renewDeadlineMs: number;
  /** Between two renewals. */
  retryMs: number;
}

export const DEFAULT_TIMES: ElectionTimes = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** A standby relies on the watch, and looks itself this often in case that is dead, ms. */
const LOOK_MS = 5_000;
/** Two installations that saw each other begin both step back, and try again within this time, ms. */
const STEP_BACK_MS = 10_000;

export interface LeaderElectionOptions {
  /**
   * With connections of its own and without the gate: a renewal must not queue behind anything, and is conditional on the Lease's version.
   * Its deadline of a request should be half of the renew deadline.
   */
  client: KubeClient;
  /** What is written into the Lease, for people. */
  clock: Clock;
  /** Whose differences count: nobody must be able to set it. */
  steady: Clock;
  random: Random;
  log: Log;
  /** Of this process alone: a container that was started again is another. */
  identity: string;
  namespace: string;
  name: string;
  /** Name of the installation. */
  release: string;
  /** Which namespaces it serves. */
  scope: Scope;
  /** Opened for as long as the Lease allows. */
  gate: TimedGate;
  /** Once, when this process may act. */
  onElected: () => void;
  /** Once, when it may not any more; the gate is closed. */
  onLost: (reason: string) => void;
  times?: Partial<ElectionTimes>;
}

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #times: ElectionTimes;
  readonly #log: Log;
  readonly #key: string;
  readonly #lease: LeaseClient;
  readonly #reflector: Reflector<Lease>;
  readonly #stop = new AbortController();
  readonly #others = new Map<string, LeaseView>();
  #own: LeaseView = NEVER_SEEN;
  #state: 'candidate' | 'leader' | 'over' = 'candidate';
  #problem: string | undefined;
  /** What is known of the Lease may be old. */
  #doubtful = true;
  /** Failed turns in a row. */
  #failures = 0;
  /** Not before that time is it tried, after stepping back. */
  #notBefore = -Infinity;
  #woken = false;
  #resume: () => void = () => undefined;
  #loop: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    const { client, clock, random, log, namespace, name, identity, release, scope, gate } = options;
    this.#options = options;
    this.#times = { ...DEFAULT_TIMES, ...options.times };
    this.#key = `${namespace}/${name}`;
    this.#log = log.child({ lease: this.#key });
    const tenure = { identity, durationMs: this.#times.leaseDurationMs, release, scope };
    this.#lease = new LeaseClient(client, clock, { namespace, name }, tenure);
    // in all namespaces: those of this name belong to installations of the operator, which must not serve the same namespaces
    const fieldSelector = `metadata.name=${name}`;
    const onChange = (key: string, lease: Lease | undefined): void => this.#seen(key, lease);
    this.#reflector = new Reflector<Lease>({ client, type: LEASES, fieldSelector, clock, random, log, onChange });
    gate.signal.addEventListener('abort', () => this.#lose('the Lease could not be renewed in time'), { once: true });
  }

  start(): void {
    this.#reflector.start();
    this.#loop ??= this.#run();
  }

  get leads(): boolean {
    return this.#state === 'leader';
  }

  /** Who holds the Lease, as far as is known. */
  get holder(): string | undefined {
    return this.#own.lease?.holder;
  }

  /** Why nobody can be elected, or why this process must not be; undefined: all is well. */
  get problem(): string | undefined {
    // a watch that breaks once in a while is none: it is looked at the Lease without it, too
    return this.#problem ?? (this.#reflector.listed ? undefined : this.#reflector.problem());
  }

  /** Ends it. A leader closes its gate and lets the Lease go, so that another can begin at once; what it does must have ended before. */
  async stop(): Promise<void> {
    const led = this.leads;
    this.#end('it is stopping');
    await this.#loop;
    await this.#reflector.stop();
    if (!led) return;
    await this.#lease.release().catch((error: unknown) => this.#log.warn('the Lease was not released', { error }));
  }

  #now(): number {
    return this.#options.steady.now();
  }

  /** Others may end it while something is awaited. */
  #over(): boolean {
    return this.#state === 'over';
  }

  async #run(): Promise<void> {
    while (!this.#over()) {
      this.#woken = false;
      const pause = await this.#turn().catch((error: unknown) => this.#failed(error));
      await this.#pause(pause);
    }
  }

  /** One look and one act; returns how long to wait for the next, ms. */
  async #turn(): Promise<number> {
    const { leads } = this;
    if (!leads) await this.#reflector.synced;
    if (!leads || this.#doubtful) this.#take(await this.#lease.read(this.#stop.signal));
    const { identity } = this.#options;
    const { lease } = this.#own;
    if (leads && lease && lease.holder !== identity) {
      this.#lose(`the Lease is held by ${lease.holder ?? 'nobody'}`);
      return 0;
    }
    const now = this.#now();
    if (!leads && now < this.#notBefore) return this.#notBefore - now;
    const step = nextStep(this.#own, identity, leads, now);
    const conflict = leads ? undefined : this.#conflict();
    if (conflict !== undefined || step.kind === 'Wait') {
      this.#succeeded(conflict);
      return step.kind === 'Wait' ? Math.min(step.ms, LOOK_MS) : LOOK_MS;
    }
    this.#doubtful = true;
    // the time that the Lease gives counts from before anyone else can have seen it
    const startedAt = this.#now();
    this.#take(await this.#lease.carryOut(step, this.#stop.signal));
    this.#succeeded(undefined);
    if (leads) this.#extend(startedAt);
    else await this.#begin(startedAt);
    return jitter(this.#options.random, this.#times.retryMs);
  }

  #extend(startedAt: number): void {
    if (!this.#over() && !this.#options.gate.openUntil(startedAt + this.#times.renewDeadlineMs))
      this.#lose('the answer to its renewal came too late');
  }

  /** The Lease is ours: was another installation as quick? */
  async #begin(startedAt: number): Promise<void> {
    const { random, identity, gate, onElected } = this.#options;
    for (const lease of await this.#lease.readAll(this.#stop.signal)) this.#seenForeign(keyOf(lease), lease);
    if (this.#over()) return;
    const conflict = this.#conflict();
    if (conflict !== undefined) {
      this.#tell(conflict);
      this.#notBefore = this.#now() + random.next() * STEP_BACK_MS;
      await this.#lease.release();
      return;
    }
    // too late: it is renewed before anything is done
    if (!gate.openUntil(startedAt + this.#times.renewDeadlineMs)) return;
    this.#state = 'leader';
    this.#log.info('elected', { identity });
    onElected();
  }

  #conflict(): string | undefined {
    const { release, scope } = this.#options;
    return conflictOf({ release, scope, lease: this.#own }, this.#others.values(), this.#now());
  }

  #take(lease: Lease | undefined): void {
    this.#own = look(this.#own, lease && readLease(lease), this.#now());
    this.#doubtful = false;
  }

  /** What the watch says: a hint to look, and the time at which a holder was last active. */
  #seen(key: string, lease: Lease | undefined): void {
    if (key !== this.#key) {
      this.#seenForeign(key, lease);
      return;
    }
    const { identity } = this.#options;
    const now = lease && readLease(lease);
    if (this.leads) {
      if (now?.holder === identity) return;
      this.#doubtful = true;
      this.#wake();
      return;
    }
    // the watch may be behind what was read
    if (now && compareVersions(now.resourceVersion, this.#own.lease?.resourceVersion ?? '0') < 0) return;
    this.#own = look(this.#own, now, this.#now());
    if (nextStep(this.#own, identity, false, this.#now()).kind !== 'Wait') this.#wake();
  }

  #seenForeign(key: string, lease: Lease | undefined): void {
    if (key === this.#key) return;
    const view = lookAtForeign(this.#others.get(key) ?? NEVER_SEEN, lease && readLease(lease), this.#now());
    if (lease) this.#others.set(key, view);
    else this.#others.delete(key);
  }

  #succeeded(problem: string | undefined): void {
    this.#failures = 0;
    this.#tell(problem);
  }

  /** A turn failed; returns when to try again. */
  #failed(error: unknown): number {
    this.#doubtful = true;
    this.#failures++;
    // somebody was quicker, or it is gone: look again now, but not for ever
    if (this.#failures === 1 && ['Conflict', 'NotFound'].includes(errorClassOf(error))) return 0;
    if (!this.#over()) this.#tell(messageOf(error));
    const wanted = error instanceof EhosError ? (error.retryAfterMs ?? 0) : 0;
    return jitter(this.#options.random, Math.max(this.#times.retryMs, Math.min(wanted, LOOK_MS)));
  }

  /** Logged once, for as long as it is the same. */
  #tell(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#problem)
      this.#log.warn(this.leads ? 'the Lease was not renewed' : 'not leading', { reason: problem });
    this.#problem = problem;
  }

  #lose(reason: string): void {
    if (this.#over()) return;
    const led = this.leads;
    const why = this.#problem === undefined ? reason : `${reason}: ${this.#problem}`;
    this.#end(why);
    if (led) this.#options.onLost(why);
  }

  #end(why: string): void {
    this.#state = 'over';
    this.#options.gate.close(why);
    this.#stop.abort(new EhosError('Transient', `leader election is over: ${why}`));
    this.#wake();
  }

  #wake(): void {
    this.#woken = true;
    this.#resume();
  }

  async #pause(ms: number): Promise<void> {
    if (this.#woken || this.#over()) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.steady.after(ms, resolve);
      this.#resume = () => {
        cancel();
        resolve();
      };
    });
  }
}
