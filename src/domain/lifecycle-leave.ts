/**
 * The end of a node. Its server is deleted only when nothing can run on it: it never booted, it was never let into the pool,
 * HTCondor proved it idle, or it does not exist or run any more. Any doubt keeps the server, and says so.
 */
import type { Draft } from './lifecycle-draft.ts';
import { listedAfter } from './lifecycle-observe.ts';
import type { NodeAction } from './lifecycle-types.ts';
import { DRAIN_MARK, isApproved, isDrained, isForeignDrain } from './node-states.ts';
import { exitAfter, EXITS, isOff } from './server-exits.ts';
import type { Startd } from './snapshots.ts';
import { toTime } from './times.ts';

export function decideLeave(draft: Draft): NodeAction {
  const { seen, status } = draft;
  if (status.serverID === undefined) return leaveWithoutServer(draft);
  const twins = seen.cloud.vms.filter((vm) => vm.id !== status.serverID).map((vm) => vm.id);
  if (status.vmState === 'Deleted') {
    if (twins.length > 0) return { do: 'DeleteServers', ids: twins };
    return confirmGone(draft);
  }
  const proof = mayDelete(draft);
  if (proof !== true) return proof;
  if (status.deleted === undefined && !isConfirmed(draft)) return askAgain(draft);
  return deleteServers(draft, [status.serverID, ...twins]);
}

/** What HTCondor says of one node holds so long, ms: a startd that joins, or is let off its drain, then needs longer to be matched and to start a job. */
const WORD_HOLDS = 5_000;
/** A reading takes some seconds itself. */
const READING_HOLDS = 10_000;

/**
 * Is what the deletion stands on still so? A drained startd stays drained unless somebody calls it off, which we would do ourselves; that of
 * another is not ours. Silence ends without anybody's doing: a startd may have joined, or come back, since it was read.
 */
function isConfirmed({ seen, status }: Draft): boolean {
  const { master, confirmedAt, now } = seen;
  const isYoung = (at: number | undefined, holds: number): boolean =>
    at !== undefined && at <= now && now - at <= holds;
  if (isYoung(confirmedAt, WORD_HOLDS)) return true;
  if (status.drained !== undefined)
    return isYoung(master.observedAt, READING_HOLDS) && !(master.startd && isForeignDrain(master.startd));
  const state = status.vmState ?? 'Booting';
  return status.joined === undefined ? EXITS[state].NotJoined.after === 0 : isOff(state);
}

function askAgain(draft: Draft): NodeAction {
  draft.drainMessage = draft.seen.doubt ?? 'HTCondor is asked for it once more';
  draft.lookAgainIn(15_000);
  return { do: 'AskAgain' };
}

/** Nothing was asked for: nothing can exist. Otherwise the record stays until a late server would have shown. */
function leaveWithoutServer(draft: Draft): NodeAction {
  const { seen, status } = draft;
  if (seen.launching) {
    draft.drainMessage = 'waiting for the answer to its create';
    return { do: 'None' };
  }
  if (status.requested === undefined) return { do: 'RemoveRecord', machine: undefined };
  const left = seen.settings.lateServerGrace - draft.since('requested');
  if (left <= 0 && seen.cloud.fresh) return { do: 'RemoveRecord', machine: undefined };
  draft.drainMessage = 'the cloud may still make the server whose answer was lost';
  draft.lookAgainIn(Math.min(Math.max(left, 5_000), 60_000));
  return { do: 'Find' };
}

/** True when nothing can run there; otherwise what to do first. */
function mayDelete(draft: Draft): true | NodeAction {
  const { seen, status } = draft;
  if (status.deleted !== undefined) return true;
  if (status.joined === undefined) return mayDeleteUnjoined(draft);
  if (!seen.master.fresh) {
    draft.drainMessage = `no fresh data of HTCondor: ${seen.master.problem ?? 'not read yet'}`;
    return { do: 'None' };
  }
  if (status.lostSince !== undefined) return mayDeleteLost(draft);
  const { startd } = seen.master;
  if (status.drained !== undefined) {
    if (!startd || isDrained(startd)) return isPlannedWithout(draft) ? true : { do: 'None' };
    // the startd was restarted or its drain called off since: the old proof is void
    draft.setTime('drained', undefined);
  }
  if (!startd) {
    draft.drainMessage = 'its slot is not listed now';
    draft.lookAgainIn(10_000);
    return { do: 'None' };
  }
  return emptied(draft, startd);
}

/** What cannot be reached is not idle: it is given up as a Lost node is, and what an admin wants gone no later than one that runs. */
function mayDeleteLost(draft: Draft): true | NodeAction {
  const { seen, status } = draft;
  const { settings, node, master } = seen;
  const state = status.vmState ?? 'Unknown';
  const silent = 'HTCondor does not hear of it, so it cannot be proved idle';
  draft.drainMessage = silent;
  if (master.massLost !== undefined && !isOff(state) && node.metadata.deletionTimestamp === undefined) {
    draft.drainMessage = sentence(silent, `it is kept: ${master.massLost}`);
    draft.lookAgainIn(30_000);
    return { do: 'None' };
  }
  const usual = exitAfter(EXITS[state].Lost, settings);
  const after = status.mustLeaveSince === undefined ? usual : Math.min(usual, settings.lostTimeout);
  const left = after - draft.since('lostSince');
  if (left <= 0) return seen.cloud.fresh ? true : { do: 'None' };
  draft.lookAgainIn(Math.min(left, 30_000));
  return { do: 'None' };
}

/** A node that is only not needed proves that it is idle, or stays. One that must leave takes no more jobs, and its jobs end first. */
function emptied(draft: Draft, startd: Startd): NodeAction {
  const { seen, status } = draft;
  const jobs = startd.dynamicSlots;
  const slotName = startd.name;
  const reason = `${DRAIN_MARK}${status.drainReason ?? 'scale-in'}`;
  draft.drainMessage = seen.drainProblem;
  if (jobs === 0) {
    draft.lookAgainIn(10_000);
    return { do: 'Drain', slotName, reason };
  }
  const waits = `waits for ${jobs} running job${jobs === 1 ? '' : 's'}`;
  draft.drainMessage = waits;
  if (status.mustLeaveSince === undefined) return { do: 'None' };
  const left = (seen.gracePeriod ?? Infinity) - draft.since('mustLeaveSince');
  if (left <= 0) return vacated(draft, waits, { do: 'Vacate', slotName, reason });
  const until = left === Infinity ? waits : `${waits}, until ${toTime(seen.now + left)} at the latest`;
  draft.drainMessage = until;
  if (left < Infinity) draft.lookAgainIn(left);
  // it drains already: for us, or for another
  if (startd.draining) return { do: 'None' };
  draft.drainMessage = sentence(until, seen.drainProblem);
  draft.lookAgainIn(10_000);
  return { do: 'Cordon', slotName, reason };
}

function sentence(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('; ');
}

/** The grace period of an admin is over: HTCondor ends the jobs, each with its own soft kill first, and queues them again. */
function vacated(draft: Draft, waits: string, vacate: NodeAction): NodeAction {
  const { seen } = draft;
  const over = 'their time is over: HTCondor was asked to vacate them';
  draft.drainMessage = sentence(waits, over, seen.drainProblem);
  const since = draft.since('forced');
  const retry = seen.drainProblem === undefined ? seen.settings.vacateRetry : 15_000;
  if (since < retry) {
    draft.lookAgainIn(retry - since);
    return { do: 'None' };
  }
  draft.setTime('forced', seen.now);
  draft.lookAgainIn(10_000);
  return vacate;
}

/** The reading that shows the drain may show a queue that needs the node again: the plan comes first, and calls it back. */
function isPlannedWithout(draft: Draft): boolean {
  const { seen, status } = draft;
  const left = seen.settings.recallGrace - draft.since('drained');
  if (status.unneeded !== true || left <= 0) return true;
  draft.drainMessage = 'drained; it may still be called back';
  draft.lookAgainIn(left);
  return false;
}

/** A node that never joined has run no job, provided that it cannot have joined since HTCondor was read. */
function mayDeleteUnjoined(draft: Draft): true | NodeAction {
  const { seen, status } = draft;
  if (!seen.cloud.fresh) {
    draft.drainMessage = seen.cloud.problem ?? 'the cloud has not been listed yet';
    return { do: 'None' };
  }
  if (EXITS[status.vmState ?? 'Booting'].NotJoined.after === 0) return true;
  if (!seen.master.fresh) {
    draft.drainMessage = `no fresh data of HTCondor: ${seen.master.problem ?? 'not read yet'}`;
    return { do: 'None' };
  }
  if (seen.joinNeedsApproval && !isApproved(status)) return true;
  const left = seen.settings.bootTimeout - draft.since('launched');
  if (left <= 0 && seen.master.collectorWarm) return true;
  draft.drainMessage = 'it may join at any moment: it is drained when it has joined, or deleted when it has not';
  draft.lookAgainIn(Math.max(left, 10_000));
  return { do: 'None' };
}

function deleteServers(draft: Draft, ids: string[]): NodeAction {
  const { seen, status } = draft;
  draft.drainMessage = seen.deleteProblem;
  draft.waitsFor = seen.deleteProblem;
  if (status.deleted === undefined) {
    draft.setTime('deleted', seen.now);
    draft.lookAgainIn(5_000);
    return { do: 'DeleteServers', ids };
  }
  if (listedAfter(draft, 'deleted', 0) && !seen.cloud.vms.some((vm) => ids.includes(vm.id))) return confirmGone(draft);
  draft.lookAgainIn(seen.settings.deleteRetry);
  // deletions fail on the cloud's side too (status ERROR, "Failed to terminate instance"): asked for again
  const stuck = seen.cloud.vms.filter((vm) => ids.includes(vm.id) && !vm.deleting);
  const overdue = draft.since('deleted') % (2 * seen.settings.deleteRetry) >= seen.settings.deleteRetry;
  if (stuck.length === 0 || !overdue) return { do: 'None' };
  return isConfirmed(draft) ? { do: 'DeleteServers', ids: stuck.map((vm) => vm.id) } : askAgain(draft);
}

function confirmGone(draft: Draft): NodeAction {
  const { status, seen } = draft;
  if (seen.closureProblem !== undefined) draft.waitsFor = draft.drainMessage = seen.closureProblem;
  draft.lookAgainIn(10_000);
  return { do: 'ConfirmGone', id: status.serverID ?? '' };
}
