/** One execute node's startd: a partitionable slot with dynamic slots, and draining (HTCondor manual, "Partitionable Slots", condor_drain(1)). */
import type { AdValue } from './classad.ts';
import { DISK_ON_TOP, type Footprint, type RunningJob } from './schedd.ts';

export interface StartdSpec {
  /** Machine of the ad: the FQDN, `ehos-pool-a-x1.novalocal`. */
  machine: string;
  /** Address of MyAddress. */
  address: string;
  /** What the machine shows: a little less than its flavor. */
  total: Footprint;
  /** `STARTD_ATTRS` and their values, EhosNodeId and EhosPool among them. */
  attributes: Readonly<Record<string, AdValue>>;
  /** START expression (default `true`). */
  start?: string;
  /** AuthenticatedIdentity: whose token it shows. */
  identity: string;
  /** Seconds between two updates of the ad. */
  updateIntervalSeconds: number;
  /** MAXJOBRETIREMENTTIME, seconds; HTCondor's default 0 means that a graceful drain kills jobs at once. */
  maxRetirementSeconds: number;
  /** When the token ends, milliseconds: it matters when a new session is made, that is after a restart of the collector. */
  tokenExpiresAt?: number | undefined;
  /** It has the right ADVERTISE_MASTER. */
  masterAd: boolean;
  /** Each job there ends at once with exit code 1. */
  blackHole?: boolean | undefined;
}

/** A dynamic slot: one claim, and the job that runs under it. */
export interface DynamicSlot {
  id: number;
  name: string;
  footprint: Footprint;
  job: RunningJob;
  claimedAt: number;
  enteredStateAt: number;
  enteredActivityAt: number;
}

export interface Draining {
  reason: string | undefined;
  requestId: string;
  since: number;
  exitOnCompletion: boolean;
}

/** What the startd told the collector at one time: a copy. */
export interface SlotReport {
  free: Footprint;
  children: readonly Readonly<DynamicSlot>[];
  draining: Draining | undefined;
  state: 'Unclaimed' | 'Drained';
  activity: 'Idle' | 'Retiring';
  enteredStateAt: number;
  enteredActivityAt: number;
  /** NumDynamicSlotsTime of this update, and of the periodic one after it: the update that tells of a slot's end has the old time (measured). */
  dynamicSlotsAt: { now: number; later: number };
  jobStarts: number;
  drainEndedAt: number | undefined;
}

export type StartdState =
  | 'Running'
  /** The startd exited in order (drained with -exit-on-completion): its slot ads are gone, its master lives. */
  | 'Exited'
  /** The machine vanished without a word. */
  | 'Vanished';

export class Startd {
  readonly spec: StartdSpec;
  readonly slotName: string;
  readonly startedAt: number;
  readonly slots = new Map<number, DynamicSlot>();
  free: Footprint;
  draining: Draining | undefined;
  /** JobStarts: jobs that it has started. */
  jobStarts = 0;
  /** LastDrainStopTime: when a drain was taken back. */
  drainEndedAt: number | undefined;
  /** Drains so far: the number of the last is its DrainingRequestId. */
  drains = 0;
  state: StartdState = 'Running';
  /** When it stopped reporting. */
  endedAt = Infinity;
  /** What the collector knows. */
  report: SlotReport;
  reportedAt: number;
  /** Ads older than this are no longer in the collector: it restarted, or they were invalidated. */
  slotAdDroppedAt = -Infinity;
  masterAdDroppedAt = -Infinity;
  #enteredAt: number;
  #dynamicSlotsAt: { now: number; later: number };

  constructor(spec: StartdSpec, now: number) {
    this.spec = spec;
    this.slotName = `slot1@${spec.machine}`;
    this.startedAt = now;
    this.free = { ...spec.total };
    this.#enteredAt = now;
    // present before the first job too (measured: boot time + 1 s)
    this.#dynamicSlotsAt = { now, later: now };
    this.report = this.observe();
    this.reportedAt = now;
  }

  /** Takes jobs of this size now. */
  fits(footprint: Footprint): boolean {
    return this.state === 'Running' && !this.draining && contains(this.free, footprint);
  }

  /** Carves a dynamic slot. */
  claim(footprint: Footprint, now: number, jobOf: (slotName: string) => RunningJob): DynamicSlot {
    let id = 1;
    while (this.slots.has(id)) id++;
    const name = `slot1_${id}@${this.spec.machine}`;
    const slot = { id, name, footprint, job: jobOf(name), claimedAt: now, enteredStateAt: now, enteredActivityAt: now };
    this.slots.set(id, slot);
    this.free = subtract(this.free, footprint);
    this.#dynamicSlotsAt = { now, later: now };
    return slot;
  }

  /** Gives a dynamic slot back. */
  release(slot: DynamicSlot, now: number): void {
    this.slots.delete(slot.id);
    this.free = subtract(this.free, slot.footprint, -1);
    this.#dynamicSlotsAt = { now: this.#dynamicSlotsAt.now, later: now };
    if (this.slots.size === 0 && this.draining) this.#enteredAt = now;
  }

  /** A dynamic slot is made and taken away again: its job does not fit into it after all. */
  refuse(now: number): void {
    this.#dynamicSlotsAt = { now, later: now };
  }

  /** What is left of the time that a job is granted when the startd would like to be rid of it, ms: the less of what both say, from its start on. */
  retirementLeft({ job }: Readonly<DynamicSlot>, now: number): number {
    const granted = Math.min(this.spec.maxRetirementSeconds, job.cluster.spec.maxRetirementSeconds ?? Infinity);
    return Math.max(0, job.startedAt + granted * 1000 - now);
  }

  drain(draining: Draining): void {
    this.draining = draining;
    this.#enteredAt = draining.since;
    for (const slot of this.slots.values()) slot.enteredActivityAt = draining.since;
  }

  cancelDrain(now: number): void {
    if (!this.draining) return;
    this.draining = undefined;
    this.drainEndedAt = now;
    this.#enteredAt = now;
    for (const slot of this.slots.values()) slot.enteredActivityAt = now;
  }

  /** The startd exits in order: it withdraws its slot ads itself. */
  exit(now: number): void {
    this.state = 'Exited';
    this.endedAt = now;
    this.slotAdDroppedAt = Infinity;
  }

  /** The machine is gone without a word. */
  vanish(now: number): void {
    this.state = 'Vanished';
    this.endedAt = now;
  }

  /** Its state at this moment, as the next update will tell it. A full node still says Unclaimed/Idle (measured). */
  observe(): SlotReport {
    return {
      free: { ...this.free },
      children: [...this.slots.values()].map((slot) => ({ ...slot })),
      draining: this.draining,
      state: this.draining ? 'Drained' : 'Unclaimed',
      activity: this.draining && this.slots.size > 0 ? 'Retiring' : 'Idle',
      enteredStateAt: this.draining?.since ?? this.#enteredAt,
      enteredActivityAt: this.#enteredAt,
      dynamicSlotsAt: this.#dynamicSlotsAt,
      jobStarts: this.jobStarts,
      drainEndedAt: this.drainEndedAt,
    };
  }

  /** When the collector last heard of it: at its last change, or at its last periodic update. */
  lastHeardAt(now: number): number {
    const interval = this.spec.updateIntervalSeconds * 1000;
    const until = Math.min(now, this.endedAt);
    const periodic = this.startedAt + Math.floor(Math.max(0, until - this.startedAt) / interval) * interval;
    return Math.max(periodic, this.reportedAt);
  }

  /** The master's ad comes at the same interval, and as long as the machine lives. */
  masterHeardAt(now: number): number {
    const interval = this.spec.updateIntervalSeconds * 1000;
    const until = this.state === 'Vanished' ? Math.min(now, this.endedAt) : now;
    return this.startedAt + Math.floor(Math.max(0, until - this.startedAt) / interval) * interval;
  }
}

/** What a slot gets on top of its job's request need not be there: the free disk may go below nothing (measured). */
export function contains(free: Footprint, wanted: Footprint): boolean {
  return (
    free.cpus >= wanted.cpus &&
    free.memory >= wanted.memory &&
    free.disk >= wanted.disk - DISK_ON_TOP &&
    free.gpus >= wanted.gpus
  );
}

/** `free` less `times` footprints. */
export function subtract(free: Footprint, footprint: Footprint, times = 1): Footprint {
  return {
    cpus: free.cpus - times * footprint.cpus,
    memory: free.memory - times * footprint.memory,
    disk: free.disk - times * footprint.disk,
    gpus: free.gpus - times * footprint.gpus,
  };
}
