/**
 * Every command that is run on a master, as argument vectors: the one place to read when asking "what does the operator do there?".
 * They go through src/base/remote-script.ts, each word quoted, several in one round trip.
 * Forms and exit codes were measured with HTCondor 23.9.6; the manual pages are condor_q(1), condor_status(1), condor_drain(1),
 * condor_advertise(1), condor_token_request*(1), condor_config_val(1).
 */
import type { ScriptStep } from '../base/remote-script.ts';
import { quoteString } from './classad.ts';

/** One group of alike jobs per combination of these. JobStatus must be among them: states are not separable afterwards. */
const GROUP_ATTRIBUTES = ['JobStatus', 'EhosPool', 'RequestCpus', 'RequestMemory', 'RequestDisk', 'RequestGPUs'];

/** Of clusters that materialise late: `JobMaterializeLimit - JobMaterializeNextProcId` jobs are not in the queue yet. */
const FACTORY_ATTRIBUTES = [
  'ClusterId',
  'EhosPool',
  'RequestCpus',
  'RequestMemory',
  'RequestDisk',
  'RequestGPUs',
  'JobMaterializeLimit',
  'JobMaterializeNextProcId',
  'JobMaterializePaused',
];

const SLOT_ATTRIBUTES = [
  'Name',
  'Machine',
  'SlotType',
  'State',
  'Activity',
  'TotalSlotCpus',
  'TotalSlotMemory',
  'TotalSlotDisk',
  'TotalSlotGPUs',
  'Cpus',
  'Memory',
  'Disk',
  'GPUs',
  'NumDynamicSlots',
  'NumDynamicSlotsTime',
  'JobStarts',
  'ChildState',
  'ChildActivity',
  'Draining',
  'DrainReason',
  'LastDrainStopTime',
  'Start',
  'EnteredCurrentState',
  'DaemonStartTime',
  'MyCurrentTime',
  'LastHeardFrom',
  'EhosNodeId',
  'EhosPool',
  'AuthenticatedIdentity',
];

const REJECTION_ATTRIBUTES = ['LastRejMatchReason', 'LastRejMatchTime', 'JobStatus'];

/** Of the last cycles: the negotiator keeps 3 where nobody changed that. */
const NEGOTIATOR_ATTRIBUTES = [
  'Name',
  'MyAddress',
  'LastHeardFrom',
  'MyCurrentTime',
  ...[0, 1, 2].flatMap((i) => [`LastNegotiationCycleTime${i}`, `LastNegotiationCycleEnd${i}`]),
];

const COLLECTOR_ATTRIBUTES = ['Name', 'StatsLifetime', 'StatsLastUpdateTime'];

/** Dynamic slots are in their partitionable slot's Child* lists, so their own ads need not be fetched. */
const NOT_DYNAMIC = 'SlotType =!= "Dynamic"';

/**
 * True for every slot of a startd that runs nothing, evaluated inside the startd itself, for each slot, before the drain begins.
 * A partitionable slot says Unclaimed even when its node is full, so its dynamic slots are what counts; State is for static slots.
 */
export const IDLE_CHECK = 'DynamicSlot =!= true && State =!= "Claimed" && State =!= "Preempting"';

/**
 * Time that is as good as endless, seconds (a year): what a job must be granted for the rest of its run where a drain waits for it. Workers
 * grant ten years; a job may ask for less, and one of a nice user asks for none.
 */
const LONG_ENOUGH = 365 * 24 * 3600;

/**
 * True for every slot of a startd that may be drained without harm: nothing runs there, or what runs has time to end. A claimed slot says how
 * much its own job has left, whatever the machine offers to others.
 */
export const CORDON_CHECK = `(${IDLE_CHECK}) || RetirementTimeRemaining >= ${LONG_ENOUGH}`;

/** Seconds that one command may take: a schedd that hangs answers with an error after 20 s (measured), a collector never. */
const QUERY_SECONDS = 25;

const NEGOTIATOR_SECONDS = 5;

/** `-name` finds a remote schedd; the local one is found without (a name without `@` and dot is taken for a host: rc 1). */
const ofSchedd = (schedd: string | undefined): string[] => (schedd === undefined ? [] : ['-name', schedd]);

/** Prints nothing at all when there is no job; `-allusers` because others' jobs are hidden without it. */
export function queryGroups(name: string, schedd?: string): ScriptStep {
  const attributes = GROUP_ATTRIBUTES.join(',');
  return query(name, ['condor_q', ...ofSchedd(schedd), '-allusers', '-group-by', '-attributes', attributes, '-json']);
}

export function queryFactories(name: string, schedd?: string): ScriptStep {
  const attributes = FACTORY_ATTRIBUTES.join(',');
  return query(name, ['condor_q', ...ofSchedd(schedd), '-allusers', '-factory', '-json', '-attributes', attributes]);
}

/** Without `-startd`: since 23.9 that selects the per-daemon ads, which have neither state nor slots (measured). */
export function querySlots(name: string): ScriptStep {
  const attributes = SLOT_ATTRIBUTES.join(',');
  return query(name, ['condor_status', '-json', '-constraint', NOT_DYNAMIC, '-attributes', attributes]);
}

const HEARD_ATTRIBUTES = 'Name,LastHeardFrom,State,Activity,NumDynamicSlots';

/** The partitionable or static slots of one node. An ad that says nothing of the sort is not matched (`==` is then undefined). */
export function querySlotsOf(name: string, nodeId: string): ScriptStep {
  const constraint = `${NOT_DYNAMIC} && EhosNodeId == "${nodeId}"`;
  return query(name, ['condor_status', '-json', '-constraint', constraint, '-attributes', HEARD_ATTRIBUTES]);
}

export function queryCollector(name: string): ScriptStep {
  const attributes = COLLECTOR_ATTRIBUTES.join(',');
  return query(name, ['condor_status', '-collector', '-json', '-attributes', attributes]);
}

/** As old as the negotiator's last update of the collector: 300 s unless it is configured otherwise. */
export function queryNegotiator(name: string): ScriptStep {
  const attributes = NEGOTIATOR_ATTRIBUTES.join(',');
  return query(name, ['condor_status', '-negotiator', '-json', '-attributes', attributes]);
}

/** The same from the negotiator itself, as of now. It answers between two cycles only, so it is not waited for. */
export function queryNegotiatorItself(name: string, address: string): ScriptStep {
  const attributes = NEGOTIATOR_ATTRIBUTES.join(',');
  const argv = ['condor_status', '-negotiator', '-direct', address, '-json', '-attributes', attributes];
  return { name, argv, timeoutSeconds: NEGOTIATOR_SECONDS };
}

/** Nothing pending: standard output stays empty, rc 0. */
export function queryTokenRequests(name: string): ScriptStep {
  return query(name, ['condor_token_request_list', '-json']);
}

/** Seconds since the epoch by the master's clock. */
export function queryTime(name: string): ScriptStep {
  return query(name, ['date', '+%s']);
}

export function queryVersion(name: string): ScriptStep {
  return query(name, ['condor_version']);
}

/** One value a command: with several names one that is not defined fails them all (rc 1). */
export function queryConfig(name: string, variable: string): ScriptStep {
  return query(name, ['condor_config_val', variable]);
}

export function readRemoteFile(name: string, path: string): ScriptStep {
  return query(name, ['cat', path]);
}

/** Says as whom the collector knows us: `Remote Mapping: ehos@domain`. */
export function queryOwnIdentity(name: string): ScriptStep {
  return queryPermission(name, 'ADMINISTRATOR');
}

/** May we do what needs this level of authorization at the collector? rc 0 and `Authorized: TRUE`, or what the collector says against it. */
export function queryPermission(name: string, level: string): ScriptStep {
  return query(name, ['condor_ping', '-type', 'COLLECTOR', '-verbose', level]);
}

/**
 * Takes effect only on a startd that runs nothing. Without -exit-on-completion: the slot stays visible as Drained, which is the proof,
 * and the drain can be cancelled.
 */
export function drain(name: string, slot: string, reason: string): ScriptStep {
  return query(name, ['condor_drain', '-graceful', '-reason', reason, '-check', IDLE_CHECK, slot]);
}

/** Takes effect only on a startd whose jobs all have time to end. They go on, and no others come. */
export function cordon(name: string, slot: string, reason: string): ScriptStep {
  return query(name, ['condor_drain', '-graceful', '-reason', reason, '-check', CORDON_CHECK, slot]);
}

/** Ends what runs: the soft kill of each job first, and after MachineMaxVacateTime the hard one; the schedd queues them again. */
export function evict(name: string, slot: string, reason: string): ScriptStep {
  return query(name, ['condor_drain', '-quick', '-reason', reason, slot]);
}

/** What runs on the machine of a slot. */
export function queryJobsOn(name: string, slot: string): ScriptStep {
  const machine = slot.slice(slot.indexOf('@') + 1);
  const constraint = `DynamicSlot =?= true && Machine == ${quoteString(machine)}`;
  return query(name, ['condor_status', '-json', '-constraint', constraint, '-attributes', 'Name,JobId,RemoteOwner']);
}

/**
 * Jobs of the local schedd that ended since, the last first. It reads backwards, and no more than so many: 0.4 s for 5000 (measured).
 * An empty answer is `[` and `]`.
 */
export function queryHistory(name: string, sinceSeconds: number): ScriptStep {
  const attributes = 'LastRemoteHost,JobStatus,ExitCode,ExitBySignal,RemoteWallClockTime';
  const most = ['-completedsince', String(sinceSeconds), '-limit', '2000', '-scanlimit', '5000'];
  return query(name, ['condor_history', ...most, '-json', '-attributes', attributes]);
}

/** Jobs that a node was given and that did not begin there, or were held since. */
export function queryFailing(name: string, sinceSeconds: number): ScriptStep {
  const notBegun = 'JobStatus == 1 && NumShadowStarts > NumJobStarts';
  const held = `JobStatus == 5 && NumShadowStarts > 0 && EnteredCurrentStatus > ${sinceSeconds}`;
  const attributes = 'LastRemoteHost,JobStatus,NumShadowStarts,NumJobStarts';
  const constraint = ['-constraint', `(${notBegun}) || (${held})`];
  return query(name, ['condor_q', '-allusers', '-limit', '2000', ...constraint, '-json', '-attributes', attributes]);
}

/** rc 0 also when the startd does not drain. */
export function cancelDrain(name: string, slot: string): ScriptStep {
  return query(name, ['condor_drain', '-cancel', slot]);
}

export type AdKind = 'Startd' | 'Master';

const INVALIDATION: Record<AdKind, { command: string; target: string; selector: string[] }> = {
  Startd: { command: 'INVALIDATE_STARTD_ADS', target: 'Machine', selector: [] },
  Master: { command: 'INVALIDATE_MASTER_ADS', target: 'DaemonMaster', selector: ['-master'] },
};

/** The ad is read from standard input. rc 0 whatever matched: look afterwards with `queryAdsOf`. */
export function invalidate(name: string, kind: AdKind, machines: string[]): ScriptStep {
  const { command, target } = INVALIDATION[kind];
  const ad = `MyType = "Query"\nTargetType = "${target}"\nRequirements = ${machineIsOneOf(machines)}\n`;
  return { ...query(name, ['condor_advertise', command]), stdin: ad };
}

export function queryAdsOf(name: string, kind: AdKind, machines: string[]): ScriptStep {
  const { selector } = INVALIDATION[kind];
  const constraint = machineIsOneOf(machines);
  return query(name, ['condor_status', ...selector, '-json', '-constraint', constraint, '-attributes', 'Machine,Name']);
}

/** Bare attribute: `TARGET.Machine` matches no ad at all in an invalidation (measured). */
function machineIsOneOf(machines: string[]): string {
  return `member(Machine, {${machines.map(quoteString).join(', ')}})`;
}

/** Asks on standard input whether to approve; anything but yes leaves the request pending. */
export function approveTokenRequest(name: string, id: string): ScriptStep {
  return { ...query(name, ['condor_token_request_approve', '-reqid', id]), stdin: 'yes\n' };
}

/** Polls every 5 s until somebody approved it; the token is the last line of its standard output. */
export function requestToken(
  name: string,
  identity: string,
  lifetimeSeconds: number,
  timeoutSeconds: number,
): ScriptStep {
  const scopes = ['-authz', 'ADVERTISE_STARTD', '-authz', 'ADVERTISE_MASTER'];
  const argv = ['condor_token_request', '-identity', identity, ...scopes, '-lifetime', String(lifetimeSeconds)];
  return { name, argv, timeoutSeconds };
}

/** What the negotiator said when it last passed the job by. */
export function queryRejection(name: string, job: string, schedd?: string): ScriptStep {
  const attributes = REJECTION_ATTRIBUTES.join(',');
  return query(name, ['condor_q', ...ofSchedd(schedd), '-allusers', job, '-json', '-attributes', attributes]);
}

/**
 * For people: which condition of its Requirements how many slots meet, and how many machines refuse it. It fetches the slots of the whole pool:
 * 0.04 s with 10,000 jobs queued and 4 machines, 0.8 s with 3000 machines (measured).
 */
export function analyseJob(name: string, job: string, schedd?: string): ScriptStep {
  return query(name, [
    'condor_q',
    ...ofSchedd(schedd),
    '-allusers',
    '-better-analyze',
    '-slotconstraint',
    NOT_DYNAMIC,
    job,
  ]);
}

/** Asks the negotiator for a cycle now: a new job does that by itself, a new node does not. */
export function reschedule(name: string): ScriptStep {
  return query(name, ['condor_reschedule']);
}

function query(name: string, argv: string[]): ScriptStep {
  return { name, argv, timeoutSeconds: QUERY_SECONDS };
}
