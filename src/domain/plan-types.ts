/** Input and output of the planner: plain data, so that a plan can be replayed from a file. */
import type { Amounts, Resource } from './amounts.ts';
import type { Canary } from './breakers.ts';
import type { Flavor, Shape } from './snapshots.ts';

export type Allocation = 'RoundRobin' | 'FillFirst' | 'Random' | 'Weighted' | 'LeastWaste';

/** Idle jobs of one shape that wait for this pool. */
export interface Demand extends Shape {
  count: number;
  /** What the largest of them asked for before it was rounded up, MiB: a startd that has not enough for the rounded one takes that (measured). */
  asked?: number;
  /** Kinds of node (see `kindOf`) that have not run these jobs although room stood free there: taken only if there is nothing else. */
  avoid?: readonly string[];
}

export type PlanNodeState =
  /** Asked for, being built, or booting: capacity to come. */
  | 'Starting'
  | 'Idle'
  | 'Busy'
  /** In the pool, and takes no job whoever asks: drained by hand, retiring, or START is false. No capacity. */
  | 'Blocked'
  /** Being emptied, deleted, or its end is decided: no capacity. */
  | 'Leaving'
  /** Not heard of: no capacity, and counted as existing. */
  | 'Lost';

/** One node of the pool, as far as planning is concerned. */
export interface PlanNode {
  name: string;
  cloud: string;
  flavor: string;
  /** Availability zone; undefined where the cloud chose. */
  zone: string | undefined;
  state: PlanNodeState;
  /** What is free now; for a Starting node what it will offer. */
  free: Shape;
  /** What it offers altogether. */
  total: Shape;
  /** When it was created, ms. */
  createdAt: number;
  /** Since when it runs nothing, ms; undefined while it runs something or has not joined. */
  idleSince: number | undefined;
  /** Annotations. */
  deleteFirst: boolean;
  doNotDisrupt: boolean;
  /** A Leaving node that is only being drained because it was not needed: it can be called back. */
  recallable: boolean;
  /** Why it is to be replaced: it expired, or was made from what the pool does not say any more. */
  outdated?: string;
  /** A Leaving node that was to be replaced, and is not outdated any more. */
  released?: boolean;
}

/** A flavor that the pool allows in a cloud. */
export interface PlanFlavor extends Flavor {
  /** What a node of it gives to jobs: as seen, or estimated. */
  yields: Shape;
  /** Whether nodes of it were seen. */
  learned: boolean;
  /** Why servers of it cannot boot the image, in words; undefined when they can. */
  unfit: string | undefined;
  /** Milliseconds from launch to join, as last seen; undefined before. */
  bootTime: number | undefined;
}

/** Where creating failed lately. */
export interface Rest {
  zone: string | undefined;
  flavor: string;
  reason: string;
  /** Until then nothing is made there, ms. Afterwards one node at a time, until one has joined. */
  until: number;
}

/** One cloud entry of the pool. */
export interface PlanCloud {
  name: string;
  weight: number;
  /** Why it cannot take new nodes now, in words; undefined when it can. */
  unavailable: string | undefined;
  /** The flavors that the pool allows here, in the user's order, as the cloud knows them. */
  flavors: PlanFlavor[];
  /** Flavors named by the user that this cloud does not have. */
  unknownFlavors: string[];
  /** Availability zones to choose from; empty lets the cloud choose. */
  zones: string[];
  /** What may still be made: quota and own limits less use and less what is under way. The same for all pools of the cloud. */
  headroom: Amounts;
  /** The limits themselves, whatever is in use: what passes one of them can never be had. */
  ceilings: Partial<Record<Resource, { limit: number; by: 'quota' | 'limit' }>>;
  /** The figures behind the headroom, for texts: `by` says whose limit it is. */
  usage: Partial<Record<Resource, { limit: number; used: number; by: 'quota' | 'limit' }>>;
  /** Volumes that each node takes beside its flavor. */
  rootVolumeGiB: number | undefined;
  scratchVolumeGiB?: number | undefined;
  /** Members that the pool's server group can still take. Infinity: no limit, or no group. */
  groupRoom: number;
  /** Places that rest or are being tried again, by `placeOf`. */
  rests: ReadonlyMap<string, Rest>;
  /** Servers of this pool did not join here: how many may be made now, and why. `groupRoom` is no more than its room. */
  canary?: Canary;
}

/** Key of a place in a cloud: what rests after a failure, apart from all others. */
export function placeOf(zone: string | undefined, flavor: string): string {
  return `${zone ?? ''}/${flavor}`;
}

/** Key of a kind of node. */
export function kindOf(node: { cloud: string; flavor: string }): string {
  return `${node.flavor} on ${node.cloud}`;
}

/** Jobs that HTCondor did not start although room for them stood free: not counted for a while (incident I30). */
export interface Phantom extends Shape {
  /** How many of the idle jobs of this shape do not count. */
  count: number;
  since: number;
  /** From then on one of them counts again, to see whether it is started now, ms. */
  until: number;
  /** How often they were given up in a row. */
  tries: number;
  /** That time has come, and it is not known yet what came of it. */
  retrying: boolean;
  /** Kinds of node on which room for them stood free. */
  refusedBy: string[];
  /** One of the jobs and what HTCondor says of it. */
  example?: { job: string; analysis: string };
}

export interface PlanPool {
  name: string;
  minNodes: number;
  maxNodes: number;
  spareNodes: number;
  /** A fixed size; undefined scales by demand. */
  replicas: number | undefined;
  mode: 'Active' | 'Observe' | 'Paused';
  allocation: Allocation;
  maxBooting: number;
  maxPerMinute: number;
  /** Milliseconds. */
  consolidateAfter: number;
  /** Budgets as written: `5` or `10%`. */
  budgets: string[];
  deleting: boolean;
  doNotDisrupt: boolean;
  /** Nodes are outdated, and none that was made as the pool says now has joined yet. */
  unproven?: boolean;
  /** Why only one node may be on its way at a time, in words. */
  oneAtATime?: string;
  /** What is known of queue and nodes is from before the last attempt to read them, which failed: no node begins to leave. */
  blind?: boolean;
}

export interface PlanInput {
  now: number;
  pool: PlanPool;
  /** undefined: HTCondor's data are missing or stale; then nothing is made for demand and nothing is taken away. */
  demand: Demand[] | undefined;
  /** Why demand is undefined, in words. */
  demandMissing: string | undefined;
  phantoms: Phantom[];
  nodes: PlanNode[];
  /** In the user's order. */
  clouds: PlanCloud[];
  /** When nodes of this pool were begun in the last minute, ms. */
  recentCreates: number[];
  /** Index of the cloud that RoundRobin takes next. */
  roundRobin: number;
  /** Seed of the choices of Random and Weighted. */
  seed: number;
}

export interface PlannedCreate {
  cloud: string;
  flavor: string;
  /** Availability zone; undefined lets the cloud choose. */
  zone: string | undefined;
  /** In words, with the numbers: `for 4 jobs of 1 core, 512 MiB`. */
  reason: string;
}

export interface PlannedRemoval {
  node: string;
  reason: string;
  /** It leaves though it runs jobs, which are waited for. */
  mustLeave?: boolean;
}

export interface Unsatisfiable extends Demand {
  /** Why nothing can serve them. */
  reason: string;
  /** What would have to change. */
  remedy: string;
}

export type LimitReason = 'MaxNodes' | 'Quota' | 'CloudUnavailable' | 'Cooldown' | 'Throttled';

/** Why fewer nodes are made than wanted. */
export interface Limited {
  reason: LimitReason;
  message: string;
}

/** One line of the journal: for people, and with the numbers that decided for programs. */
export interface JournalEntry {
  /** CamelCase word: what the line is about. */
  kind:
    | 'Nodes'
    | 'Queue'
    | 'Phantom'
    | 'Unsatisfiable'
    | 'Cloud'
    | 'Rest'
    | 'Booting'
    | 'Create'
    | 'Recall'
    | 'Remove'
    | 'Keep'
    | 'Limit'
    | 'Idle';
  message: string;
  data: Readonly<Record<string, string | number | boolean>>;
}

/** The decision in one word, for metrics. */
export type DecisionReason =
  'ScaleUp' | 'ScaleDown' | 'Replace' | 'Recall' | 'Enough' | 'Paused' | 'Deleting' | 'QueueUnknown' | LimitReason;

export interface Decision {
  what: string;
  why: string;
  reason: DecisionReason;
}

export interface Plan {
  creates: PlannedCreate[];
  /** Nodes whose drain is called off. */
  recalls: PlannedRemoval[];
  removals: PlannedRemoval[];
  /** How many nodes there should be, before quota and throttle. */
  desiredNodes: number;
  unsatisfiable: Unsatisfiable[];
  /** Why fewer nodes are made than wanted; undefined when nothing limits. */
  limited: Limited | undefined;
  decision: Decision;
  /** One line for each consideration. */
  journal: JournalEntry[];
  /** The RoundRobin position after this plan. */
  roundRobin: number;
  /** Milliseconds after which the plan may differ although nothing is observed (a node becomes old enough, a throttle or cooldown ends). */
  recheckAfter: number | undefined;
}
