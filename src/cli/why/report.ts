/** Why a pool is as it is: its status, its nodes and its clouds put together. */
import {
  DO_NOT_DISRUPT,
  type Condition,
  type EhosCloud,
  type EhosMaster,
  type EhosNode,
  type EhosNodePool,
  type EhosNodePoolStatus,
} from '../../api/resources.ts';
import { isSet } from '../../domain/plan-input.ts';
import { shapeWords } from '../../domain/words.ts';
import { conditionOf } from '../status/report.ts';

type Jobs = NonNullable<EhosNodePoolStatus['jobs']>;

export interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string } | null;
  involvedObject?: { kind?: string; name?: string };
  metadata: { name: string; creationTimestamp?: string };
}

export interface EventLine {
  time: string | undefined;
  about: string;
  type: string;
  reason: string;
  message: string;
  times: number;
}

export interface WhyReport {
  apiVersion: 'ehos.io/v1alpha1';
  kind: 'EhosWhy';
  namespace: string;
  pool: string;
  mode: string;
  nodes: { total: number; desired: number; min: number; max: number };
  jobs: { idle: number; running: number; held: number };
  lastDecision: EhosNodePoolStatus['lastDecision'] | null;
  /** What stands in the way, the most general first. */
  hindrances: string[];
  unsatisfiable: { count: number; jobs: string; reason: string; remedy: string }[];
  phantoms: { count: number; jobs: string; until: string; why: string }[];
  /** Nodes with something to tell. */
  nodeNotes: { node: string; note: string }[];
  recentChanges: NonNullable<EhosNodePoolStatus['recentChanges']>;
  conditions: Pick<Condition, 'type' | 'status' | 'reason' | 'message' | 'lastTransitionTime'>[];
  events: EventLine[];
}

export interface Around {
  pool: EhosNodePool;
  /** Of this pool. */
  nodes: readonly EhosNode[];
  /** Those that the pool names and that are there. */
  clouds: readonly EhosCloud[];
  master: EhosMaster | undefined;
  events: readonly KubeEvent[];
}

const MOST_EVENTS = 15;

export function whyReport(around: Around): WhyReport {
  const { pool, nodes } = around;
  const { jobs = {}, ...status } = pool.status ?? {};
  return {
    apiVersion: 'ehos.io/v1alpha1',
    kind: 'EhosWhy',
    namespace: pool.metadata.namespace ?? '',
    pool: pool.metadata.name,
    mode: pool.spec.mode ?? 'Active',
    nodes: {
      total: status.nodes ?? nodes.length,
      desired: status.desiredNodes ?? 0,
      min: pool.spec.minNodes ?? 0,
      max: pool.spec.maxNodes,
    },
    jobs: { idle: jobs.idle ?? 0, running: jobs.running ?? 0, held: jobs.held ?? 0 },
    lastDecision: status.lastDecision ?? null,
    hindrances: hindrancesOf(around),
    unsatisfiable: (jobs.unsatisfiable ?? []).map(unsatisfiable),
    phantoms: (jobs.phantom ?? []).map(phantom),
    nodeNotes: nodes.flatMap(noteOf),
    recentChanges: status.recentChanges ?? [],
    conditions: (status.conditions ?? []).map(({ type, status: value, reason, message, lastTransitionTime }) => ({
      type,
      status: value,
      reason,
      message,
      lastTransitionTime,
    })),
    events: eventLines(around.events),
  };
}

function hindrancesOf({ pool, clouds, master }: Around): string[] {
  const found: string[] = [];
  const { mode, masterRef, clouds: entries } = pool.spec;
  if (pool.metadata.deletionTimestamp !== undefined)
    found.push('the pool is being deleted: its nodes are drained, and none is made');
  if (pool.status?.conditions === undefined)
    found.push('no operator has looked at it yet: does one run, and does it serve this namespace?');
  if (mode === 'Observe') found.push('mode is Observe: everything is planned, and nothing is done');
  if (mode === 'Paused') found.push('mode is Paused: nothing is planned');
  if (!master) found.push(`there is no EhosMaster "${masterRef.name}" in this namespace`);
  else push(found, `master ${masterRef.name}`, master);
  for (const { name } of entries) {
    const cloud = clouds.find(({ metadata }) => metadata.name === name);
    if (!cloud) found.push(`there is no EhosCloud "${name}" in this namespace`);
    else if (cloud.spec.suspend === true) found.push(`cloud ${name} is suspended: it takes no new nodes`);
    else push(found, `cloud ${name}`, cloud);
  }
  const limited = conditionOf(pool, 'ScalingLimited');
  if (limited?.status === 'True') found.push(`${limited.reason}: ${limited.message}`);
  for (const { cloud, flavor, failures, until, reason } of pool.status?.boots ?? [])
    found.push(`${flavor} in ${cloud} rests until ${until}: ${failures} nodes did not come up (${reason})`);
  return found;
}

function push(found: string[], what: string, object: EhosCloud | EhosMaster): void {
  const ready = conditionOf(object, 'Ready');
  if (ready && ready.status !== 'True') found.push(`${what} is not ready: ${ready.reason}: ${ready.message}`);
}

interface Group {
  cpus?: number;
  memory?: number;
  disk?: number;
  gpus?: number;
}

const wordsFor = ({ cpus = 1, memory = 0, disk = 0, gpus = 0 }: Group): string =>
  shapeWords({ cpus, memory, disk, gpus });

function unsatisfiable(group: NonNullable<Jobs['unsatisfiable']>[number]): WhyReport['unsatisfiable'][number] {
  const { count, reason, remedy = '' } = group;
  return { count, jobs: wordsFor(group), reason, remedy };
}

function phantom(group: NonNullable<Jobs['phantom']>[number]): WhyReport['phantoms'][number] {
  const { count, until, refusedBy = [], example, analysis } = group;
  const room =
    refusedBy.length > 0
      ? `HTCondor started none of them although there was room on ${refusedBy.join(', ')}`
      : 'HTCondor started none of them';
  const says = example === undefined ? '' : `; of job ${example} it says: ${analysis ?? ''}`;
  return { count, jobs: wordsFor(group), until, why: room + says };
}

function noteOf({ metadata, status = {} }: EhosNode): WhyReport['nodeNotes'] {
  const notes = [
    status.fault,
    status.phase === 'Lost' ? 'HTCondor does not hear of it' : undefined,
    status.drainRequested === undefined ? undefined : `is drained: ${status.drainReason ?? 'it is not needed'}`,
    isSet({ metadata }, DO_NOT_DISRUPT) ? `is protected (${DO_NOT_DISRUPT})` : undefined,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? [] : [{ node: metadata.name, note: notes.join('; ') }];
}

/** The latest first. An event of the newer API has its time elsewhere (events.k8s.io/v1, `eventTime` and `series`). */
function eventLines(events: readonly KubeEvent[]): EventLine[] {
  return events
    .map((event): EventLine => {
      const { type = '', reason = '', message = '', involvedObject = {}, series, count } = event;
      const time =
        series?.lastObservedTime ??
        event.lastTimestamp ??
        event.eventTime ??
        event.metadata.creationTimestamp ??
        undefined;
      const about = `${involvedObject.kind ?? ''} ${involvedObject.name ?? ''}`.trim();
      return { time, about, type, reason, message, times: series?.count ?? count ?? 1 };
    })
    .sort((a, b) => Date.parse(b.time ?? '') - Date.parse(a.time ?? ''))
    .slice(0, MOST_EVENTS);
}
