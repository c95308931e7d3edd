/** The status of an EhosNodePool, from its plan and its nodes. */
import { LABEL_POOL, type EhosNode, type EhosNodePoolStatus } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from '../domain/conditions.ts';
import { phantomWords, whatWords } from '../domain/journal.ts';
import { isBlackHole } from '../domain/node-states.ts';
import type { Decision, Phantom, Plan, PlanCloud, Unsatisfiable } from '../domain/plan-types.ts';
import { toTime } from '../domain/times.ts';
import { unsatisfiableWords } from '../domain/unsatisfiable.ts';
import { count } from '../domain/words.ts';
import { bootsFailing, bootsStatus } from './boot-watch.ts';
import type { PoolAround } from './fleet-view.ts';
import type { Done } from './pool-acts.ts';

/** Most shapes and changes that a status lists (maxItems in the CRD). */
const MOST_SHAPES = 20;
const MOST_CHANGES = 5;

export interface Decided {
  around: PoolAround;
  plan: Plan;
  clouds: readonly PlanCloud[];
  /** The nodes as they are after the plan was carried out. */
  nodes: readonly EhosNode[];
  /** What of the plan was carried out; undefined: it is only told, as in mode Observe. */
  done: Done | undefined;
  now: number;
}

export function poolStatus(decided: Decided): EhosNodePoolStatus {
  const { around, plan, nodes, now } = decided;
  const { pool } = around;
  const generation = pool.metadata.generation ?? 0;
  const counts = countNodes(nodes);
  const jobs = around.jobs ?? before(pool.status?.jobs);
  const changes = recentChanges(pool.status?.recentChanges, decided);
  return {
    ...counts,
    ...troubled(nodes, around.judged),
    ...bootsStatus(around.boots),
    desiredNodes: plan.desiredNodes,
    jobs: {
      idle: jobs.idle,
      running: jobs.running,
      held: jobs.held,
      unsatisfiable: mostNumerous(plan.unsatisfiable).map(hopeless),
      phantom: mostNumerous(around.phantoms).map(phantom),
    },
    selector: `${LABEL_POOL}=${pool.metadata.name}`,
    lastDecision: lastDecision(pool.status?.lastDecision, plan.decision, now),
    ...(changes.length > 0 ? { recentChanges: changes } : {}),
    observedGeneration: generation,
    conditions: conditionsOf(pool.status?.conditions, conditions(decided, counts.starting), now, generation),
  };
}

function mostNumerous<T extends { count: number }>(groups: readonly T[]): T[] {
  return groups.toSorted((a, b) => b.count - a.count).slice(0, MOST_SHAPES);
}

type Jobs = NonNullable<EhosNodePoolStatus['jobs']>;

function hopeless({
  count: n,
  cpus,
  memory,
  disk,
  gpus,
  reason,
  remedy,
}: Unsatisfiable): NonNullable<Jobs['unsatisfiable']>[number] {
  return { count: n, cpus, memory, disk, gpus, reason: reason.slice(0, 1024), remedy: remedy.slice(0, 512) };
}

function phantom(one: Phantom): NonNullable<Jobs['phantom']>[number] {
  const { count: n, cpus, memory, disk, gpus, since, until, tries, refusedBy, example } = one;
  return {
    count: n,
    cpus,
    memory,
    disk,
    gpus,
    since: toTime(since),
    until: toTime(until),
    tries,
    refusedBy: refusedBy.slice(0, 20),
    ...(example ? { example: example.job.slice(0, 64), analysis: example.analysis.slice(0, 1024) } : {}),
  };
}

/** What was done lately, the newest first; a plan that is only told is no change. */
function recentChanges(
  shown: EhosNodePoolStatus['recentChanges'] = [],
  { plan, done, now }: Decided,
): NonNullable<EhosNodePoolStatus['recentChanges']> {
  if (!done || done.creates.length + done.recalls.length + done.removals.length === 0) return shown;
  const { why } = plan.decision;
  // nodes that have changed since the plan was made were left alone, and are not told
  const whole = (['creates', 'recalls', 'removals'] as const).every((acts) => done[acts].length === plan[acts].length);
  const what = whole ? plan.decision.what : whatWords(done, false);
  const change = { what: what.slice(0, 1024), why: why.slice(0, 4096), when: toTime(now) };
  return [change, ...shown].slice(0, MOST_CHANGES);
}

function before(jobs: EhosNodePoolStatus['jobs']): { idle: number; running: number; held: number } {
  return { idle: jobs?.idle ?? 0, running: jobs?.running ?? 0, held: jobs?.held ?? 0 };
}

type Counts = Required<Pick<EhosNodePoolStatus, 'nodes' | 'starting' | 'idle' | 'busy' | 'draining' | 'lost'>>;

/** A record that gave up its create and only waits for a late server is no node. */
function countNodes(nodes: readonly EhosNode[]): Counts {
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

/** A pool that has none has none to tell. */
function troubled(
  nodes: readonly EhosNode[],
  judged: PoolAround['judged'],
): Pick<EhosNodePoolStatus, 'outdated' | 'blackHoles'> {
  const outdated = nodes.filter(({ metadata }) => {
    const { drift, expiry } = judged.get(metadata.name) ?? {};
    return drift?.status === true || expiry?.status === true;
  }).length;
  const blackHoles = nodes.filter(({ status }) => isBlackHole(status)).length;
  return { ...(outdated > 0 && { outdated }), ...(blackHoles > 0 && { blackHoles }) };
}

/** The time moves only when the decision does. */
function lastDecision(
  shown: EhosNodePoolStatus['lastDecision'],
  decision: Decision,
  now: number,
): NonNullable<EhosNodePoolStatus['lastDecision']> {
  const what = decision.what.slice(0, 1024);
  const why = decision.why.slice(0, 4096);
  const { reason } = decision;
  const same = shown?.what === what && shown.why === why && shown.reason === reason;
  return same ? shown : { what, why, reason, when: toTime(now) };
}

function conditions({ around, plan, clouds, done }: Decided, starting: number): ConditionInput[] {
  const { limited } = plan;
  const scaling = starting > 0 || (done?.creates.length ?? 0) > 0;
  return [
    ready(around, clouds),
    scaling
      ? { type: 'ScalingUp', status: true, reason: 'NodesStarting', message: 'nodes are on their way' }
      : { type: 'ScalingUp', status: false, reason: 'Enough', message: 'no node is on its way' },
    limited
      ? { type: 'ScalingLimited', status: true, reason: limited.reason, message: limited.message }
      : { type: 'ScalingLimited', status: false, reason: 'NotLimited', message: 'nothing limits the number of nodes' },
    unsatisfiableJobs(plan.unsatisfiable),
    phantomJobs(around.phantoms),
    bootsFailing(around.boots),
    {
      type: 'MasterSynced',
      status: around.master.synced,
      reason: around.master.synced ? 'Read' : 'NotRead',
      message: around.master.message,
    },
  ];
}

function unsatisfiableJobs(groups: readonly Unsatisfiable[]): ConditionInput {
  const type = 'UnsatisfiableJobs';
  if (groups.length === 0)
    return { type, status: false, reason: 'None', message: 'every queued job fits a node of the pool' };
  const told = mostNumerous(groups).map((group) => `${count(group.count, 'job')}: ${unsatisfiableWords(group)}`);
  return { type, status: true, reason: 'NothingFits', message: told.join('; ') };
}

function phantomJobs(groups: readonly Phantom[]): ConditionInput {
  const type = 'PhantomJobs';
  if (groups.length === 0) return { type, status: false, reason: 'None', message: 'every queued job counts' };
  return { type, status: true, reason: 'NotStarted', message: mostNumerous(groups).map(phantomWords).join('; ') };
}

function ready({ pool, nodes, master, invalid }: PoolAround, clouds: readonly PlanCloud[]): ConditionInput {
  const type = 'Ready';
  if (pool.metadata.deletionTimestamp !== undefined)
    return {
      type,
      status: false,
      reason: 'Deleting',
      message: `drains and deletes ${count(nodes.length, 'node')} first`,
    };
  const mode = pool.spec.mode ?? 'Active';
  if (!master.synced) return { type, status: false, reason: 'MasterNotSynced', message: master.message };
  const problems = invalid.join('; ');
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
function without(clouds: readonly PlanCloud[]): string {
  const out = clouds.filter((cloud) => cloud.unavailable !== undefined);
  return out.map(({ name, unavailable = '' }) => `; ${name} takes no new nodes: ${unavailable}`).join('');
}
