/** The ads of a startd's slots and of its master, as the collector has them (names and forms: fixtures condor_status-*.json). */
import {
  adSchema,
  extraAttributes,
  Expression,
  Real,
  SchemaAd,
  type Ad,
  type AdValue,
  type ExtraAttributes,
} from './classad.ts';
import type { DynamicSlot, SlotReport, Startd } from './startd.ts';
import { CONDOR_PLATFORM, CONDOR_VERSION } from './version.ts';

/** What an ad is made from. */
export interface SlotView {
  startd: Startd;
  report: SlotReport;
  /** Milliseconds; the startd's clock is the collector's. */
  heardAt: number;
}

interface DynamicView extends SlotView {
  slot: Readonly<DynamicSlot>;
}

/** A job that has just begun has no time of its own in the ad of its slot yet, ms (measured: 5 to 6 s). */
const NO_TIME_YET = 5_000;

const seconds = (ms: number): number => Math.floor(ms / 1000);
const childList = ({ report }: SlotView, of: (slot: Readonly<DynamicSlot>) => AdValue): AdValue =>
  report.children.map(of);
const childActivity = ({ report }: SlotView): string => (report.draining ? 'Retiring' : 'Busy');
const owner = (slot: Readonly<DynamicSlot>, { startd }: SlotView): string =>
  `${slot.job.cluster.shape.owner}@${domainOf(startd.spec.identity)}`;

/** Of both kinds of slot. */
const COMMON: Record<string, (view: SlotView) => AdValue | undefined> = {
  Arch: () => 'X86_64',
  AuthenticatedIdentity: ({ startd }) => startd.spec.identity,
  AuthenticationMethod: () => 'IDTOKENS',
  CondorPlatform: () => CONDOR_PLATFORM,
  CondorVersion: () => CONDOR_VERSION,
  DaemonStartTime: ({ startd }) => seconds(startd.startedAt),
  DetectedCpus: ({ startd }) => startd.spec.total.cpus,
  DetectedMemory: ({ startd }) => startd.spec.total.memory,
  Draining: ({ report }) => (report.draining ? true : undefined),
  DrainingRequestId: ({ report }) => report.draining?.requestId,
  DrainReason: ({ report }) => report.draining?.reason,
  FileSystemDomain: ({ startd }) => startd.spec.machine,
  HasFileTransfer: () => true,
  LastDrainStartTime: ({ report }) => report.draining && seconds(report.draining.since),
  LastDrainStopTime: ({ report }) => (report.drainEndedAt === undefined ? undefined : seconds(report.drainEndedAt)),
  LastHeardFrom: ({ heardAt }) => seconds(heardAt),
  LoadAvg: () => new Real(0),
  Machine: ({ startd }) => startd.spec.machine,
  MaxJobRetirementTime: ({ startd }) => startd.spec.maxRetirementSeconds,
  MyAddress: ({ startd }) => sinful(startd),
  MyCurrentTime: ({ heardAt }) => seconds(heardAt),
  MyType: () => 'Machine',
  OpSys: () => 'LINUX',
  OpSysAndVer: () => 'Debian13',
  Rank: () => new Real(0),
  Requirements: ({ report }) => (report.draining ? false : new Expression('START && (WithinResourceLimits)')),
  SlotWeight: () => new Expression('Cpus'),
  Start: ({ startd, report }) => (report.draining ? undefined : startExpression(startd.spec.start)),
  TargetType: () => 'Job',
  TotalCpus: ({ startd }) => new Real(startd.spec.total.cpus),
  TotalDisk: ({ startd }) => startd.spec.total.disk,
  TotalGPUs: ({ startd }) => startd.spec.total.gpus,
  TotalMemory: ({ startd }) => startd.spec.total.memory,
  TotalSlots: ({ report }) => 1 + report.children.length,
  UtsnameNodename: ({ startd }) => startd.spec.machine.split('.')[0],
};

const PARTITIONABLE = adSchema<SlotView>({
  ...COMMON,
  Activity: ({ report }) => report.activity,
  ChildActivity: (view) => childList(view, () => childActivity(view)),
  ChildCpus: (view) => childList(view, (slot) => slot.footprint.cpus),
  ChildDisk: (view) => childList(view, (slot) => slot.footprint.disk),
  ChildDSlotId: (view) => childList(view, (slot) => slot.id),
  ChildEnteredCurrentState: (view) => childList(view, (slot) => seconds(slot.enteredStateAt)),
  ChildGPUs: (view) => childList(view, (slot) => slot.footprint.gpus),
  ChildMemory: (view) => childList(view, (slot) => slot.footprint.memory),
  ChildName: (view) => childList(view, (slot) => slot.name),
  ChildRemoteOwner: (view) => childList(view, (slot) => owner(slot, view)),
  ChildRemoteUser: (view) => childList(view, (slot) => owner(slot, view)),
  ChildState: (view) => childList(view, () => 'Claimed'),
  Cpus: ({ report }) => report.free.cpus,
  Disk: ({ report }) => report.free.disk,
  EnteredCurrentActivity: ({ report }) => seconds(report.enteredActivityAt),
  EnteredCurrentState: ({ report }) => seconds(report.enteredStateAt),
  GPUs: ({ report }) => report.free.gpus,
  JobStarts: ({ report }) => report.jobStarts,
  Memory: ({ report }) => report.free.memory,
  Name: ({ startd }) => startd.slotName,
  NumDynamicSlots: ({ report }) => report.children.length,
  NumDynamicSlotsTime: ({ startd, report, heardAt }) =>
    seconds(heardAt > startd.reportedAt ? report.dynamicSlotsAt.later : report.dynamicSlotsAt.now),
  PartitionableSlot: () => true,
  SlotID: () => 1,
  SlotType: () => 'Partitionable',
  SlotTypeID: () => 1,
  State: ({ report }) => report.state,
  TotalSlotCpus: ({ startd }) => startd.spec.total.cpus,
  TotalSlotDisk: ({ startd }) => new Real(startd.spec.total.disk),
  TotalSlotGPUs: ({ startd }) => startd.spec.total.gpus,
  TotalSlotMemory: ({ startd }) => startd.spec.total.memory,
});

const DYNAMIC = adSchema<DynamicView>({
  ...COMMON,
  Activity: (view) => childActivity(view),
  Cpus: ({ slot }) => slot.footprint.cpus,
  Disk: ({ slot }) => slot.footprint.disk,
  DSlotId: ({ slot }) => slot.id,
  DynamicSlot: () => true,
  EnteredCurrentActivity: ({ slot }) => seconds(slot.enteredActivityAt),
  EnteredCurrentState: ({ slot }) => seconds(slot.enteredStateAt),
  GPUs: ({ slot }) => slot.footprint.gpus,
  JobId: ({ slot }) => `${slot.job.cluster.id}.${slot.job.proc}`,
  JobStart: ({ slot }) => seconds(slot.job.startedAt),
  Memory: ({ slot }) => slot.footprint.memory,
  Name: ({ slot }) => slot.name,
  ParentSlotId: () => 1,
  RemoteOwner: (view) => owner(view.slot, view),
  RetirementTimeRemaining: ({ startd, slot, heardAt }) =>
    heardAt < slot.job.startedAt + NO_TIME_YET ? 0 : seconds(startd.retirementLeft(slot, heardAt)),
  RemoteUser: (view) => owner(view.slot, view),
  SlotID: () => 1,
  SlotType: () => 'Dynamic',
  SlotTypeID: () => -1,
  State: () => 'Claimed',
  TotalSlotCpus: ({ slot }) => slot.footprint.cpus,
  TotalSlotDisk: ({ slot }) => new Real(slot.footprint.disk),
  TotalSlotGPUs: ({ slot }) => slot.footprint.gpus,
  TotalSlotMemory: ({ slot }) => slot.footprint.memory,
});

const MASTER = adSchema<SlotView>({
  AuthenticatedIdentity: ({ startd }) => startd.spec.identity,
  AuthenticationMethod: () => 'IDTOKENS',
  CondorPlatform: () => CONDOR_PLATFORM,
  CondorVersion: () => CONDOR_VERSION,
  DaemonStartTime: ({ startd }) => seconds(startd.startedAt),
  DetectedCpus: ({ startd }) => startd.spec.total.cpus,
  DetectedMemory: ({ startd }) => startd.spec.total.memory,
  LastHeardFrom: ({ heardAt }) => seconds(heardAt),
  Machine: ({ startd }) => startd.spec.machine,
  MyAddress: ({ startd }) => sinful(startd).replace(/startd_/, 'master_'),
  MyCurrentTime: ({ heardAt }) => seconds(heardAt),
  MyType: () => 'DaemonMaster',
  Name: ({ startd }) => startd.spec.machine,
});

/** The partitionable slot's ad. */
export function partitionableAd(view: SlotView): Ad {
  return new SchemaAd(PARTITIONABLE, view, extrasOf(view.startd));
}

/** The partitionable slot's ad and its dynamic slots'. */
export function slotAds(view: SlotView): Ad[] {
  const extras = extrasOf(view.startd);
  const dynamic = view.report.children.map((slot) => new SchemaAd<DynamicView>(DYNAMIC, { ...view, slot }, extras));
  return [partitionableAd(view), ...dynamic];
}

export function masterAd(view: SlotView): Ad {
  return new SchemaAd(MASTER, view, extrasOf(view.startd));
}

/** `<10.20.1.5:9618?...>`. */
export function sinful({ spec }: Startd): string {
  const { address, machine } = spec;
  return `<${address}:9618?addrs=${address}-9618&alias=${machine}&noUDP&sock=startd_13_7ed2>`;
}

const extras = new WeakMap<Startd, ExtraAttributes>();

function extrasOf(startd: Startd): ExtraAttributes {
  const known = extras.get(startd);
  if (known) return known;
  const made = extraAttributes(startd.spec.attributes);
  extras.set(startd, made);
  return made;
}

const starts = new Map<string, Expression>();

function startExpression(text: string | undefined): AdValue {
  if (text === undefined) return true;
  // a constant is printed as one (measured: START = FALSE)
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const known = starts.get(text) ?? new Expression(text.replaceAll('=?=', 'is').replaceAll('=!=', 'isnt'));
  starts.set(text, known);
  return known;
}

function domainOf(identity: string): string {
  return identity.slice(identity.indexOf('@') + 1);
}
