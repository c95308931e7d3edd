/** What a pool's template names, looked up in each of its clouds, and whether user data can be made for it. */
import type { EhosCloud, EhosMaster, EhosNodePool } from '../api/resources.ts';
import { keyOf } from '../api/resources.ts';
import type { CloudController } from './cloud-controller.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import type { MasterController } from './master-controller.ts';
import type { Problem } from './problem.ts';
import { lookUp, type Lookup } from './template-lookup.ts';
import { WorkerCheck } from './worker-check.ts';

/** What was looked up before the plan: in each cloud, and for nodes of all clouds alike. */
export interface Resolved {
  lookups: Map<string, Lookup>;
  worker: Problem | undefined;
}

export class PoolLookups {
  readonly #workers: WorkerCheck;

  constructor(
    private readonly context: Context,
    private readonly clouds: CloudController,
    private readonly masters: MasterController,
  ) {
    this.#workers = new WorkerCheck(context);
  }

  async resolve(pool: EhosNodePool): Promise<Resolved> {
    const lookups = new Map<string, Lookup>();
    const inClouds = pool.spec.clouds.map(async (entry) => {
      const { cloud, session } = this.cloudOf(pool, entry.name);
      if (cloud && session && this.problemOf(entry.name, cloud, session) === undefined)
        lookups.set(entry.name, await lookUp(this.context, pool, entry, cloud, session));
    });
    const { master, key } = this.masterOf(pool);
    const ofWorker = this.#workers.problem(pool, master, this.masters.session(key));
    const [worker] = await Promise.all([ofWorker, ...inClouds]);
    return { lookups, worker };
  }

  forget(poolKey: string): void {
    this.#workers.forget(poolKey);
  }

  cloudOf(pool: EhosNodePool, name: string): { cloud: EhosCloud | undefined; session: CloudSession | undefined } {
    const key = keyOf({ metadata: { ...pool.metadata, name } });
    return { cloud: this.context.stores.clouds.get(key), session: this.clouds.session(key) };
  }

  sessionOf(cloudKey: string): CloudSession | undefined {
    return this.clouds.session(cloudKey);
  }

  masterOf(pool: EhosNodePool): { master: EhosMaster | undefined; key: string } {
    const key = keyOf({ metadata: { ...pool.metadata, name: pool.spec.masterRef.name } });
    return { master: this.context.stores.masters.get(key), key };
  }

  /** Why a cloud takes no new nodes, of whichever pool; undefined when it does. */
  problemOf(name: string, cloud: EhosCloud | undefined, session: CloudSession | undefined): string | undefined {
    if (!cloud) return `spec.clouds: there is no EhosCloud "${name}" in this namespace; waiting for it`;
    if (cloud.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
    if (cloud.spec.suspend === true) return 'it is suspended';
    if (session?.problem) return session.problem.message;
    const { clock, settings } = this.context;
    if (!session?.backend || !session.isFresh(clock.now(), settings.cloudSyncInterval))
      return 'it has not been listed lately';
    return undefined;
  }
}
