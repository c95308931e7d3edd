/** The schedd: the queue, which jobs run where, and what became of those that left. No matching, no time: the pool drives it. */
import {
  Cluster,
  DEFAULT_DISK_KIB,
  DEFAULT_MEMORY_MIB,
  JobStatus,
  shapeOf,
  type JobShape,
  type JobSpec,
} from './jobs.ts';
import { classadText } from './classad-text.ts';

/** A job that is on a node, or whose node is gone and whose lease still runs. */
export interface RunningJob {
  cluster: Cluster;
  proc: number;
  startedAt: number;
  /** `slot1_1@machine`. */
  slotName: string;
}

/** A job that has left the queue, as `condor_history` knows it. */
export interface HistoryRecord {
  /** `12.3`. */
  id: string;
  clusterId: number;
  proc: number;
  owner: string;
  pool: string | undefined;
  outcome: 'Completed' | 'Removed';
  /** undefined when it was removed. */
  exitCode: number | undefined;
  /** NumJobStarts: 1 unless it was interrupted. */
  starts: number;
  queuedAt: number;
  /** Of the last start; undefined when it never ran. */
  startedAt: number | undefined;
  endedAt: number;
  /** Slot of the last start. */
  host: string | undefined;
}

/** What one job of a shape takes from a slot. */
export interface Footprint {
  cpus: number;
  /** MiB. */
  memory: number;
  /** KiB. */
  disk: number;
  gpus: number;
}

export class Schedd {
  readonly clusters = new Map<number, Cluster>();
  readonly running = new Map<string, RunningJob>();
  readonly history: HistoryRecord[] = [];
  /** Clusters with idle jobs, by shape: what the negotiator asks for, and where a claim that becomes free looks for its next job. */
  readonly waiting = new Map<JobShape, Set<Cluster>>();
  /** LastRejMatchReason and LastRejMatchTime of jobs in the queue, by id. */
  readonly refusals = new Map<string, { reason: string; at: number }>();
  readonly #shapes = new Map<string, JobShape>();
  readonly #left = new Map<string, HistoryRecord>();
  #nextCluster = 1;

  /** `count` jobs in one cluster. */
  submit(spec: JobSpec, count: number, now: number): Cluster {
    const cluster = new Cluster(this.#nextCluster++, this.#intern(shapeOf(spec)), spec, count, now);
    this.clusters.set(cluster.id, cluster);
    this.#note(cluster);
    return cluster;
  }

  /** The idle job of a shape that is next in line. */
  nextIdle(shape: JobShape): { cluster: Cluster; proc: number } | undefined {
    for (const cluster of this.waiting.get(shape) ?? []) {
      const proc = cluster.nextIdle();
      if (proc !== undefined) return { cluster, proc };
    }
    return undefined;
  }

  /** The negotiator passes the jobs of a shape by: the first of them is told (measured). */
  refuse(shape: JobShape, reason: string, at: number): void {
    const next = this.nextIdle(shape);
    if (next) this.refusals.set(jobId(next.cluster, next.proc), { reason, at });
  }

  /** NumJobStarts of any job that ever was in the queue, by `cluster.proc`. */
  startsOf(id: string): number {
    const [cluster, proc] = id.split('.').map(Number);
    return this.#left.get(id)?.starts ?? this.clusters.get(cluster ?? 0)?.startsOf(proc ?? 0) ?? 0;
  }

  /** Jobs in a state. */
  count(status: JobStatus): number {
    let sum = 0;
    for (const cluster of this.clusters.values()) sum += cluster.counts[status] ?? 0;
    return sum;
  }

  /** The history's file is begun anew; returns how many jobs were in it. NumJobStarts of those is known no more. */
  rotateHistory(): number {
    this.#left.clear();
    return this.history.splice(0).length;
  }

  start(cluster: Cluster, proc: number, slotName: string, now: number): RunningJob {
    cluster.setStatus(proc, JobStatus.Running);
    cluster.countStart(proc);
    cluster.materialize();
    this.#note(cluster);
    const job = { cluster, proc, startedAt: now, slotName };
    this.running.set(jobId(cluster, proc), job);
    return job;
  }

  /** Back to the queue: evicted, or its node was lost. */
  requeue(job: RunningJob): void {
    this.running.delete(jobId(job.cluster, job.proc));
    this.setStatus(job.cluster, job.proc, JobStatus.Idle);
  }

  /** Changes the state of a job that stays in the queue: hold, release, lingering removal. */
  setStatus(cluster: Cluster, proc: number, status: JobStatus): void {
    cluster.setStatus(proc, status);
    this.#note(cluster);
  }

  complete(job: RunningJob, exitCode: number, now: number): void {
    this.#leave(job.cluster, job.proc, 'Completed', exitCode, now);
  }

  /** `condor_rm` of a job; the caller has freed its slot. */
  remove(cluster: Cluster, proc: number, now: number): void {
    this.#leave(cluster, proc, 'Removed', undefined, now);
  }

  #leave(
    cluster: Cluster,
    proc: number,
    outcome: HistoryRecord['outcome'],
    exitCode: number | undefined,
    now: number,
  ): void {
    const id = jobId(cluster, proc);
    const job = this.running.get(id);
    this.running.delete(id);
    this.refusals.delete(id);
    const record: HistoryRecord = {
      id,
      clusterId: cluster.id,
      proc,
      owner: cluster.shape.owner,
      pool: cluster.shape.pool,
      outcome,
      exitCode,
      starts: cluster.startsOf(proc),
      queuedAt: cluster.queuedAt,
      startedAt: job?.startedAt,
      endedAt: now,
      host: job?.slotName,
    };
    this.history.push(record);
    this.#left.set(id, record);
    cluster.setStatus(proc, JobStatus.Gone);
    cluster.materialize();
    this.#note(cluster);
    if (cluster.finished) this.clusters.delete(cluster.id);
  }

  #note(cluster: Cluster): void {
    const clusters = this.waiting.get(cluster.shape);
    if ((cluster.counts[JobStatus.Idle] ?? 0) > 0) {
      if (clusters) clusters.add(cluster);
      else this.waiting.set(cluster.shape, new Set([cluster]));
    } else if (clusters?.delete(cluster) && clusters.size === 0) this.waiting.delete(cluster.shape);
  }

  #intern(shape: JobShape): JobShape {
    const attributes = [...shape.attributes].sort().map(([key, { value }]) => `${key}=${classadText(value)}`);
    const { owner, pool, cpus, memory, disk, gpus, requirements } = shape;
    const key = JSON.stringify([owner, pool, cpus, memory, disk, gpus, requirements, attributes]);
    const known = this.#shapes.get(key);
    if (known) return known;
    this.#shapes.set(key, shape);
    return shape;
  }
}

export function jobId(cluster: Cluster, proc: number): string {
  return `${cluster.id}.${proc}`;
}

/** A dynamic slot gets so much more disk than its job asked for (measured for requests from 0 to 73 GiB), KiB. */
export const DISK_ON_TOP = 1024;

/**
 * The sizes of dynamic slots for a job, the one that is tried first first. The startd rounds requests up (MODIFY_REQUEST_EXPR_REQUESTMEMORY:
 * 128 MiB, ...REQUESTDISK: 1024 KiB); what does not fit then is tried as it was asked for (measured: "Job no longer matches partitionable
 * slot after MODIFY_REQUEST_EXPR_ edits, retrying w/o edits").
 */
export function footprintsOf(shape: JobShape): Footprint[] {
  const asked = { memory: shape.memory ?? DEFAULT_MEMORY_MIB, disk: shape.disk ?? DEFAULT_DISK_KIB };
  const rounded = { memory: roundedUp(asked.memory, 128), disk: roundedUp(asked.disk, 1024) };
  return [rounded, asked].map(({ memory, disk }) => ({
    cpus: shape.cpus,
    memory,
    disk: disk + DISK_ON_TOP,
    gpus: shape.gpus ?? 0,
  }));
}

function roundedUp(value: number, step: number): number {
  return Math.max(1, Math.ceil(value / step)) * step;
}
