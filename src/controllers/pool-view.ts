/** Gathers what one pool is planned from: its resources, its master's and its clouds' last snapshots. */
import type { EhosCloud, EhosNode, EhosNodePool } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { lessClaimed } from '../domain/claims.ts';
import { demandOf } from '../domain/demand.ts';
import { planInputOf, type CloudFacts } from '../domain/plan-input.ts';
import type { Demand, PlanInput } from '../domain/plan-types.ts';
import { mergeTemplate } from '../domain/templates.ts';
import { learnedYields } from '../domain/yields.ts';
import type { CloudController } from './cloud-controller.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { pollIntervalOf, type MasterController } from './master-controller.ts';
import { templateHash } from './node-launch.ts';
import { servedPools } from './pool-jobs.ts';
import { isForAdmin, type Problem } from './problem.ts';
import { lookUp, type Lookup } from './template-lookup.ts';
import { WorkerCheck } from './worker-check.ts';

export interface PoolSight {
  input: PlanInput;
  nodes: EhosNode[];
  /** Clouds whose template could be resolved. */
  templates: Map<string, ResolvedTemplate>;
  /** What an admin must mend, each with the cloud that it concerns; not all of them. */
  invalid: string[];
  jobs: { idle: number; running: number; held: number } | undefined;
  master: { synced: boolean; message: string };
}

/** What was looked up before the plan: in each cloud, and for nodes of all clouds alike. */
export interface Resolved {
  lookups: Map<string, Lookup>;
  worker: Problem | undefined;
}

export class PoolView {
  readonly #workers: WorkerCheck;

  constructor(
    private readonly context: Context,
    private readonly clouds: CloudController,
    private readonly masters: MasterController,
  ) {
    this.#workers = new WorkerCheck(context);
  }

  /** Looks up what the pool's template names in each of its clouds, and whether user data can be made of it. */
  async resolve(pool: EhosNodePool): Promise<Resolved> {
    const now = this.context.clock.now();
    const lookups = new Map<string, Lookup>();
    const inClouds = pool.spec.clouds.map(async (entry) => {
      const { cloud, session } = this.#find(pool, entry.name);
      if (cloud && session && this.#problem(entry.name, cloud, session, now) === undefined)
        lookups.set(entry.name, await lookUp(this.context, pool, entry, cloud, session));
    });
    const masterKey = `${pool.metadata.namespace ?? ''}/${pool.spec.masterRef.name}`;
    const master = this.context.stores.masters.get(masterKey);
    const ofWorker = this.#workers.problem(pool, master, this.masters.session(masterKey));
    const [worker] = await Promise.all([ofWorker, ...inClouds]);
    return { lookups, worker };
  }

  forget(key: string): void {
    this.#workers.forget(key);
  }

  /** Everything else, at once: between this look and the records of new nodes no other pool may plan. */
  look(pool: EhosNodePool, resolved: Resolved, now: number, recentCreates: number[], roundRobin: number): PoolSight {
    const { stores, random } = this.context;
    const { namespace = '' } = pool.metadata;
    const everyNode = stores.nodes.list().filter((node) => node.metadata.namespace === namespace);
    const nodes = everyNode.filter((node) => node.spec.poolRef.name === pool.metadata.name);
    const queue = this.#queue(pool, nodes, now);
    const clouds = pool.spec.clouds.map((entry) => this.#cloud(pool, entry, now, resolved));
    const templates = new Map<string, ResolvedTemplate>();
    for (const [name, { template }] of resolved.lookups) if (template) templates.set(name, template);
    const invalid = clouds.flatMap(({ name, cloud, problem }) => {
      const message = cloud ? resolved.lookups.get(name)?.invalid : problem;
      return message === undefined ? [] : [`${name}: ${message}`];
    });
    if (resolved.worker && isForAdmin(resolved.worker)) invalid.unshift(resolved.worker.message);
    const input = planInputOf({
      now,
      pool,
      demand: queue.demand,
      demandMissing: queue.demand ? undefined : queue.master.message,
      nodes,
      nodesByCloud: groupByCloud(everyNode),
      startds: queue.startds,
      clouds,
      learned: learnedYields(everyNode),
      recentCreates,
      roundRobin,
      random: () => random.next(),
    });
    return { input, nodes, templates, invalid, jobs: queue.jobs, master: queue.master };
  }

  #queue(
    pool: EhosNodePool,
    nodes: EhosNode[],
    now: number,
  ): Pick<PoolSight, 'jobs' | 'master'> & { demand: Demand[] | undefined; startds: PlanStartds } {
    const key = `${pool.metadata.namespace ?? ''}/${pool.spec.masterRef.name}`;
    const master = this.context.stores.masters.get(key);
    const session = this.masters.session(key);
    const nothing = { demand: undefined, jobs: undefined, startds: new Map() as PlanStartds };
    if (!master) {
      const message = `spec.masterRef.name: there is no EhosMaster "${pool.spec.masterRef.name}" in this namespace; waiting for it`;
      return { ...nothing, master: { synced: false, message } };
    }
    const jobs = session?.snapshot?.jobs;
    if (!session || !jobs || !session.isFresh(now, pollIntervalOf(master))) {
      const why = session?.problem?.message ?? 'not read yet';
      return {
        ...nothing,
        startds: session?.startds ?? nothing.startds,
        master: { synced: false, message: `no fresh data of HTCondor: ${why}` },
      };
    }
    const self = { name: pool.metadata.name, default: pool.spec.jobs?.default ?? false };
    const { demand, idle, running, held } = demandOf(jobs, self, servedPools(master, this.context.stores.pools.list()));
    const ours = nodes.flatMap((node) => session.startds.get(node.metadata.uid ?? '') ?? []);
    return {
      demand: lessClaimed(demand, ours),
      jobs: { idle, running, held },
      startds: session.startds,
      master: { synced: true, message: 'queue and nodes are read' },
    };
  }

  #find(pool: EhosNodePool, name: string): { cloud: EhosCloud | undefined; session: CloudSession | undefined } {
    const key = `${pool.metadata.namespace ?? ''}/${name}`;
    return { cloud: this.context.stores.clouds.get(key), session: this.clouds.session(key) };
  }

  #cloud(
    pool: EhosNodePool,
    entry: EhosNodePool['spec']['clouds'][number],
    now: number,
    resolved: Resolved,
  ): CloudFacts {
    const { cloud, session } = this.#find(pool, entry.name);
    const merged = cloud && mergeTemplate(pool, entry, cloud);
    const lookup = resolved.lookups.get(entry.name);
    const template = lookup?.template;
    const problem =
      this.#problem(entry.name, cloud, session, now) ??
      resolved.worker?.message ??
      (template ? undefined : (lookup?.invalid ?? lookup?.unknown ?? 'its template was not looked up yet'));
    return {
      name: entry.name,
      cloud,
      snapshot: session?.snapshot,
      problem,
      flavors: merged?.flavors ?? [],
      rootVolumeGiB: merged?.rootVolume?.size,
      imageId: template?.imageId,
      cooldowns: restingFlavors(pool, merged?.flavors ?? [], template, session, now),
      weight: entry.weight ?? cloud?.spec.weight ?? 50,
    };
  }

  #problem(
    name: string,
    cloud: EhosCloud | undefined,
    session: CloudSession | undefined,
    now: number,
  ): string | undefined {
    if (!cloud) return `spec.clouds: there is no EhosCloud "${name}" in this namespace; waiting for it`;
    if (cloud.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
    if (cloud.spec.suspend === true) return 'it is suspended';
    if (session?.problem) return session.problem.message;
    if (!session?.backend || !session.isFresh(now, this.context.settings.cloudSyncInterval))
      return 'it has not been listed lately';
    return undefined;
  }
}

/** Flavors that rest for all, and those that the cloud refused for nodes made as this pool makes them. */
function restingFlavors(
  pool: EhosNodePool,
  flavors: string[],
  template: ResolvedTemplate | undefined,
  session: CloudSession | undefined,
  now: number,
): CloudFacts['cooldowns'] {
  const active = session?.cooldowns.active(now);
  if (!active || active.size === 0) return new Map();
  return new Map(
    flavors.flatMap((flavor) => {
      const found = active.get(flavor) ?? (template && active.get(templateHash(pool, template, flavor)));
      return found ? [[flavor, found] as const] : [];
    }),
  );
}

function groupByCloud(nodes: EhosNode[]): Map<string, EhosNode[]> {
  const groups = new Map<string, EhosNode[]>();
  for (const node of nodes) {
    const group = groups.get(node.spec.cloudRef.name);
    if (group) group.push(node);
    else groups.set(node.spec.cloudRef.name, [node]);
  }
  return groups;
}

type PlanStartds = Parameters<typeof planInputOf>[0]['startds'];
