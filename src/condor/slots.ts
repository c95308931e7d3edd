/** The execute nodes: slot ads of `condor_status`, dynamic ones left out. */
import type { Shape, Startd } from '../domain/snapshots.ts';
import { readAds, type Ad } from './classad.ts';
import { poolOf } from './queue.ts';
import type { MasterTime } from './times.ts';

/** What one ad says of a startd, and what is needed to correct it (SlotMemory). */
export interface SlotReading extends Startd {
  /** JobStarts: how many jobs the startd has started; undefined where it does not say. */
  jobStarts: number | undefined;
  /** LastDrainStopTime, in our time: a drain was taken back then, and NumDynamicSlotsTime does not tell of it (measured). */
  drainEndedAt: number | undefined;
}

/** Throws a plain Error when the output is not what condor_status prints. */
export function parseSlots(output: string, time: MasterTime): SlotReading[] {
  const readings: SlotReading[] = [];
  for (const ad of readAds(output)) if (ad.text('SlotType') !== 'Dynamic') readings.push(toReading(ad, time));
  return readings;
}

/** A static slot holds at most one job, and says so in its own State. */
const HOLDS_A_JOB = new Set(['Claimed', 'Preempting', 'Matched']);

function toReading(ad: Ad, time: MasterTime): SlotReading {
  const name = ad.text('Name');
  const machine = ad.text('Machine');
  const state = ad.text('State');
  const heardAt = ad.number('LastHeardFrom');
  if (name === undefined || machine === undefined || state === undefined || heardAt === undefined)
    throw new Error(`a slot ad without Name, Machine, State or LastHeardFrom: ${name ?? 'nameless'}`);
  const nodeTime = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : time.oursOfNode(seconds, ad.number('MyCurrentTime'), heardAt);
  const partitionable = ad.text('SlotType') === 'Partitionable';
  const dynamicSlots = partitionable ? dynamicSlotsOf(ad) : Number(HOLDS_A_JOB.has(state));
  const changedAt = nodeTime(slotsChangedAtOf(ad, partitionable));
  const draining = ad.get('Draining') === true || state === 'Drained';
  return {
    name,
    machine,
    nodeId: ad.text('EhosNodeId'),
    pool: poolOf(ad),
    identity: ad.text('AuthenticatedIdentity'),
    state,
    activity: ad.text('Activity') ?? 'Unknown',
    total: totalOf(ad),
    free: partitionable || dynamicSlots === 0 ? freeOf(ad) : { cpus: 0, memory: 0, disk: 0, gpus: 0 },
    dynamicSlots,
    children: childrenOf(ad),
    idleSince: dynamicSlots > 0 ? undefined : changedAt,
    slotsChangedAt: changedAt,
    accepts: !draining && state !== 'Owner' && mayStart(ad),
    draining,
    drainReason: ad.text('DrainReason'),
    lastHeardFrom: time.ours(heardAt),
    startedAt: nodeTime(ad.number('DaemonStartTime')),
    jobStarts: ad.number('JobStarts'),
    drainEndedAt: nodeTime(ad.number('LastDrainStopTime')),
  };
}

/** The longer of the count and the lists: whichever says that something runs is believed. */
function dynamicSlotsOf(ad: Ad): number {
  return Math.max(ad.number('NumDynamicSlots') ?? 0, ad.texts('ChildState').length);
}

/**
 * Seconds of the node's clock. NumDynamicSlotsTime changes with every dynamic slot that comes or goes; EnteredCurrentActivity of a
 * partitionable slot stays at boot time while jobs come and go (measured). A static slot changes its State instead.
 */
function slotsChangedAtOf(ad: Ad, partitionable: boolean): number | undefined {
  const changed = ad.number(partitionable ? 'NumDynamicSlotsTime' : 'EnteredCurrentState');
  const started = ad.number('DaemonStartTime');
  if (changed === undefined) return started;
  return started === undefined ? changed : Math.max(changed, started);
}

/**
 * START as the ad has it. A partitionable slot stays Unclaimed where START is FALSE, and one that drains or was peacefully turned off has
 * no START at all (measured). An expression is not evaluated: it is for a job to meet.
 */
function mayStart(ad: Ad): boolean {
  const start = ad.raw('Start');
  return start !== undefined && start !== null && start !== false;
}

function childrenOf(ad: Ad): { state: string; activity: string }[] {
  const activities = ad.texts('ChildActivity');
  return ad.texts('ChildState').map((state, i) => ({ state, activity: activities[i] ?? 'Unknown' }));
}

/** TotalSlot* is the slot's own share; Total* of the machine serves where a startd does not advertise it. Totals are printed as 4.0. */
function totalOf(ad: Ad): Shape {
  const total = (resource: string): number => ad.number(`TotalSlot${resource}`) ?? ad.number(`Total${resource}`) ?? 0;
  return {
    cpus: Math.floor(total('Cpus')),
    memory: Math.floor(total('Memory')),
    disk: Math.floor(total('Disk')),
    gpus: Math.floor(total('GPUs')),
  };
}

/** A job that asks for all of the disk gets 1024 KiB more, and leaves less than nothing (measured: Disk = -1004). */
function freeOf(ad: Ad): Shape {
  const free = (resource: string): number => Math.max(0, Math.floor(ad.number(resource) ?? 0));
  return { cpus: free('Cpus'), memory: free('Memory'), disk: free('Disk'), gpus: free('GPUs') };
}
