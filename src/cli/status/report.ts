/** What `ehos status` shows, from the objects of the cluster. */
import type { Condition, EhosCloud, EhosMaster, EhosNode, EhosNodePool } from '../../api/resources.ts';
import type { HistoryPoint } from './history.ts';

export interface StatusReport {
  apiVersion: 'ehos.io/v1alpha1';
  kind: 'EhosStatus';
  takenAt: string;
  masters: MasterLine[];
  pools: PoolLine[];
  clouds: CloudLine[];
  /** Of the last hour; null when the operator could not be asked. */
  history: HistoryPoint[] | null;
  /** Why there is none. */
  historyProblem?: string;
}

interface Named {
  namespace: string;
  name: string;
  ready: 'True' | 'False' | 'Unknown';
  /** In words, when it is not ready. */
  problem?: string;
}

export interface MasterLine extends Named {
  idle: number;
  running: number;
  held: number;
  /** Idle jobs that no pool serves. */
  unmatched: number;
  condorVersion?: string;
  lastSyncTime?: string;
}

export interface PoolLine extends Named {
  mode: string;
  jobs: { idle: number; running: number; held: number; unsatisfiable: number; phantom: number };
  nodes: {
    total: number;
    desired: number;
    max: number;
    busy: number;
    idle: number;
    starting: number;
    draining: number;
    lost: number;
  };
  what?: string;
  why?: string;
  when?: string;
  /** What keeps it from growing. */
  limited?: string;
}

export interface CloudLine extends Named {
  suspended: boolean;
  nodes: number;
  /** Servers that are not ours. */
  foreign: number;
  quota: Partial<Record<'instances' | 'cores' | 'memory', { used?: number; limit?: number }>>;
}

export interface Objects {
  clouds: readonly EhosCloud[];
  masters: readonly EhosMaster[];
  pools: readonly EhosNodePool[];
  nodes: readonly EhosNode[];
}

export function statusReport(
  { clouds, masters, pools, nodes }: Objects,
  history: HistoryPoint[] | { problem: string },
  now: number,
): StatusReport {
  return {
    apiVersion: 'ehos.io/v1alpha1',
    kind: 'EhosStatus',
    takenAt: new Date(now).toISOString(),
    masters: masters.map(masterLine),
    pools: pools.map((pool) => poolLine(pool, nodes)),
    clouds: clouds.map((cloud) => cloudLine(cloud, nodes)),
    ...('problem' in history ? { history: null, historyProblem: history.problem } : { history }),
  };
}

export function conditionOf(
  object: { status?: { conditions?: readonly Condition[] } | undefined },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

type Watched = EhosCloud | EhosMaster | EhosNodePool;

/** What has no conditions yet was not looked at: no operator runs, or not here. */
function named(object: Watched): Named {
  const { namespace = '', name, deletionTimestamp } = object.metadata;
  const ready = conditionOf(object, 'Ready');
  const head = { namespace, name, ready: ready?.status ?? 'Unknown' };
  if (deletionTimestamp !== undefined) return { ...head, problem: 'it is being deleted' };
  if (!ready) return { ...head, problem: 'no operator has looked at it yet' };
  return ready.status === 'True' ? head : { ...head, problem: `${ready.reason}: ${ready.message}` };
}

function masterLine(master: EhosMaster): MasterLine {
  const { jobs, unmatchedJobs = 0, condorVersion, lastSyncTime } = master.status ?? {};
  return {
    ...named(master),
    idle: jobs?.idle ?? 0,
    running: jobs?.running ?? 0,
    held: jobs?.held ?? 0,
    unmatched: unmatchedJobs,
    ...(condorVersion === undefined ? {} : { condorVersion }),
    ...(lastSyncTime === undefined ? {} : { lastSyncTime }),
  };
}

function poolLine(pool: EhosNodePool, nodes: readonly EhosNode[]): PoolLine {
  const status = pool.status ?? {};
  const { jobs = {}, lastDecision } = status;
  const limited = conditionOf(pool, 'ScalingLimited');
  const ours = nodes.filter(
    ({ metadata, spec }) => metadata.namespace === pool.metadata.namespace && spec.poolRef.name === pool.metadata.name,
  );
  return {
    ...named(pool),
    mode: pool.spec.mode ?? 'Active',
    jobs: {
      idle: jobs.idle ?? 0,
      running: jobs.running ?? 0,
      held: jobs.held ?? 0,
      unsatisfiable: sum(jobs.unsatisfiable),
      phantom: sum(jobs.phantom),
    },
    nodes: {
      total: status.nodes ?? ours.length,
      desired: status.desiredNodes ?? 0,
      max: pool.spec.maxNodes,
      busy: status.busy ?? 0,
      idle: status.idle ?? 0,
      starting: status.starting ?? 0,
      draining: status.draining ?? 0,
      lost: status.lost ?? 0,
    },
    ...(lastDecision && { what: lastDecision.what, why: lastDecision.why, when: lastDecision.when }),
    ...(limited?.status === 'True' ? { limited: `${limited.reason}: ${limited.message}` } : {}),
  };
}

function cloudLine(cloud: EhosCloud, nodes: readonly EhosNode[]): CloudLine {
  const { quota = {}, foreignInstances = 0, nodes: counted } = cloud.status ?? {};
  const { instances, cores, memory } = quota;
  const ours = nodes.filter(
    ({ metadata, spec }) =>
      metadata.namespace === cloud.metadata.namespace && spec.cloudRef.name === cloud.metadata.name,
  );
  return {
    ...named(cloud),
    suspended: cloud.spec.suspend ?? false,
    nodes: counted?.total ?? ours.length,
    foreign: foreignInstances,
    quota: { ...(instances && { instances }), ...(cores && { cores }), ...(memory && { memory }) },
  };
}

function sum(groups: readonly { count: number }[] = []): number {
  return groups.reduce((total, { count }) => total + count, 0);
}
