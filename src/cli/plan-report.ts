/** What `ehos plan` says, as data: the form of `-o json`, told in docs/snapshots.md. */
import { RESOURCES, NONE, plus, type Amounts, type Resource } from '../domain/amounts.ts';
import { mergeShapes, unmatchedJobs } from '../domain/demand.ts';
import { planInputsOf, type CloudSight, type FleetSight, type PoolSight } from '../domain/fleet-sight.ts';
import { planFleet } from '../domain/fleet.ts';
import { withoutPhantoms } from '../domain/phantoms.ts';
import type {
  JournalEntry,
  Limited,
  Phantom,
  Plan,
  PlannedRemoval,
  PlanInput,
  Unsatisfiable,
} from '../domain/plan-types.ts';
import type { Shape } from '../domain/snapshots.ts';
import { toTime } from '../domain/times.ts';
import { takenOf, type Holding } from '../snapshot/defaults.ts';
import { API_VERSION, type Snapshot } from '../snapshot/file.ts';

/** Nodes that are made alike. */
export interface CreateLine {
  count: number;
  flavor: string;
  cloud: string;
  zone?: string;
  reason: string;
}

export interface PoolReport {
  name: string;
  mode: PlanInput['pool']['mode'];
  what: string;
  why: string;
  reason: Plan['decision']['reason'];
  nodes: number;
  desiredNodes: number;
  creates: CreateLine[];
  recalls: PlannedRemoval[];
  removals: PlannedRemoval[];
  unsatisfiable: (Shape & Pick<Unsatisfiable, 'count' | 'reason' | 'remedy'>)[];
  phantoms: (Omit<Phantom, 'since' | 'until'> & { since: string; until: string })[];
  limited: Limited | null;
  /** Seconds after which the plan may differ although nothing is observed. */
  recheckAfter: number | null;
  journal: JournalEntry[];
}

export interface Figure {
  /** Whose limit: the quota of the project, or spec.limits of the EhosCloud. */
  by: 'quota' | 'limit';
  /** null: none. */
  limit: number | null;
  used: number;
  /** When everything that is planned is done. */
  after: number;
}

export interface CloudReport {
  name: string;
  resources: Partial<Record<Resource, Figure[]>>;
}

export interface PlanReport {
  apiVersion: string;
  kind: 'EhosPlan';
  takenAt: string;
  namespace: string;
  pools: PoolReport[];
  clouds: CloudReport[];
  /** Idle jobs that no pool serves; pool null: they name none. */
  unmatchedJobs: { master: string; pool: string | null; jobs: number }[];
}

export function planReport({ namespace, sight }: Snapshot): PlanReport {
  const inputs = planInputsOf(sight);
  const plans = planFleet(inputs);
  const planned = inputs.flatMap((input, i) => {
    const [plan, pool] = [plans[i], sight.pools[i]];
    return plan && pool ? [{ input, plan, pool }] : [];
  });
  return {
    apiVersion: API_VERSION,
    kind: 'EhosPlan',
    takenAt: toTime(sight.now),
    namespace,
    pools: planned.map(({ input, plan }) => poolReport(input, plan)),
    clouds: cloudReports(sight, planned),
    unmatchedJobs: unmatched(sight),
  };
}

function poolReport(input: PlanInput, plan: Plan): PoolReport {
  const { left } = withoutPhantoms(mergeShapes(input.demand ?? []), input.phantoms);
  return {
    name: input.pool.name,
    mode: input.pool.mode,
    ...plan.decision,
    nodes: input.nodes.length,
    desiredNodes: plan.desiredNodes,
    creates: grouped(plan.creates),
    recalls: plan.recalls,
    removals: plan.removals,
    unsatisfiable: plan.unsatisfiable.map(({ count, cpus, memory, disk, gpus, reason, remedy }) => ({
      count,
      cpus,
      memory,
      disk,
      gpus,
      reason,
      remedy,
    })),
    phantoms: left.map((phantom) => ({ ...phantom, since: toTime(phantom.since), until: toTime(phantom.until) })),
    limited: plan.limited ?? null,
    recheckAfter: plan.recheckAfter === undefined ? null : Math.ceil(plan.recheckAfter / 1000),
    journal: plan.journal,
  };
}

function grouped(creates: Plan['creates']): CreateLine[] {
  const lines = new Map<string, CreateLine>();
  for (const { cloud, flavor, zone, reason } of creates) {
    const key = JSON.stringify([cloud, flavor, zone, reason]);
    const line = lines.get(key);
    if (line) line.count += 1;
    else lines.set(key, { count: 1, flavor, cloud, ...(zone !== undefined && { zone }), reason });
  }
  return [...lines.values()];
}

interface PlannedPool {
  input: PlanInput;
  plan: Plan;
  pool: PoolSight;
}

function cloudReports(sight: FleetSight, planned: readonly PlannedPool[]): CloudReport[] {
  const clouds = sight.clouds.map(({ object, flavors }) => ({ name: object.metadata.name, flavors }));
  const carriedOut = planned.filter(({ input: { pool } }) => pool.mode === 'Active' || pool.deleting);
  const made = takenOf(
    clouds,
    carriedOut.map(({ plan, pool }): Holding => ({ nodes: plan.creates, pool: pool.pool })),
  );
  const gone = takenOf(
    clouds,
    carriedOut.map(({ plan, pool }): Holding => {
      const names = new Set(plan.removals.map(({ node }) => node));
      return { nodes: pool.nodes.filter(({ name }) => names.has(name)), pool: pool.pool };
    }),
  );
  return sight.clouds.map((cloud) => {
    const { name } = cloud.object.metadata;
    const change = plus(made.get(name) ?? NONE, gone.get(name) ?? NONE, -1);
    return { name, resources: resourcesOf(cloud, change) };
  });
}

function resourcesOf({ figures }: CloudSight, change: Amounts): CloudReport['resources'] {
  const resources: CloudReport['resources'] = {};
  for (const what of RESOURCES) {
    const all = figures[what]?.map(({ by, limit, used }): Figure => ({
      by,
      limit: limit < 0 ? null : limit,
      used,
      after: Math.max(0, used + change[what]),
    }));
    if (all) resources[what] = all;
  }
  return resources;
}

function unmatched({ masters, pools }: FleetSight): PlanReport['unmatchedJobs'] {
  return masters.flatMap(({ name: master, queue = [] }) => {
    const serving = pools
      .filter(({ pool }) => pool.spec.masterRef.name === master && pool.metadata.deletionTimestamp === undefined)
      .map(({ pool }) => ({ name: pool.metadata.name, default: pool.spec.jobs?.default ?? false }));
    return unmatchedJobs(queue, serving).map(({ pool = null, jobs }) => ({ master, pool, jobs }));
  });
}
