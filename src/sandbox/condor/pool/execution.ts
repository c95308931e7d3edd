/** Jobs on nodes: starting, ending, eviction, loss with the node, and draining. */
import { textOf } from './classad.ts';
import { compileExpression } from './expression.ts';
import type { EventQueue } from './event-queue.ts';
import { JobStatus, type Cluster } from './jobs.ts';
import { footprintsOf, jobId, type RunningJob, type Schedd } from './schedd.ts';
import { slotAds } from './slot-ads.ts';
import type { DynamicSlot, Startd } from './startd.ts';

export interface ExecutionOptions {
  /** JOB_DEFAULT_LEASE_DURATION, seconds. */
  leaseSeconds: number;
  /** CLAIM_WORKLIFE, seconds: so long a claim takes further jobs of the same shape without negotiation. */
  claimWorklifeSeconds: number;
  /** How long the collector's knowledge lags behind the startd's, milliseconds (measured: up to 2 s). */
  reportLagMs: number;
}

export interface DrainRequest {
  /** Quick and fast end what runs at once: how long a job takes to end after its soft kill is not simulated. */
  how: 'graceful' | 'quick' | 'fast';
  /** `-check`: must be true of every slot. An expression that cannot be parsed is not checked at all (measured: rc 0). */
  check?: string;
  exitOnCompletion?: boolean;
  reason?: string;
}

export type DrainAnswer = { accepted: true } | { accepted: false; code: number; message: string };

/** Seconds between the end of a lease and the job's return to the queue: retries to kill the starter (measured). */
const AFTER_LEASE_SECONDS = 10;

/** A timer of Node.js that is set for longer fires at once, ms. */
const LONGEST_TIMER = 20 * 24 * 3600 * 1000;

export class Execution {
  /** Ids of jobs that were running on a machine when it vanished, one entry each time. */
  readonly killedByVmLoss: string[] = [];
  /** Ids of jobs that draining evicted. */
  readonly killedByDrain: string[] = [];
  readonly #schedd: Schedd;
  readonly #events: EventQueue;
  readonly #options: ExecutionOptions;
  readonly #onIdle: () => void;
  readonly #ends = new Map<RunningJob, () => void>();
  /** Jobs on machines that are alive, for the removal of a running job. */
  readonly #places = new Map<RunningJob, { startd: Startd; slot: DynamicSlot }>();
  readonly #reporting = new Set<Startd>();

  constructor(schedd: Schedd, events: EventQueue, options: ExecutionOptions, onIdle: () => void) {
    this.#schedd = schedd;
    this.#events = events;
    this.#options = options;
    this.#onIdle = onIdle;
  }

  /** The schedd claims a slot for a job that the negotiator matched; false when the startd has no room, drains or does not answer. */
  claim(startd: Startd, cluster: Cluster, proc: number): boolean {
    const footprint = footprintsOf(cluster.shape).find((size) => startd.fits(size));
    if (!footprint) return false;
    const now = this.#events.now();
    if (!Number.isInteger(footprint.cpus)) {
      // a dynamic slot has whole cores, fewer than are asked for: refused each time, so such a job never runs (measured: request_cpus = 1.5)
      startd.refuse(now);
      this.#changed(startd);
      return false;
    }
    const slot = startd.claim(footprint, now, (name) => this.#schedd.start(cluster, proc, name, now));
    this.#run(startd, slot);
    this.#changed(startd);
    return true;
  }

  /** The machine is gone; its jobs go on in the schedd's eyes until their lease is over. */
  vanish(startd: Startd): void {
    const now = this.#events.now();
    if (startd.state === 'Vanished') return;
    startd.vanish(now);
    for (const slot of startd.slots.values()) this.#lose(slot.job, now);
    startd.slots.clear();
  }

  drain(startd: Startd, request: DrainRequest): DrainAnswer {
    if (startd.draining) return { accepted: false, code: 10001, message: 'Draining already in progress.' };
    const offender = request.check === undefined ? undefined : this.#firstOffender(startd, request.check);
    if (offender !== undefined)
      return { accepted: false, code: 10003, message: `Draining check expression is false on ${offender}.` };
    const exitOnCompletion = request.exitOnCompletion ?? false;
    const since = this.#events.now();
    startd.drain({ reason: request.reason, requestId: String(++startd.drains), since, exitOnCompletion });
    const draining = startd.draining;
    for (const slot of [...startd.slots.values()]) {
      const left = request.how === 'graceful' ? startd.retirementLeft(slot, since) : 0;
      const evict = (): void => {
        const there = startd.state === 'Running' && startd.draining === draining;
        if (there && startd.slots.get(slot.id) === slot) this.#evict(startd, slot);
      };
      if (left === 0) evict();
      else if (left < LONGEST_TIMER) this.#events.after(left, evict);
    }
    this.#changed(startd);
    this.#exitIfDrained(startd);
    return { accepted: true };
  }

  cancelDrain(startd: Startd): void {
    startd.cancelDrain(this.#events.now());
    this.#changed(startd);
  }

  /** `condor_rm` and `condor_hold` of a running job: ends it on its node, or false when its node is gone. */
  interrupt(job: RunningJob): boolean {
    const place = this.#places.get(job);
    if (!place) return false;
    this.#cancelEnd(job);
    place.startd.release(place.slot, this.#events.now());
    this.#changed(place.startd);
    this.#exitIfDrained(place.startd);
    return true;
  }

  #run(startd: Startd, slot: DynamicSlot): void {
    const { job } = slot;
    startd.jobStarts++;
    this.#places.set(job, { startd, slot });
    const ms = startd.spec.blackHole ? 1000 : job.cluster.runMs(job.proc);
    this.#ends.set(
      job,
      this.#events.after(ms, () => this.#finish(startd, slot)),
    );
  }

  #finish(startd: Startd, slot: DynamicSlot): void {
    const now = this.#events.now();
    const { job } = slot;
    this.#forget(job);
    const { shape } = job.cluster;
    this.#schedd.complete(job, startd.spec.blackHole ? 1 : 0, now);
    const reusable = !startd.draining && now - slot.claimedAt < this.#options.claimWorklifeSeconds * 1000;
    const next = reusable ? this.#schedd.nextIdle(shape) : undefined;
    if (next) {
      slot.job = this.#schedd.start(next.cluster, next.proc, slot.name, now);
      slot.enteredActivityAt = now;
      this.#run(startd, slot);
    } else {
      startd.release(slot, now);
      // materialisation may have made idle jobs, and the room is free for others
      this.#onIdle();
    }
    this.#changed(startd);
    this.#exitIfDrained(startd);
  }

  #evict(startd: Startd, slot: DynamicSlot): void {
    this.killedByDrain.push(jobId(slot.job.cluster, slot.job.proc));
    this.#cancelEnd(slot.job);
    startd.release(slot, this.#events.now());
    this.#schedd.requeue(slot.job);
    this.#changed(startd);
    this.#exitIfDrained(startd);
    this.#onIdle();
  }

  #lose(job: RunningJob, now: number): void {
    this.killedByVmLoss.push(jobId(job.cluster, job.proc));
    this.#cancelEnd(job);
    const lease = job.cluster.spec.leaseSeconds ?? this.#options.leaseSeconds;
    this.#events.at(now + (lease + AFTER_LEASE_SECONDS) * 1000, () => {
      const status = job.cluster.statusOf(job.proc);
      if (status === JobStatus.Removed) this.#schedd.remove(job.cluster, job.proc, this.#events.now());
      else if (status === JobStatus.Running) this.#schedd.requeue(job);
      this.#onIdle();
    });
  }

  #exitIfDrained(startd: Startd): void {
    if (startd.state !== 'Running' || startd.slots.size > 0 || !startd.draining?.exitOnCompletion) return;
    startd.exit(this.#events.now());
  }

  /** The first slot of which the expression is not true; undefined when there is none. */
  #firstOffender(startd: Startd, check: string): string | undefined {
    let evaluate;
    try {
      evaluate = compileExpression(check);
    } catch {
      return undefined;
    }
    const now = Math.floor(this.#events.now() / 1000);
    return slotAds({ startd, report: startd.observe(), heardAt: this.#events.now() })
      .filter((ad) => evaluate({ my: ad, now }) !== true)
      .map((ad) => textOf(ad, 'Name'))[0];
  }

  #changed(startd: Startd): void {
    if (this.#reporting.has(startd)) return;
    this.#reporting.add(startd);
    this.#events.after(this.#options.reportLagMs, () => {
      this.#reporting.delete(startd);
      if (startd.state !== 'Running') return;
      startd.report = startd.observe();
      startd.reportedAt = this.#events.now();
    });
  }

  #cancelEnd(job: RunningJob): void {
    this.#ends.get(job)?.();
    this.#forget(job);
  }

  #forget(job: RunningJob): void {
    this.#ends.delete(job);
    this.#places.delete(job);
  }
}
