/** Job ads, factory ads and the groups of `condor_q -group-by` (forms: fixtures condor_q-*.json). */
import { adSchema, plainAd, Real, SchemaAd, type Ad, type AdSchema, type AdValue } from './classad.ts';
import { classadText } from './classad-text.ts';
import {
  DEFAULT_DISK_KIB,
  DISK_EXPRESSION,
  JobStatus,
  MEMORY_EXPRESSION,
  type Cluster,
  type JobShape,
} from './jobs.ts';
import { jobId, type HistoryRecord, type RunningJob } from './schedd.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

const SHAPE: Record<string, (shape: JobShape) => AdValue | undefined> = {
  DiskUsage: () => DEFAULT_DISK_KIB,
  EhosPool: ({ pool }) => pool,
  ImageSize: () => DEFAULT_DISK_KIB,
  Owner: ({ owner }) => owner,
  RequestCpus: ({ cpus }) => cpus,
  RequestDisk: ({ disk }) => disk ?? DISK_EXPRESSION,
  RequestGPUs: ({ gpus }) => gpus,
  RequestMemory: ({ memory }) => memory ?? MEMORY_EXPRESSION,
};
const SHAPE_SCHEMA: AdSchema<JobShape> = adSchema(SHAPE);

/** What all jobs of a shape have in common: the job's side of a match. */
export function jobAd(shape: JobShape): Ad {
  return new SchemaAd(SHAPE_SCHEMA, shape, shape.attributes);
}

export interface JobOnQueue {
  cluster: Cluster;
  proc: number;
  running: RunningJob | undefined;
  /** What the negotiator said when it last passed the job by. */
  refusal: { reason: string; at: number } | undefined;
  now: number;
}

const onShape = Object.fromEntries(
  Object.entries(SHAPE).map(([name, of]) => [name, (job: { cluster: Cluster }) => of(job.cluster.shape)]),
);

const JOB = adSchema<JobOnQueue>({
  ...onShape,
  ClusterId: ({ cluster }) => cluster.id,
  Cmd: () => '/bin/sleep',
  Args: ({ cluster, proc }) => String(cluster.runMs(proc) / 1000),
  EnteredCurrentStatus: ({ cluster, running }) => seconds(running?.startedAt ?? cluster.queuedAt),
  HoldReason: ({ cluster, proc }) =>
    cluster.statusOf(proc) === JobStatus.Held ? "submitted on hold at user's request" : undefined,
  HoldReasonCode: ({ cluster, proc }) => (cluster.statusOf(proc) === JobStatus.Held ? 15 : undefined),
  JobCurrentStartDate: ({ running }) => running && seconds(running.startedAt),
  JobPrio: () => 0,
  JobStatus: ({ cluster, proc }) => cluster.statusOf(proc),
  JobUniverse: () => 5,
  LastRejMatchReason: ({ refusal }) => refusal?.reason,
  LastRejMatchTime: ({ refusal }) => refusal && seconds(refusal.at),
  MyType: () => 'Job',
  NumJobStarts: ({ cluster, proc }) => cluster.startsOf(proc),
  NumShadowStarts: ({ cluster, proc }) => cluster.startsOf(proc) || undefined,
  ProcId: ({ proc }) => proc,
  QDate: ({ cluster }) => seconds(cluster.queuedAt),
  RemoteHost: ({ running }) => running?.slotName,
  ServerTime: ({ now }) => seconds(now),
  TargetType: () => 'Machine',
});

export function queueAd(job: JobOnQueue): Ad {
  return new SchemaAd(JOB, job, job.cluster.shape.attributes);
}

const FACTORY = adSchema<{ cluster: Cluster }>({
  ...onShape,
  ClusterId: ({ cluster }) => cluster.id,
  JobFactoryPaused: () => 0,
  JobMaterializeLimit: ({ cluster }) => cluster.limit,
  JobMaterializeMaxIdle: ({ cluster }) => cluster.spec.maxIdle,
  JobMaterializeNextProcId: ({ cluster }) => cluster.next,
  JobsHeld: ({ cluster }) => cluster.counts[JobStatus.Held],
  JobsIdle: ({ cluster }) => cluster.counts[JobStatus.Idle],
  JobsPresent: ({ cluster }) => cluster.present,
  JobsRunning: ({ cluster }) => cluster.counts[JobStatus.Running],
  MyType: () => 'Job',
  QDate: ({ cluster }) => seconds(cluster.queuedAt),
  TotalSubmitProcs: ({ cluster }) => cluster.submitted,
});

/** The cluster ad of a late-materialising cluster: it has no JobStatus. */
export function factoryAd(cluster: Cluster): Ad {
  return new SchemaAd(FACTORY, { cluster }, cluster.shape.attributes);
}

export function historyAd(record: HistoryRecord): Ad {
  return plainAd({
    ClusterId: record.clusterId,
    CompletionDate: seconds(record.endedAt),
    EhosPool: record.pool,
    ExitBySignal: record.exitCode === undefined,
    ExitCode: record.exitCode,
    JobStatus: record.outcome === 'Completed' ? JobStatus.Completed : JobStatus.Removed,
    LastRemoteHost: record.host,
    NumJobStarts: record.starts,
    Owner: record.owner,
    ProcId: record.proc,
    QDate: seconds(record.queuedAt),
    RemoteWallClockTime: new Real(record.startedAt === undefined ? 0 : seconds(record.endedAt - record.startedAt)),
  });
}

/** Listed with -group-by, an attribute that is an expression brings the attributes that it refers to (measured). */
const PULLED_IN: Readonly<Record<string, string>> = { requestdisk: 'DiskUsage', requestmemory: 'ImageSize' };

interface Group {
  values: Record<string, AdValue>;
  count: number;
  first: string;
  last: string;
}

/** `condor_q -group-by -attributes ...`: one ad per combination of values, with JobCount and JobIds. */
export function groupAds(clusters: Iterable<Cluster>, attributes: readonly string[]): Ad[] {
  const groups = new Map<string, Group>();
  const byShape = new Map<JobShape, Map<number, Group>>();
  const wantsStatus = attributes.some((name) => name.toLowerCase() === 'jobstatus');
  for (const cluster of clusters) {
    const ofShape = byShape.get(cluster.shape) ?? new Map<number, Group>();
    byShape.set(cluster.shape, ofShape);
    for (const status of [JobStatus.Idle, JobStatus.Running, JobStatus.Removed, JobStatus.Held]) {
      const count = cluster.counts[status] ?? 0;
      if (count === 0) continue;
      const group =
        ofShape.get(status) ?? intern(groups, groupValues(cluster.shape, attributes, wantsStatus ? status : undefined));
      ofShape.set(status, group);
      extend(group, cluster, status, count);
    }
  }
  return [...groups.values()].map((group, i) =>
    plainAd({ ...group.values, Id: i + 1, JobCount: group.count, JobIds: jobIds(group) }),
  );
}

function groupValues(
  shape: JobShape,
  attributes: readonly string[],
  status: JobStatus | undefined,
): Record<string, AdValue> {
  const ad = jobAd(shape);
  const values: Record<string, AdValue> = {};
  for (const name of attributes) {
    const value = name.toLowerCase() === 'jobstatus' ? status : ad.get(name);
    if (value === undefined) continue;
    values[ad.spell(name)] = value;
    const pulled = value === DISK_EXPRESSION || value === MEMORY_EXPRESSION ? PULLED_IN[name.toLowerCase()] : undefined;
    if (pulled !== undefined) values[pulled] = ad.get(pulled) ?? null;
  }
  return values;
}

function intern(groups: Map<string, Group>, values: Record<string, AdValue>): Group {
  const key = Object.entries(values)
    .map(([name, value]) => `${name}=${classadText(value)}`)
    .join('\n');
  const group = groups.get(key) ?? { values, count: 0, first: '', last: '' };
  groups.set(key, group);
  return group;
}

function extend(group: Group, cluster: Cluster, status: JobStatus, count: number): void {
  const first = jobId(cluster, cluster.first(status));
  const last = jobId(cluster, cluster.last(status));
  if (group.count === 0) group.first = first;
  group.last = last;
  group.count += count;
}

/** `30.0`, `30.0 30.1`, `31.0 ... 31.2`. */
function jobIds(group: Group): string {
  if (group.count === 1) return group.first;
  return `${group.first}${group.count === 2 ? ' ' : ' ... '}${group.last}`;
}
