/** The execute nodes: slot ads of `condor_status`, dynamic ones left out. */
import { cut } from '../base/text.ts';
import type { Shape, Startd } from '../domain/snapshots.ts';
import { readAds, type Ad } from './classad.ts';
import { poolOf } from './queue.ts';
import type { MasterTime } from './times.ts';

/** What one ad says of a startd, and what is needed to correct it (SlotMemory). */
export interface SlotReading extends Omit<Startd, 'jobStarts'> {
  /** JobStarts: how many jobs the startd has started; undefined where it does not say. */
  jobStarts: number | undefined;
  /** LastDrainStopTime, in our time: a drain was taken back then, and NumDynamicSlotsTime does not tell of it (measured). */
  drainEndedAt: number | undefined;
}

/**
 * Throws a plain Error when the output is not what condor_status prints. What a startd itself leaves out or writes oddly spoils no more than
 * its own reading, and never to the effect that it looks idle: whoever does not say what it runs is busy.
 */
export function parseSlots(output: string, time: MasterTime): SlotReading[] {
  const readings: SlotReading[] = [];
  for (const ad of readAds(output)) if (ad.text('SlotType') !== 'Dynamic') readings.push(toReading(ad, time));
  return readings;
}

/** A static slot holds at most one job, and says so in its own State. In these it holds none. */
const HOLDS_NO_JOB = new Set(['Owner', 'Unclaimed', 'Drained', 'Backfill', 'Delete']);

function toReading(ad: Ad, time: MasterTime): SlotReading {
  // the collector keeps ads by their names, and writes itself when they came; a name may be an expression, and is then one that nobody can drain
  const name = ad.text('Name') ?? textOf(ad.raw('Name'));
  const heardAt = timeIn(ad, 'LastHeardFrom');
  if (name === undefined || heardAt === undefined)
    throw new Error(`a slot ad without Name or LastHeardFrom: ${JSON.stringify(cut(name ?? 'nameless', 80))}`);
  const machine = ad.text('Machine') ?? name.replace(/^[^@]*@/, '');
  const state = ad.text('State') ?? 'Unknown';
  const nodeTime = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : time.oursOfNode(seconds, timeIn(ad, 'MyCurrentTime'), heardAt);
  const slotType = ad.text('SlotType');
  const partitionable = slotType === 'Partitionable';
  const dynamicSlots = partitionable ? dynamicSlotsOf(ad) : Number(slotType !== 'Static' || !HOLDS_NO_JOB.has(state));
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
    startedAt: nodeTime(timeIn(ad, 'DaemonStartTime')),
    jobStarts: ad.number('JobStarts'),
    drainEndedAt: nodeTime(timeIn(ad, 'LastDrainStopTime')),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Seconds since the epoch; undefined for what is no time, which would spoil what is reckoned with it. */
function timeIn(ad: Ad, name: string): number | undefined {
  const seconds = ad.number(name);
  return seconds !== undefined && seconds >= 0 && seconds < 1e11 ? seconds : undefined;
}

/** The longer of the count and the lists: whichever says that something runs is believed. */
function dynamicSlotsOf(ad: Ad): number {
  const count = ad.number('NumDynamicSlots') ?? -1;
  return Math.min(MOST_SLOTS, Math.max(count < 0 ? 1 : Math.ceil(count), ad.texts('ChildState').length));
}

const MOST_SLOTS = 1_000_000;

/**
 * Seconds of the node's clock. NumDynamicSlotsTime changes with every dynamic slot that comes or goes; EnteredCurrentActivity of a
 * partitionable slot stays at boot time while jobs come and go (measured). A static slot changes its State instead.
 */
function slotsChangedAtOf(ad: Ad, partitionable: boolean): number | undefined {
  const changed = timeIn(ad, partitionable ? 'NumDynamicSlotsTime' : 'EnteredCurrentState');
  const started = timeIn(ad, 'DaemonStartTime');
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
  const total = (resource: string): number =>
    amountOf(ad.number(`TotalSlot${resource}`) ?? ad.number(`Total${resource}`));
  return { cpus: total('Cpus'), memory: total('Memory'), disk: total('Disk'), gpus: total('GPUs') };
}

/** A job that asks for all of the disk gets 1024 KiB more, and leaves less than nothing (measured: Disk = -1004). */
function freeOf(ad: Ad): Shape {
  const free = (resource: string): number => amountOf(ad.number(resource));
  return { cpus: free('Cpus'), memory: free('Memory'), disk: free('Disk'), gpus: free('GPUs') };
}

/** Whole, and no more than can be counted exactly. */
function amountOf(value: number | undefined): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.floor(value ?? 0)));
}
