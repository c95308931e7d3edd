/** Input and output of the planner: plain data, so that a plan can be replayed from a file. */
import type { Flavor, Shape } from './snapshots.ts';

export type Allocation = 'RoundRobin' | 'FillFirst' | 'Random' | 'Weighted' | 'LeastWaste';

/** Idle jobs of one shape that wait for this pool. */
export interface Demand extends Shape {
  count: number;
}

export type PlanNodeState =
  /** Asked for, being built, or booting: capacity to come. */
  | 'Starting'
  | 'Idle'
  | 'Busy'
  /** Being emptied, deleted, or its end is decided: no capacity. */
  | 'Leaving'
  /** Not heard of: no capacity, and counted as existing. */
  | 'Lost';

/** One node of the pool, as far as planning is concerned. */
export interface PlanNode {
  name: string;
  cloud: string;
  flavor: string;
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
}

/** One cloud entry of the pool. */
export interface PlanCloud {
  name: string;
  weight: number;
  /** Why it cannot take new nodes now, in words; undefined when it can. */
  unavailable: string | undefined;
  /** The flavors that the pool allows here, in the user's order, as the cloud knows them, with what a node of them really yields. */
  flavors: (Flavor & { yields: Shape })[];
  /** Flavors named by the user that this cloud does not have. */
  unknownFlavors: string[];
  /** What may still be made: quota and own limits less use and less what is under way. Infinity: no limit. */
  headroom: { instances: number; cores: number; memory: number };
  /** The figures behind the headroom, for texts: `by` says whose limit it is (absent: the quota). Memory MiB. */
  usage?: Partial<Record<'instances' | 'cores' | 'memory', { limit: number; used: number; by?: 'quota' | 'limit' }>>;
  /** Flavors under a cooldown: name -> why and until when (ms). */
  cooldowns: Map<string, { reason: string; until: number }>;
}

export interface PlanInput {
  now: number;
  pool: {
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
    deleting: boolean;
    doNotDisrupt: boolean;
  };
  /** undefined: HTCondor's data are missing or stale; then nothing is made for demand and nothing is taken away. */
  demand: Demand[] | undefined;
  /** Why demand is undefined, in words. */
  demandMissing: string | undefined;
  nodes: PlanNode[];
  /** In the user's order. */
  clouds: PlanCloud[];
  /** When nodes of this pool were begun in the last minute, ms. */
  recentCreates: number[];
  /** Index of the cloud that RoundRobin takes next. */
  roundRobin: number;
  /** Uniform in [0,1), for Random and Weighted; injected. */
  random: () => number;
}

export interface PlannedCreate {
  cloud: string;
  flavor: string;
  /** In words, with the numbers: `for 4 jobs of 1 core, 512 MiB`. */
  reason: string;
}

export interface PlannedRemoval {
  node: string;
  reason: string;
}

export interface Unsatisfiable extends Demand {
  /** What would have to change. */
  reason: string;
}

export interface Plan {
  creates: PlannedCreate[];
  removals: PlannedRemoval[];
  /** How many nodes there should be, before quota and throttle. */
  desiredNodes: number;
  unsatisfiable: Unsatisfiable[];
  /** Why fewer nodes are made than wanted; undefined when nothing limits. `reason` is one CamelCase word. */
  limited:
    { reason: 'MaxNodes' | 'Quota' | 'CloudUnavailable' | 'Cooldown' | 'Throttled'; message: string } | undefined;
  decision: { what: string; why: string };
  /** One line for each consideration, with the numbers that decided. */
  journal: string[];
  /** The RoundRobin position after this plan. */
  roundRobin: number;
  /** Milliseconds after which the plan may differ although nothing is observed (a node becomes old enough, a throttle or cooldown ends). */
  recheckAfter: number | undefined;
}
