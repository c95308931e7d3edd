/** The status of an EhosNodePool, from its plan and its nodes. */
import { LABEL_POOL, type EhosNode, type EhosNodePool, type EhosNodePoolStatus } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from '../domain/conditions.ts';
import type { Plan } from '../domain/plan-types.ts';
import { toTime } from '../domain/times.ts';
import { count } from '../domain/words.ts';
import type { PoolSight } from './pool-view.ts';

export function poolStatus(
  pool: EhosNodePool,
  sight: PoolSight,
  plan: Plan,
  nodes: EhosNode[],
  now: number,
): EhosNodePoolStatus {
  const generation = pool.metadata.generation ?? 0;
  const counts = countNodes(nodes);
  const jobs = sight.jobs ?? before(pool.status?.jobs);
  const unsatisfiable = plan.unsatisfiable.reduce((sum, shape) => sum + shape.count, 0);
  return {
    ...counts,
    desiredNodes: plan.desiredNodes,
    jobs: { idle: jobs.idle, running: jobs.running, held: jobs.held, unsatisfiable },
    selector: `${LABEL_POOL}=${pool.metadata.name}`,
    lastDecision: lastDecision(pool.status?.lastDecision, plan.decision, now),
    observedGeneration: generation,
    conditions: conditionsOf(pool.status?.conditions, conditions(pool, sight, plan, counts.starting), now, generation),
  };
}

function before(jobs: EhosNodePoolStatus['jobs']): { idle: number; running: number; held: number } {
  return { idle: jobs?.idle ?? 0, running: jobs?.running ?? 0, held: jobs?.held ?? 0 };
}

type Counts = Required<Pick<EhosNodePoolStatus, 'nodes' | 'starting' | 'idle' | 'busy' | 'draining' | 'lost'>>;

/** A record that gave up its create and only waits for a late server is no node. */
function countNodes(nodes: EhosNode[]): Counts {
  const counts: Counts = { nodes: 0, starting: 0, idle: 0, busy: 0, draining: 0, lost: 0 };
  for (const { status = {} } of nodes) {
    const leaving = status.drainRequested !== undefined || status.deleted !== undefined;
    if (leaving && status.serverID === undefined) continue;
    counts.nodes += 1;
    if (leaving) counts.draining += 1;
    else if (status.lostSince !== undefined) counts.lost += 1;
    else if (status.joined === undefined) counts.starting += 1;
    else if (status.idleSince === undefined) counts.busy += 1;
    else counts.idle += 1;
  }
  return counts;
}

/** The time moves only when the decision does. */
function lastDecision(
  shown: EhosNodePoolStatus['lastDecision'],
  decision: Plan['decision'],
  now: number,
): NonNullable<EhosNodePoolStatus['lastDecision']> {
  const what = decision.what.slice(0, 1024);
  const why = decision.why.slice(0, 4096);
  return shown?.what === what && shown.why === why ? shown : { what, why, when: toTime(now) };
}

function conditions(pool: EhosNodePool, sight: PoolSight, plan: Plan, starting: number): ConditionInput[] {
  const { limited, unsatisfiable } = plan;
  const scaling = starting > 0 || (plan.creates.length > 0 && (pool.spec.mode ?? 'Active') === 'Active');
  return [
    ready(pool, sight),
    scaling
      ? { type: 'ScalingUp', status: true, reason: 'NodesStarting', message: 'nodes are on their way' }
      : { type: 'ScalingUp', status: false, reason: 'Enough', message: 'no node is on its way' },
    limited
      ? { type: 'ScalingLimited', status: true, reason: limited.reason, message: limited.message }
      : { type: 'ScalingLimited', status: false, reason: 'NotLimited', message: 'nothing limits the number of nodes' },
    unsatisfiable.length > 0
      ? {
          type: 'UnsatisfiableJobs',
          status: true,
          reason: 'NoFlavorFits',
          message: unsatisfiable.map((shape) => `${count(shape.count, 'job')}: ${shape.reason}`).join('; '),
        }
      : { type: 'UnsatisfiableJobs', status: false, reason: 'None', message: 'every queued job fits a flavor' },
    {
      type: 'MasterSynced',
      status: sight.master.synced,
      reason: sight.master.synced ? 'Read' : 'NotRead',
      message: sight.master.message,
    },
  ];
}

function ready(pool: EhosNodePool, sight: PoolSight): ConditionInput {
  const type = 'Ready';
  if (pool.metadata.deletionTimestamp !== undefined)
    return {
      type,
      status: false,
      reason: 'Deleting',
      message: `drains and deletes ${count(sight.nodes.length, 'node')} first`,
    };
  const mode = pool.spec.mode ?? 'Active';
  if (!sight.master.synced) return { type, status: false, reason: 'MasterNotSynced', message: sight.master.message };
  const problems = sight.invalid.join('; ');
  const { clouds } = sight.input;
  const usable = clouds.filter((cloud) => cloud.unavailable === undefined && cloud.flavors.length > 0);
  if (usable.length === 0) {
    const why = clouds.map((cloud) => `${cloud.name}: ${cloud.unavailable ?? 'none of its flavors exists'}`).join('; ');
    return {
      type,
      status: false,
      reason: problems ? 'InvalidConfiguration' : 'NoCloudAvailable',
      message: problems || why,
    };
  }
  if (problems) return { type, status: true, reason: 'PartlyInvalid', message: problems };
  const [reason, what] =
    mode === 'Active' ? ['Ready', 'scales by the queue'] : [mode, `mode ${mode}: nothing is made or taken away`];
  return { type, status: true, reason, message: what + without(clouds) };
}

/** The clouds that cannot be used now, beside those that can. */
function without(clouds: PoolSight['input']['clouds']): string {
  const out = clouds.filter((cloud) => cloud.unavailable !== undefined);
  return out.map(({ name, unavailable = '' }) => `; ${name} takes no new nodes: ${unavailable}`).join('');
}
