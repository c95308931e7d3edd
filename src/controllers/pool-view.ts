/** Gathers what one pool is planned from: its resources, its master's and its clouds' last snapshots. */
import { messageOf } from '../base/errors.ts';
import type { EhosCloud, EhosNode, EhosNodePool } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { lessClaimed } from '../domain/claims.ts';
import { demandOf } from '../domain/demand.ts';
import { planInputOf, type CloudFacts } from '../domain/plan-input.ts';
import type { Demand, PlanInput } from '../domain/plan-types.ts';
import { mergeTemplate, type MergedTemplate } from '../domain/templates.ts';
import { learnedYields } from '../domain/yields.ts';
import type { CloudController } from './cloud-controller.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { pollIntervalOf, type MasterController } from './master-controller.ts';
import { servedPools } from './pool-jobs.ts';

export interface PoolSight {
  input: PlanInput;
  nodes: EhosNode[];
  /** Clouds whose template could be resolved. */
  templates: Map<string, ResolvedTemplate>;
  /** Cloud -> what is wrong with it for this pool; only what an admin must mend. */
  invalid: Map<string, string>;
  jobs: { idle: number; running: number; held: number } | undefined;
  master: { synced: boolean; message: string };
}

export class PoolView {
  constructor(
    private readonly context: Context,
    private readonly clouds: CloudController,
    private readonly masters: MasterController,
  ) {}

  /** Looks up what the pool's template names in each of its clouds. May take as long as a cloud takes to answer. */
  async resolve(pool: EhosNodePool): Promise<Resolved> {
    const resolved: Resolved = { templates: new Map(), invalid: new Map() };
    const now = this.context.clock.now();
    await Promise.all(
      pool.spec.clouds.map(async (entry) => {
        const { cloud, session } = this.#find(pool, entry.name);
        if (cloud && session && this.#problem(entry.name, cloud, session, now) === undefined)
          await resolveTemplate(entry.name, mergeTemplate(pool, entry, cloud), session, resolved, this.context.signal);
      }),
    );
    return resolved;
  }

  /** Everything else, at once: between this look and the records of new nodes no other pool may plan. */
  look(pool: EhosNodePool, resolved: Resolved, now: number, recentCreates: number[], roundRobin: number): PoolSight {
    const { stores, random } = this.context;
    const { namespace = '' } = pool.metadata;
    const everyNode = stores.nodes.list().filter((node) => node.metadata.namespace === namespace);
    const nodes = everyNode.filter((node) => node.spec.poolRef.name === pool.metadata.name);
    const queue = this.#queue(pool, nodes, now);
    const { templates } = resolved;
    const invalid = new Map(resolved.invalid);
    const clouds = pool.spec.clouds.map((entry) => this.#cloud(pool, entry, now, resolved));
    for (const { name, cloud, problem } of clouds) if (!cloud) invalid.set(name, problem ?? '');
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
    const template = resolved.templates.get(entry.name);
    const problem =
      this.#problem(entry.name, cloud, session, now) ??
      (template ? undefined : (resolved.invalid.get(entry.name) ?? 'its template was not looked up yet'));
    return {
      name: entry.name,
      cloud,
      snapshot: session?.snapshot,
      problem,
      flavors: merged?.flavors ?? [],
      rootVolumeGiB: merged?.rootVolume?.size,
      imageId: template?.imageId,
      cooldowns: session?.cooldowns.active(now) ?? new Map<string, { reason: string; until: number }>(),
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

/** What the template names in each cloud: looked up, or what an admin must mend. */
export interface Resolved {
  templates: Map<string, ResolvedTemplate>;
  invalid: Map<string, string>;
}

async function resolveTemplate(
  name: string,
  merged: MergedTemplate,
  session: CloudSession,
  into: Resolved,
  signal: AbortSignal,
): Promise<void> {
  try {
    const resolved = await session.backend?.resolve(merged, signal);
    if (resolved) into.templates.set(name, resolved);
  } catch (error) {
    into.invalid.set(name, messageOf(error));
    return;
  }
  const unknown = merged.flavors.filter((flavor) => !session.snapshot?.flavors.has(flavor));
  if (unknown.length === 0) return;
  const known = [...(session.snapshot?.flavors.keys() ?? [])].sort().slice(0, 10).join(', ');
  const names = unknown.map((flavor) => `"${flavor}"`).join(', ');
  into.invalid.set(name, `flavors: the cloud has no flavor ${names}; it has: ${known}`);
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
