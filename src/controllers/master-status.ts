/** The status of an EhosMaster, from its session. */
import { type EhosMaster, type EhosMasterStatus, type EhosNodePool } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from '../domain/conditions.ts';
import { hearingWords, NODES_HEARD } from './hearing.ts';
import { servedPools } from '../domain/pool-jobs.ts';
import { unmatchedJobs } from '../domain/demand.ts';
import type { JobGroup, Startd } from '../domain/snapshots.ts';
import { count, printable } from '../domain/words.ts';
import { cut } from '../base/text.ts';
import { syncTime } from './cloud-status.ts';
import type { MasterSession } from './master-session.ts';
import { isForAdmin, type Problem } from './problem.ts';

export function masterStatus(
  master: EhosMaster,
  session: MasterSession,
  pools: EhosNodePool[],
  now: number,
): EhosMasterStatus {
  const { snapshot, facts } = session;
  const before = master.status ?? {};
  const jobs = snapshot?.jobs;
  const served = servedPools(pools, { namespace: master.metadata.namespace, name: master.metadata.name });
  const unmatched = jobs && unmatchedJobs(jobs, served);
  const status: EhosMasterStatus = {
    ...(before.jobs ? { jobs: before.jobs } : {}),
    ...(before.slots ? { slots: before.slots, cores: before.cores ?? {}, memory: before.memory ?? {} } : {}),
    ...(before.unmatchedJobs === undefined ? {} : { unmatchedJobs: before.unmatchedJobs }),
    ...(before.unmatchedPools === undefined ? {} : { unmatchedPools: before.unmatchedPools }),
    ...(unmatched ? unmatchedStatus(unmatched) : {}),
    ...(jobs ? { jobs: jobCounts(jobs) } : {}),
    ...(snapshot?.startds ? usage(snapshot.startds) : {}),
    ...(facts ? { condorVersion: facts.version } : before.condorVersion ? { condorVersion: before.condorVersion } : {}),
    ...syncTime(before.lastSyncTime, session.problem ? undefined : snapshot?.observedAt),
    observedGeneration: master.metadata.generation ?? 0,
  };
  const parts = [connected(session), synced(session)];
  const bad = parts.find((condition) => condition.status !== true);
  const ready: ConditionInput =
    master.metadata.deletionTimestamp !== undefined
      ? { type: 'Ready', status: false, reason: 'Deleting', message: 'waits for its nodes to be drained and deleted' }
      : bad
        ? { ...bad, type: 'Ready' }
        : { type: 'Ready', status: true, reason: 'Ready', message: 'connected and read' };
  return {
    ...status,
    conditions: conditionsOf(
      before.conditions,
      [ready, ...parts, jobsServed(unmatched, served), nodesHeard(master, session), nodesGenuine(session)],
      now,
      master.metadata.generation,
    ),
  };
}

/** Its transition is when they fell silent: that is how it survives a restart. */
function nodesHeard(master: EhosMaster, { massLost, startdsAt }: MasterSession): ConditionInput {
  const type = NODES_HEARD;
  const before = master.status?.conditions?.find((one) => one.type === type);
  if (massLost)
    return {
      type,
      status: false,
      reason: massLost.confirmed ? 'LossConfirmed' : 'ManySilentAtOnce',
      message: hearingWords(master, massLost),
    };
  if (startdsAt !== undefined) return { type, status: true, reason: 'Heard', message: 'its nodes are heard' };
  if (!before) return { type, status: 'Unknown', reason: 'NotRead', message: 'not read yet' };
  return { ...before, status: before.status === 'Unknown' ? 'Unknown' : before.status === 'True' };
}

type Unmatched = ReturnType<typeof unmatchedJobs>;

/** Most pools that are listed (maxItems in the CRD), and longest name. */
const MOST_POOLS = 20;
const LONGEST_NAME = 253;

function unmatchedStatus(unmatched: Unmatched): Pick<EhosMasterStatus, 'unmatchedJobs' | 'unmatchedPools'> {
  return {
    unmatchedJobs: unmatched.reduce((sum, { jobs }) => sum + jobs, 0),
    unmatchedPools: unmatched
      .slice(0, MOST_POOLS)
      .map(({ pool, jobs }) =>
        pool === undefined ? { jobs } : { pool: printable(pool).slice(0, LONGEST_NAME), jobs },
      ),
  };
}

/** Doubts that are told in full. */
const MOST_DOUBTS = 10;

/** Whether each startd speaks for a node of its own: one that does not is no proof of anything. */
function nodesGenuine({ doubts, startdsAt }: MasterSession): ConditionInput {
  const type = 'NodesGenuine';
  if (startdsAt === undefined)
    return { type, status: 'Unknown', reason: 'NotRead', message: 'the nodes are not known' };
  const [first] = doubts;
  if (!first)
    return { type, status: true, reason: 'NoDoubt', message: 'each startd speaks for one node of ours, or for none' };
  const told = doubts.slice(0, MOST_DOUBTS).map(({ message }) => cut(printable(message), 300));
  const more = doubts.length > MOST_DOUBTS ? `; and ${doubts.length - MOST_DOUBTS} more` : '';
  const message = `${told.join('; ')}${more}: none of them counts as idle or as room for jobs, and none is removed for it`;
  return { type, status: false, reason: first.reason, message };
}

/** Whose jobs wait for nobody: the name may be misspelt. */
function jobsServed(unmatched: Unmatched | undefined, served: readonly { name: string }[]): ConditionInput {
  const type = 'JobsServed';
  if (!unmatched) return { type, status: 'Unknown', reason: 'NotRead', message: 'the queue is not known' };
  if (unmatched.length === 0) return { type, status: true, reason: 'Served', message: 'every idle job has a pool' };
  const told = unmatched.slice(0, MOST_POOLS).map(({ pool, jobs }) => {
    const whose =
      pool === undefined
        ? 'no pool, and none is the default'
        : `pool ${JSON.stringify(printable(pool).slice(0, 64))}, which does not exist`;
    return `${count(jobs, 'job')} ${jobs === 1 ? 'names' : 'name'} ${whose}`;
  });
  const names = served.map(({ name }) => name).sort();
  const pools = names.length === 0 ? 'there are no pools' : `there are: ${names.slice(0, 20).join(', ')}`;
  return { type, status: false, reason: 'NoSuchPool', message: `${told.join('; ')}; ${pools}` };
}

function jobCounts(jobs: JobGroup[]): NonNullable<EhosMasterStatus['jobs']> {
  const countOf = (state?: string): number =>
    jobs.filter((group) => state === undefined || group.state === state).reduce((sum, group) => sum + group.count, 0);
  return { idle: countOf('Idle'), running: countOf('Running'), held: countOf('Held'), total: countOf() };
}

function usage(startds: Startd[]): Pick<EhosMasterStatus, 'slots' | 'cores' | 'memory'> {
  const sum = (of: (startd: Startd) => number): number => startds.reduce((total, startd) => total + of(startd), 0);
  return {
    slots: { total: startds.length, used: startds.filter((startd) => startd.dynamicSlots > 0).length },
    cores: { total: sum((s) => s.total.cpus), used: sum((s) => s.total.cpus - s.free.cpus) },
    memory: { total: sum((s) => s.total.memory), used: sum((s) => s.total.memory - s.free.memory) },
  };
}

function connected({ problem, facts }: MasterSession): ConditionInput {
  const type = 'Connected';
  if (problem && !problem.connected)
    return { type, status: false, reason: reasonOf(problem), message: problem.message };
  if (!facts) return { type, status: 'Unknown', reason: 'NotTried', message: 'not tried yet' };
  return {
    type,
    status: true,
    reason: 'Connected',
    message: `HTCondor ${facts.version}, trust domain ${facts.trustDomain}`,
  };
}

/** What should be done about it: correct the spec or a Secret, correct the account, or wait. */
function reasonOf({ errorClass }: Problem): string {
  if (errorClass === 'Invalid') return 'InvalidConfiguration';
  return errorClass === 'Auth' ? 'AuthenticationFailed' : 'ConnectionFailed';
}

function synced({ problem, snapshot }: MasterSession): ConditionInput {
  const type = 'Synced';
  if (problem && isForAdmin(problem)) return { type, status: false, reason: 'NotConnected', message: problem.message };
  if (problem)
    return { type, status: false, reason: 'TransientError', message: `${problem.message}; tried again by itself` };
  if (!snapshot) return { type, status: 'Unknown', reason: 'NotTried', message: 'not read yet' };
  return { type, status: true, reason: 'Read', message: 'queue and nodes are read' };
}
