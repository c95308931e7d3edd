/** Concurrency limits (HTCondor manual, "Concurrency Limits"): how many jobs that name a limit may run at once in the pool. */
import type { JobShape } from './jobs.ts';

export class ConcurrencyLimits {
  readonly #left: Map<string, number>;

  /** `limits`: NAME_LIMIT by name in lower case; a name without one is practically unlimited (CONCURRENCY_LIMIT_DEFAULT is 2308032). */
  constructor(limits: ReadonlyMap<string, number>, running: Iterable<JobShape>) {
    this.#left = new Map(limits);
    if (limits.size > 0) for (const shape of running) this.take(shape, 1);
  }

  /** How many more jobs of a shape may start, and the limit that stops the next. */
  allowance(shape: JobShape): { jobs: number; limit: string } {
    let least = { jobs: Infinity, limit: '' };
    for (const [name, weight] of this.#usedBy(shape)) {
      const jobs = Math.max(0, Math.floor((this.#left.get(name) ?? Infinity) / weight));
      if (jobs < least.jobs) least = { jobs, limit: name };
    }
    return least;
  }

  take(shape: JobShape, jobs: number): void {
    for (const [name, weight] of this.#usedBy(shape)) {
      const left = this.#left.get(name);
      if (left !== undefined) this.#left.set(name, left - jobs * weight);
    }
  }

  /** `license:2,other`: names in lower case, as condor_submit writes them (measured), each with what one job uses of it. */
  #usedBy(shape: JobShape): [name: string, weight: number][] {
    const value = this.#left.size === 0 ? undefined : shape.attributes.get('concurrencylimits')?.value;
    if (typeof value !== 'string') return [];
    return value.split(/[\s,]+/).flatMap((word): [string, number][] => {
      const [name = '', weight] = word.toLowerCase().split(':');
      const used = Number(weight ?? 1);
      return name === '' ? [] : [[name, used > 0 ? used : 1]];
    });
  }
}
