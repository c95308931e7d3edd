/** Keeps what was observed of jobs that HTCondor does not start although room stands free, and asks it why. */
import { messageOf } from '../base/errors.ts';
import { keyOf, type EhosMaster, type EhosNodePool } from '../api/resources.ts';
import { asRequested } from '../domain/demand.ts';
import {
  explained,
  observePhantoms,
  phantomsIn,
  rememberedPhantoms,
  shapeKey,
  type PhantomMemory,
  type PhantomSight,
} from '../domain/phantoms.ts';
import type { Phantom } from '../domain/plan-types.ts';
import type { JobGroup } from '../domain/snapshots.ts';
import { fromTime } from '../domain/times.ts';
import type { Context } from './context.ts';
import type { MasterSession } from './master-session.ts';

/** Shapes that are asked about, the most numerous first: more are not told (maxItems in the CRD). */
const MOST_ASKED = 20;
/** A question that had no answer is asked again after this, ms. */
const ASK_AGAIN = 5 * 60_000;

interface Watched {
  memory: PhantomMemory;
  observedAt: number;
}

export interface Watch {
  pool: EhosNodePool;
  master: EhosMaster;
  session: MasterSession;
  /** The queue of the master: an example is one of these jobs, as it was submitted. */
  queue: readonly JobGroup[];
  sight: PhantomSight;
}

export class PhantomWatch {
  readonly #pools = new Map<string, Watched>();
  /** When questions were last asked, by pool and shape. */
  readonly #askedAt = new Map<string, Map<string, number>>();
  /** Pools about whose jobs questions are being asked. */
  readonly #asking = new Set<string>();

  constructor(private readonly context: Context) {}

  /** What does not count now. A reading is taken in once. */
  observe(watch: Watch): Phantom[] {
    const key = keyOf(watch.pool);
    const before = this.#pools.get(key) ?? { memory: rememberedPhantoms(inStatus(watch.pool)), observedAt: -Infinity };
    if (watch.sight.observedAt <= before.observedAt) return phantomsIn(before.memory);
    const memory = observePhantoms(before.memory, watch.sight);
    this.#pools.set(key, { memory, observedAt: watch.sight.observedAt });
    const phantoms = phantomsIn(memory);
    void this.#askAbout(key, watch, phantoms);
    return phantoms;
  }

  /** While the master cannot be read nothing new is learned. */
  known(pool: EhosNodePool): Phantom[] {
    const watched = this.#pools.get(keyOf(pool));
    return watched ? phantomsIn(watched.memory) : inStatus(pool);
  }

  forget(poolKey: string): void {
    this.#pools.delete(poolKey);
    this.#askedAt.delete(poolKey);
  }

  /** In the background, for the plan does not wait for words; one after the other, for the master is not there for us alone. */
  async #askAbout(key: string, watch: Watch, phantoms: readonly Phantom[]): Promise<void> {
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    try {
      for (const phantom of phantoms.toSorted((a, b) => b.count - a.count).slice(0, MOST_ASKED))
        if (!phantom.example && this.#isDue(key, phantom)) await this.#ask(key, watch, phantom);
    } catch (error) {
      this.context.log.debug('a job could not be explained', { pool: key, message: messageOf(error) });
    } finally {
      this.#asking.delete(key);
    }
  }

  #isDue(key: string, phantom: Phantom): boolean {
    const asked = this.#askedAt.get(key) ?? new Map<string, number>();
    const now = this.context.clock.now();
    if (now - (asked.get(shapeKey(phantom)) ?? -Infinity) < ASK_AGAIN) return false;
    this.#askedAt.set(key, asked.set(shapeKey(phantom), now));
    return true;
  }

  async #ask(key: string, { session, queue, master, pool }: Watch, phantom: Phantom): Promise<void> {
    const { context } = this;
    const jobs = queue.find((group) => isOf(group, pool, phantom));
    if (!jobs) return;
    const schedds = master.spec.condor.schedds ?? [];
    const answer = await session.condor?.explain(jobs, { schedds }, context.signal);
    const watched = this.#pools.get(key);
    if (!watched || !answer) return;
    const example = { job: answer.job, analysis: answer.reason };
    this.#pools.set(key, { ...watched, memory: explained(watched.memory, phantom, example) });
    context.wake.pool(key);
  }
}

/** Idle jobs of this shape that name the pool, or none. */
function isOf(group: JobGroup, pool: EhosNodePool, phantom: Phantom): boolean {
  if (group.state !== 'Idle' || shapeKey(asRequested(group)) !== shapeKey(phantom)) return false;
  return group.pool === undefined || group.pool.toLowerCase() === pool.metadata.name.toLowerCase();
}

/** What the status says of it: that is how it survives a restart. */
function inStatus({ status }: EhosNodePool): Phantom[] {
  return (status?.jobs?.phantom ?? []).map((one) => ({
    cpus: one.cpus ?? 1,
    memory: one.memory ?? 0,
    disk: one.disk ?? 0,
    gpus: one.gpus ?? 0,
    count: one.count,
    since: fromTime(one.since) ?? 0,
    until: fromTime(one.until) ?? 0,
    tries: one.tries ?? 1,
    retrying: false,
    refusedBy: one.refusedBy ?? [],
    ...(one.example === undefined ? {} : { example: { job: one.example, analysis: one.analysis ?? '' } }),
  }));
}
