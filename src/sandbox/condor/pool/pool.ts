/**
 * An HTCondor pool as a state machine on a clock: queue, collector, negotiator, startds and token requests.
 * It does no I/O. Remote tools (../tools) read and change it as the real ones do; tests look behind the scenes (`history`, `startsOf`, ...).
 */
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { Collector } from './collector.ts';
import { ConcurrencyLimits } from './concurrency-limits.ts';
import { CycleTimes } from './cycle-times.ts';
import { EventQueue } from './event-queue.ts';
import { Execution } from './execution.ts';
import { compileExpression } from './expression.ts';
import { jobAd } from './job-ads.ts';
import { JobStatus, type JobShape, type JobSpec } from './jobs.ts';
import { negotiate } from './negotiator.ts';
import { QueueControl } from './queue-control.ts';
import { resolveSettings, type PoolOptions, type PoolSettings } from './pool-options.ts';
import { jobId, Schedd, type HistoryRecord } from './schedd.ts';
import { partitionableAd } from './slot-ads.ts';
import { Startd, type StartdSpec } from './startd.ts';
import { TokenDesk } from './token-desk.ts';
import type { Ad } from './classad.ts';

export type DaemonState = 'Up' | 'Down' | 'Hung';

export interface JobView {
  /** `12.3`. */
  id: string;
  owner: string;
  pool: string | undefined;
  status: 'Idle' | 'Running' | 'Removed' | 'Held';
  starts: number;
  /** Slot it runs on, also when that machine is gone and the lease goes on. */
  host: string | undefined;
}

export class CondorPool {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventQueue;
  readonly schedd = new Schedd();
  readonly collector: Collector;
  readonly tokens: TokenDesk;
  readonly execution: Execution;
  readonly #queue: QueueControl;
  readonly cycleTimes: CycleTimes;
  /** Of its daemons but the collector. */
  readonly startedAt: number;
  /** Negotiation cycles so far that had something to negotiate. */
  cycles = 0;
  /** Matches that came to nothing, because the startd was gone, full or draining. */
  rejectedMatches = 0;
  #scheddState: DaemonState = 'Up';
  #collectorState: DaemonState = 'Up';
  #nextCycle: { at: number; cancel: () => void } | undefined;

  constructor(options: PoolOptions & { clock: Clock; random: Random }) {
    this.settings = resolveSettings(options, options.clock.now());
    this.clock = options.clock;
    this.random = options.random;
    this.events = new EventQueue(options.clock);
    this.collector = new Collector(options.clock.now(), this.settings.adLifetimeSeconds * 1000);
    this.tokens = new TokenDesk(
      {
        trustDomain: this.settings.trustDomain,
        ...(options.tokenLimits ? { limits: options.tokenLimits } : {}),
        ...(options.maxTokenSeconds === undefined ? {} : { maxLifetimeSeconds: options.maxTokenSeconds }),
      },
      options.random,
    );
    this.execution = new Execution(this.schedd, this.events, this.settings, () => this.#planCycle(false));
    this.#queue = new QueueControl(this.schedd, this.execution, options.clock);
    this.startedAt = options.clock.now();
    this.cycleTimes = new CycleTimes(this.startedAt, this.settings);
  }

  /** `queue count` of one submit file; returns the cluster's id. The schedd then asks for a negotiation cycle. */
  submit(spec: JobSpec, count = 1): number {
    const cluster = this.schedd.submit(spec, count, this.clock.now());
    this.#planCycle(true);
    return cluster.id;
  }

  /** `condor_rm` of jobs (`12.3`) and whole clusters (`12`); returns how many jobs. */
  remove(ids: Iterable<string>): number {
    return this.#queue.remove(ids);
  }

  /** `condor_hold`. */
  hold(ids: Iterable<string>): number {
    return this.#queue.hold(ids);
  }

  /** `condor_release`. */
  release(ids: Iterable<string>): number {
    const released = this.#queue.release(ids);
    this.#planCycle(true);
    return released;
  }

  /** A node's startd reports for the first time. A startd alone does not bring a negotiation cycle forward (measured). */
  join(spec: StartdSpec): Startd {
    const startd = new Startd(spec, this.clock.now());
    this.collector.startds.set(spec.machine, startd);
    this.#planCycle(false);
    return startd;
  }

  /** The startd with this slot or machine name, if the collector has its ad. */
  findStartd(name: string): Startd | undefined {
    const startd = this.collector.startds.get(name.slice(name.indexOf('@') + 1));
    return startd && this.collector.hasSlotAd(startd, this.clock.now()) ? startd : undefined;
  }

  /** `condor_reschedule`: a cycle soon, but not earlier than NEGOTIATOR_CYCLE_DELAY after the last. */
  reschedule(): void {
    this.#planCycle(true);
  }

  get scheddState(): DaemonState {
    return this.#scheddState;
  }

  set scheddState(state: DaemonState) {
    this.#scheddState = state;
    this.#planCycle(false);
  }

  get collectorState(): DaemonState {
    return this.#collectorState;
  }

  /** A collector that comes back from `Down` has started anew. */
  set collectorState(state: DaemonState) {
    const restarted = this.#collectorState === 'Down' && state !== 'Down';
    this.#collectorState = state;
    if (restarted) this.restartCollector();
    this.#planCycle(false);
  }

  /** The collector forgets all ads and pending token requests. */
  restartCollector(): void {
    this.collector.restart(this.clock.now());
    this.reconfigure();
  }

  /** `condor_reconfig`: pending token requests are forgotten (measured). */
  reconfigure(): void {
    this.tokens.forgetRequests();
  }

  /** Ends the simulation. */
  close(): void {
    this.events.close();
  }

  /** Jobs that have left the queue, in the order in which they left. */
  history(): readonly HistoryRecord[] {
    return this.schedd.history;
  }

  /** The history is begun anew, as HTCondor does with a file that is too long; returns how many jobs were in it. */
  rotateHistory(): number {
    return this.schedd.rotateHistory();
  }

  /** Jobs in the queue: the truth, one object a job. */
  jobs(): JobView[] {
    const names = { 1: 'Idle', 2: 'Running', 3: 'Removed', 5: 'Held' } as const;
    return [...this.schedd.clusters.values()].flatMap((cluster) =>
      [...cluster.procs()].map((proc) => {
        const id = jobId(cluster, proc);
        const { owner, pool } = cluster.shape;
        const status = names[cluster.statusOf(proc) as keyof typeof names];
        return { id, owner, pool, status, starts: cluster.startsOf(proc), host: this.schedd.running.get(id)?.slotName };
      }),
    );
  }

  /** How often a job was started; 1 for a job that ran undisturbed. */
  startsOf(id: string): number {
    return this.schedd.startsOf(id);
  }

  /** Jobs that were running on a machine when it vanished, one entry each time. Scaling must leave it empty. */
  get killedByVmLoss(): readonly string[] {
    return this.execution.killedByVmLoss;
  }

  /** Jobs that a drain evicted, one entry each time. */
  get killedByDrain(): readonly string[] {
    return this.execution.killedByDrain;
  }

  #planCycle(requested: boolean): void {
    if (this.#scheddState !== 'Up' || this.#collectorState !== 'Up' || this.schedd.waiting.size === 0) return;
    const at = this.cycleTimes.next(this.clock.now(), requested);
    if (this.#nextCycle && this.#nextCycle.at <= at) return;
    this.#nextCycle?.cancel();
    this.#nextCycle = { at, cancel: this.events.at(at, () => this.#cycle()) };
  }

  #cycle(): void {
    this.#nextCycle = undefined;
    if (this.#scheddState !== 'Up' || this.#collectorState !== 'Up') return;
    const now = this.clock.now();
    this.cycleTimes.begin(now);
    this.cycles++;
    const demand = [...this.schedd.waiting].map(([shape, clusters]) => {
      let idle = 0;
      for (const cluster of clusters) idle += cluster.counts[JobStatus.Idle] ?? 0;
      return { shape, idle };
    });
    const slots = this.collector.visible(now);
    const offers = slots
      .filter(({ report }) => !report.draining && report.free.cpus > 0)
      .map((target) => ({ target, free: target.report.free }));
    const accepts = (wanted: JobShape, startd: Startd): boolean => this.#accepts(wanted, startd, now);
    const { matches, refusals } = negotiate(demand, offers, accepts, this.#limits());
    for (const { shape, target, count } of matches) this.#claim(shape, target, count);
    // without any slot there is no negotiation (measured: no LastRejMatchReason then)
    if (slots.length > 0) for (const { shape, reason } of refusals) this.schedd.refuse(shape, reason, now);
    this.#planCycle(false);
  }

  #limits(): ConcurrencyLimits {
    const { concurrencyLimits } = this.settings;
    const limits = Object.entries(concurrencyLimits).map(([name, limit]): [string, number] => [
      name.toLowerCase(),
      limit,
    ]);
    const running = [...this.schedd.running.values()].map(({ cluster }) => cluster.shape);
    return new ConcurrencyLimits(new Map(limits), running);
  }

  #claim(shape: JobShape, startd: Startd, count: number): void {
    for (let i = 0; i < count; i++) {
      const next = this.schedd.nextIdle(shape);
      if (!next || !this.execution.claim(startd, next.cluster, next.proc)) this.rejectedMatches++;
    }
  }

  /** START of the slot and Requirements of the job, each with the other as TARGET. */
  #accepts(shape: JobShape, startd: Startd, now: number): boolean {
    const { start } = startd.spec;
    if (start === undefined && shape.requirements === undefined) return true;
    const slot = partitionableAd({ startd, report: startd.report, heardAt: now });
    const job = jobAd(shape);
    const seconds = Math.floor(now / 1000);
    const holds = (text: string | undefined, my: Ad, target: Ad): boolean =>
      text === undefined || compileExpression(text)({ my, target, now: seconds }) === true;
    return holds(start, slot, job) && holds(shape.requirements, job, slot);
  }
}
