/** What users do to their jobs in the queue: condor_rm, condor_hold, condor_release. */
import type { Clock } from '../../../base/clock.ts';
import type { Execution } from './execution.ts';
import { JobStatus, type Cluster } from './jobs.ts';
import { jobId, type Schedd } from './schedd.ts';

/** Ids are those of jobs (`12.3`) or of whole clusters (`12`). All return the number of jobs that were found. */
export class QueueControl {
  readonly #schedd: Schedd;
  readonly #execution: Execution;
  readonly #clock: Clock;

  constructor(schedd: Schedd, execution: Execution, clock: Clock) {
    this.#schedd = schedd;
    this.#execution = execution;
    this.#clock = clock;
  }

  /** Of a whole cluster nothing materialises any more. A job whose machine is gone stays as Removed until its lease is over (measured). */
  remove(ids: Iterable<string>): number {
    const wanted = [...ids];
    for (const id of wanted) if (!id.includes('.')) this.#schedd.clusters.get(Number(id))?.stopMaterializing();
    return this.#each(wanted, (cluster, proc, status) => {
      const job = this.#schedd.running.get(jobId(cluster, proc));
      if (job && !this.#execution.interrupt(job)) this.#schedd.setStatus(cluster, proc, JobStatus.Removed);
      else if (status !== JobStatus.Removed) this.#schedd.remove(cluster, proc, this.#clock.now());
    });
  }

  /** A running job is evicted and starts anew once released; one whose machine is gone cannot be held. */
  hold(ids: Iterable<string>): number {
    return this.#each(ids, (cluster, proc, status) => {
      if (status === JobStatus.Removed) return;
      const id = jobId(cluster, proc);
      const job = this.#schedd.running.get(id);
      if (job && !this.#execution.interrupt(job)) return;
      this.#schedd.running.delete(id);
      this.#schedd.setStatus(cluster, proc, JobStatus.Held);
    });
  }

  release(ids: Iterable<string>): number {
    return this.#each(ids, (cluster, proc, status) => {
      if (status === JobStatus.Held) this.#schedd.setStatus(cluster, proc, JobStatus.Idle);
    });
  }

  #each(ids: Iterable<string>, act: (cluster: Cluster, proc: number, status: number) => void): number {
    let done = 0;
    for (const { cluster, proc } of [...ids].flatMap((id) => this.#jobsNamed(id))) {
      const status = cluster.statusOf(proc);
      if (status === JobStatus.Gone) continue;
      act(cluster, proc, status);
      done++;
    }
    return done;
  }

  #jobsNamed(id: string): { cluster: Cluster; proc: number }[] {
    const [clusterId = 0, proc] = id.split('.').map(Number);
    const cluster = this.#schedd.clusters.get(clusterId);
    if (!cluster) return [];
    return proc === undefined ? [...cluster.procs()].map((each) => ({ cluster, proc: each })) : [{ cluster, proc }];
  }
}
