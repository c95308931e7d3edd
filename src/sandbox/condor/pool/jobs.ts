/** The jobs of one cluster, stored by cluster and not by job: 100,000 alike jobs are two small arrays. */
import { Expression, extraAttributes, type AdValue, type ExtraAttributes } from './classad.ts';

/** HTCondor's JobStatus (manual, "Job ClassAd Attributes"); 0 marks a job that has left the queue. */
export const JobStatus = { Gone: 0, Idle: 1, Running: 2, Removed: 3, Completed: 4, Held: 5 } as const;
export type JobStatus = (typeof JobStatus)[keyof typeof JobStatus];

/** What a submit file says. */
export interface JobSpec {
  /** Account on the submit machine (default `alice`). */
  owner?: string;
  /** `+EhosPool`. */
  pool?: string;
  /** Cores (default 1). */
  cpus?: number;
  /** MiB; absent: HTCondor's expression over MemoryUsage. */
  memory?: number;
  /** KiB; absent: HTCondor's expression `DiskUsage`. */
  disk?: number;
  gpus?: number;
  /** How long a job runs once started, seconds; by proc id when it differs. */
  runSeconds: number | ((proc: number) => number);
  /** Submitted on hold. */
  hold?: boolean;
  /** ClassAd expression that a slot must meet beyond the size. */
  requirements?: string;
  /** `+Name = value`. */
  attributes?: Readonly<Record<string, AdValue>>;
  /** `job_lease_duration`, seconds; absent: the schedd's default. */
  leaseSeconds?: number;
  /** `max_job_retirement_time`, seconds: it can only be less than what the startd grants. A nice user's is 0. */
  maxRetirementSeconds?: number;
  /** `max_idle`: late materialisation, at most so many idle jobs exist at once. */
  maxIdle?: number;
  /** `max_materialize`: at most so many jobs ever (measured: it caps the total). */
  maxMaterialize?: number;
}

/** What jobs have in common that the schedd groups and the negotiator matches them by. One object for all clusters that are alike. */
export interface JobShape {
  owner: string;
  pool: string | undefined;
  cpus: number;
  memory: number | undefined;
  disk: number | undefined;
  gpus: number | undefined;
  requirements: string | undefined;
  attributes: ExtraAttributes;
}

/** Sizes that HTCondor's default expressions yield for a job that has never run (measured: DiskUsage 45, ImageSize 45 -> 1 MiB). */
export const DEFAULT_DISK_KIB = 45;
export const DEFAULT_MEMORY_MIB = 1;
export const DISK_EXPRESSION = new Expression('DiskUsage');
export const MEMORY_EXPRESSION = new Expression(
  'ifthenelse(MemoryUsage isnt undefined,MemoryUsage,(ImageSize + 1023) / 1024)',
);

export function shapeOf(spec: JobSpec): JobShape {
  return {
    owner: spec.owner ?? 'alice',
    pool: spec.pool,
    cpus: spec.cpus ?? 1,
    memory: spec.memory,
    disk: spec.disk,
    gpus: spec.gpus,
    requirements: spec.requirements,
    attributes: extraAttributes(spec.attributes ?? {}),
  };
}

export class Cluster {
  readonly id: number;
  readonly shape: JobShape;
  readonly spec: JobSpec;
  /** QDate, milliseconds. */
  readonly queuedAt: number;
  /** `queue N`. */
  readonly submitted: number;
  /** How many jobs there will ever be: JobMaterializeLimit. */
  readonly limit: number;
  /** How many have been materialised: JobMaterializeNextProcId. */
  next = 0;
  readonly counts = new Uint32Array(8);
  #status: Uint8Array;
  #starts: Uint16Array;
  /** No job before this proc is idle. */
  #idleFrom = 0;

  constructor(id: number, shape: JobShape, spec: JobSpec, submitted: number, queuedAt: number) {
    this.id = id;
    this.shape = shape;
    this.spec = spec;
    this.submitted = submitted;
    this.limit = Math.min(submitted, spec.maxMaterialize ?? submitted);
    this.queuedAt = queuedAt;
    this.#status = new Uint8Array(Math.min(this.limit, 64));
    this.#starts = new Uint16Array(Math.min(this.limit, 64));
    this.materialize();
  }

  /** A late-materialising cluster: its ad answers `condor_q -factory`. */
  get factory(): boolean {
    return this.spec.maxIdle !== undefined || this.spec.maxMaterialize !== undefined;
  }

  /** Jobs in the queue, whatever their state. */
  get present(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Nothing of it is in the queue, and nothing will come. */
  get finished(): boolean {
    return this.next >= this.limit && this.present === 0;
  }

  /** Makes as many jobs as `max_idle` allows. */
  materialize(): void {
    const allowed = this.spec.maxIdle ?? Infinity;
    while (this.next < this.limit && this.#idle() < allowed) {
      this.#grow(this.next + 1);
      this.#set(this.next++, this.spec.hold ? JobStatus.Held : JobStatus.Idle);
      if (this.spec.hold && this.spec.maxIdle !== undefined) break;
    }
  }

  /** No further jobs come: the cluster is being removed. */
  stopMaterializing(): void {
    this.next = this.limit;
  }

  statusOf(proc: number): number {
    return this.#status[proc] ?? JobStatus.Gone;
  }

  startsOf(proc: number): number {
    return this.#starts[proc] ?? 0;
  }

  setStatus(proc: number, status: JobStatus): void {
    this.#set(proc, status);
  }

  countStart(proc: number): void {
    this.#starts[proc] = this.startsOf(proc) + 1;
  }

  /** The idle job that is next in line. */
  nextIdle(): number | undefined {
    const found = this.#idle() === 0 ? -1 : this.#status.indexOf(JobStatus.Idle, this.#idleFrom);
    if (found === -1) return undefined;
    this.#idleFrom = found;
    return found;
  }

  /** First and last proc in a state; -1 when there is none. */
  first(status: JobStatus): number {
    return this.#status.indexOf(status);
  }

  last(status: JobStatus): number {
    return this.#status.lastIndexOf(status);
  }

  /** Procs in the queue, in order. */
  *procs(): Generator<number> {
    for (let proc = 0; proc < this.#status.length; proc++) if (this.#status[proc] !== JobStatus.Gone) yield proc;
  }

  runMs(proc: number): number {
    const seconds = typeof this.spec.runSeconds === 'number' ? this.spec.runSeconds : this.spec.runSeconds(proc);
    return seconds * 1000;
  }

  #idle(): number {
    return this.counts[JobStatus.Idle] ?? 0;
  }

  #set(proc: number, status: JobStatus): void {
    const before = this.statusOf(proc);
    this.#status[proc] = status;
    if (before !== JobStatus.Gone) this.counts[before] = (this.counts[before] ?? 1) - 1;
    if (status !== JobStatus.Gone) this.counts[status] = (this.counts[status] ?? 0) + 1;
    if (status === JobStatus.Idle && proc < this.#idleFrom) this.#idleFrom = proc;
  }

  #grow(size: number): void {
    if (size <= this.#status.length) return;
    const room = Math.min(this.limit, Math.max(size, this.#status.length * 2));
    const status = new Uint8Array(room);
    status.set(this.#status);
    this.#status = status;
    const starts = new Uint16Array(room);
    starts.set(this.#starts);
    this.#starts = starts;
  }
}
