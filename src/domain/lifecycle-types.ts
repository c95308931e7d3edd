/** What the life cycle of one EhosNode is decided from, and what is decided. Plain data: the decision is pure. */
import type { EhosNode, EhosNodeStatus } from '../api/resources.ts';
import type { Startd, Vm } from './snapshots.ts';

/** The cloud's view of one node. */
export interface CloudView {
  /** A complete listing exists and is young enough to rely on. */
  fresh: boolean;
  /** When that listing began, ms; undefined without one. */
  observedAt: number | undefined;
  /** The servers that carry this node's tag; more than one is a twin. */
  vms: Vm[];
  /** Why there is no fresh view, in words. */
  problem: string | undefined;
}

/** HTCondor's view of one node. */
export interface MasterView {
  /** The slots were read, and recently enough to rely on. */
  fresh: boolean;
  observedAt: number | undefined;
  /** The collector has run for long enough that every live startd has reported: absence means something. */
  collectorWarm: boolean;
  /** The slot whose authenticated identity is this node's. */
  startd: Startd | undefined;
  /** Why there is no fresh view, in words. */
  problem: string | undefined;
  /** So many nodes went silent at once that HTCondor's silence says nothing of this one, in words. */
  massLost: string | undefined;
}

/** All durations in milliseconds. */
export interface LifecycleSettings {
  /** From launch to join. */
  bootTimeout: number;
  /** A startd that was not heard of for so long is Lost. */
  lostAfter: number;
  /** A Lost node whose server still runs is given up after this; longer than any job lease, so that the schedd has given its jobs back before. */
  lostTimeout: number;
  /** A Lost node whose server is suspended or paused is given up after this: its jobs go on when somebody resumes it. */
  suspendedTimeout: number;
  /** How long the server of an unanswered create is looked for before the node is given up. */
  findWindow: number;
  /** How long after the create a given-up node's record stays to catch its late server. */
  lateServerGrace: number;
  /** A listing may lag behind a create by this. */
  listLag: number;
  /** A deletion is asked for again after this. */
  deleteRetry: number;
  /** Jobs that were to be vacated and still run are asked for again after this; longer than MachineMaxVacateTime (10 min). */
  vacateRetry: number;
  /** How long a drained node that is only not needed waits for the plan that may call it back. */
  recallGrace: number;
}

export const defaultLifecycleSettings: LifecycleSettings = {
  bootTimeout: 15 * 60_000,
  lostAfter: 180_000,
  lostTimeout: 60 * 60_000,
  suspendedTimeout: 24 * 60 * 60_000,
  findWindow: 60_000,
  lateServerGrace: 10 * 60_000,
  listLag: 60_000,
  deleteRetry: 60_000,
  vacateRetry: 15 * 60_000,
  recallGrace: 2_000,
};

export interface NodeObservation {
  now: number;
  node: EhosNode;
  cloud: CloudView;
  master: MasterView;
  /** A create for this node is under way in this process. */
  launching: boolean;
  /** How nodes come by their token: with Approve a node cannot join before the operator says so. */
  joinNeedsApproval: boolean;
  /** The pool is Observe or Paused: nothing is made or taken away unless an admin deletes something. */
  hold: string | undefined;
  /** The node, its pool, cloud or master is being deleted, in words: a job that arrives delays its removal and does not call it off. */
  mustLeave: string | undefined;
  /** How long the jobs of a node that must leave are waited for, ms; undefined: as long as they take. */
  gracePeriod: number | undefined;
  /** Why the last drain command failed, or the cloud's last refusal to delete, in words. */
  drainProblem: string | undefined;
  deleteProblem: string | undefined;
  /** Until when a drain of it that this process has called off may still come to an end, ms; undefined: none was. What was read before proves nothing. */
  calledOffUntil?: number | undefined;
  /** When HTCondor was asked for this node alone, and what its deletion stands on was so, ms. */
  confirmedAt: number | undefined;
  /** Why that is not known, or not so, in words. */
  doubt: string | undefined;
  /** What of it is still in the cloud after its servers, or why it has no floating IP yet, in words. */
  closureProblem?: string | undefined;
  settings: LifecycleSettings;
}

export type NodeAction =
  /** Nothing to do but to write what was seen. */
  | { do: 'None' }
  /** Record the request, then ask the cloud for the server. */
  | { do: 'Launch' }
  /** The answer to a create is not known: look for the server by its tag. */
  | { do: 'Find' }
  /** Have the startd prove that it is idle, and keep it so. */
  | { do: 'Drain'; slotName: string; reason: string }
  /** Have the startd take no more jobs; those that run there go on. */
  | { do: 'Cordon'; slotName: string; reason: string }
  /** Their time is over: have the startd end its jobs, which are queued again. */
  | { do: 'Vacate'; slotName: string; reason: string }
  /** The node is wanted again, and its startd still drains because we asked for it. */
  | { do: 'CancelDrain'; slotName: string }
  /** Its server runs and has no floating IP yet, though it is to have one. */
  | { do: 'GiveAddress' }
  /** Ask HTCondor for this node alone: what its deletion stands on was read too long ago, or is nothing but silence. */
  | { do: 'AskAgain' }
  /** Ask the cloud to delete these servers. */
  | { do: 'DeleteServers'; ids: string[] }
  /** The listing no longer shows the server: ask for it by id before believing so. */
  | { do: 'ConfirmGone'; id: string }
  /** Nothing of the node is left in the cloud: drop its ads, then its record. */
  | { do: 'RemoveRecord'; machine: string | undefined };

export interface NodeEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  note: string;
}

/** Why a node failed, as evidence against its flavor and cloud. */
export interface NodeFailure {
  kind: 'ServerError' | 'BootTimeout' | 'LostAnswer';
  message: string;
}

export interface NodeDecision {
  action: NodeAction;
  /** The whole status as it should be. */
  status: EhosNodeStatus;
  events: NodeEvent[];
  failure: NodeFailure | undefined;
  /** Look again after so many milliseconds although nothing was observed; undefined: only when something changes. */
  requeueAfter: number | undefined;
}
