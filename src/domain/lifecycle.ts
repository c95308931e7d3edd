/**
 * The life of one node, decided from what is seen: constructive acts need a record first, destructive ones fresh proof,
 * everything else is tried again. The controller carries the decision out and changes nothing else.
 *
 *   Pending -> Launching -> Booting -> Ready (Idle, Busy) -> Draining -> Deleting -> record gone
 *                                        \-> Lost -> Ready | Deleting
 */
import type { EhosNodeStatus } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from './conditions.ts';
import { Draft } from './lifecycle-draft.ts';
import { decideLaunch } from './lifecycle-launch.ts';
import { decideLeave } from './lifecycle-leave.ts';
import { observe } from './lifecycle-observe.ts';
import type { NodeAction, NodeDecision, NodeObservation } from './lifecycle-types.ts';
import {
  BLACK_HOLE,
  DRAIN_MARK,
  isApproved,
  isBlackHole,
  isDrainEnding,
  isOurDrain,
  POOL_CONDITIONS,
  TOKEN_APPROVED,
} from './node-states.ts';
import type { Startd } from './snapshots.ts';

const BY_HAND = 'the node was deleted by hand or with its pool';

export function decideNode(seen: NodeObservation): NodeDecision {
  const draft = new Draft(seen);
  observe(draft);
  const mustLeave = seen.node.metadata.deletionTimestamp === undefined ? seen.mustLeave : BY_HAND;
  if (mustLeave !== undefined) draft.mustLeave(seen.mustLeave ?? mustLeave);
  const action = chooseAction(draft);
  draft.status.phase = phaseOf(draft, action);
  draft.status.conditions = conditions(draft);
  if (seen.node.metadata.generation !== undefined) draft.status.observedGeneration = seen.node.metadata.generation;
  return draft.decide(action);
}

function chooseAction(draft: Draft): NodeAction {
  const { seen, status } = draft;
  const leaving = status.drainRequested !== undefined;
  if (seen.hold !== undefined && seen.mustLeave === undefined && seen.node.metadata.deletionTimestamp === undefined) {
    // what was asked for must still be found; nothing else is touched
    const unanswered = status.requested !== undefined && status.serverID === undefined && !seen.launching;
    draft.waitsFor = seen.hold;
    if (unanswered) draft.lookAgainIn(5_000);
    return unanswered ? { do: 'Find' } : { do: 'None' };
  }
  if (leaving) return decideLeave(draft);
  if (status.serverID === undefined) return decideLaunch(draft);
  const action = stayOpen(draft);
  return action.do === 'None' ? giveAddress(draft) : action;
}

/** Not before it runs: until then its port may still be made on another host, and lost. */
function giveAddress(draft: Draft): NodeAction {
  const { seen, status } = draft;
  const wanted = seen.node.spec.floatingIP !== undefined && status.floatingIP === undefined;
  if (!wanted || status.vmState !== 'Active') return { do: 'None' };
  draft.waitsFor ??= seen.closureProblem;
  return { do: 'GiveAddress' };
}

/** A node that stays takes jobs: a drain of ours that was called off, or that took effect after that, is ended. Another's drain is not ours to end. */
function stayOpen(draft: Draft): NodeAction {
  const { startd, fresh } = draft.seen.master;
  if (!fresh || !startd || draft.status.joined === undefined) return { do: 'None' };
  if (isBlackHole(draft.status)) return cordonBlackHole(draft, startd);
  if (!isOurDrain(startd)) return { do: 'None' };
  if (isDrainEnding(startd)) {
    draft.waitsFor = 'its drain is about to end, and is called off then';
    draft.lookAgainIn(5_000);
    return { do: 'None' };
  }
  draft.waitsFor = 'its drain is called off';
  draft.lookAgainIn(10_000);
  return { do: 'CancelDrain', slotName: startd.name };
}

/** It stays for an admin to look at, and takes no job. */
function cordonBlackHole(draft: Draft, startd: Startd): NodeAction {
  draft.waitsFor = 'jobs fail there as soon as they start: it takes no more, and is kept for you to look at';
  if (startd.draining) return { do: 'None' };
  draft.lookAgainIn(30_000);
  return { do: 'Cordon', slotName: startd.name, reason: `${DRAIN_MARK}jobs fail there as soon as they start` };
}

type Phase = NonNullable<EhosNodeStatus['phase']>;

function phaseOf(draft: Draft, action: NodeAction): Phase {
  const { status } = draft;
  if (status.deleted !== undefined || action.do === 'DeleteServers' || action.do === 'RemoveRecord') return 'Deleting';
  if (status.drainRequested !== undefined) return status.serverID === undefined ? 'Deleting' : 'Draining';
  if (status.serverID === undefined)
    return status.requested !== undefined || action.do === 'Launch' ? 'Launching' : 'Pending';
  if (status.joined === undefined) return 'Booting';
  return status.lostSince === undefined ? 'Ready' : 'Lost';
}

function conditions(draft: Draft): NonNullable<EhosNodeStatus['conditions']> {
  const { status, seen } = draft;
  const phase = status.phase ?? 'Pending';
  const approved = isApproved(status);
  const inputs: ConditionInput[] = [
    status.launched === undefined
      ? { type: 'Launched', status: false, reason: phase, message: draft.waitsFor ?? 'the server is not there yet' }
      : { type: 'Launched', status: true, reason: 'ServerCreated', message: `server ${status.serverID ?? ''}` },
    status.joined === undefined
      ? {
          type: 'Joined',
          status: false,
          reason: approved ? TOKEN_APPROVED : 'NotSeen',
          message: approved ? 'its token request was approved' : 'its startd was not seen in the pool yet',
        }
      : { type: 'Joined', status: true, reason: 'StartdSeen', message: status.slotName ?? 'seen' },
  ];
  if (status.drainRequested !== undefined)
    inputs.push(
      status.drained === undefined
        ? {
            type: 'Drained',
            status: false,
            reason: 'DrainRequested',
            message: `${status.drainReason ?? 'to be removed'}; ${draft.drainMessage ?? 'in progress'}`,
          }
        : {
            type: 'Drained',
            status: true,
            reason: 'ProvedIdle',
            message: [status.drainReason ?? 'to be removed', ...(draft.drainMessage ? [draft.drainMessage] : [])].join(
              '; ',
            ),
          },
    );
  inputs.push(...kept(status.conditions));
  const blackHole = phase === 'Ready' && isBlackHole(status);
  const ready = phase === 'Ready' && !blackHole;
  inputs.push({
    type: 'Ready',
    status: ready,
    reason: blackHole ? BLACK_HOLE : phase,
    message: status.fault ?? draft.waitsFor ?? (ready ? `in the pool, ${status.nodeState ?? 'Idle'}` : phase),
  });
  return conditionsOf(status.conditions, inputs, seen.now, seen.node.metadata.generation);
}

/** What its pool says of the node is for the pool to change. */
function kept(conditions: EhosNodeStatus['conditions'] = []): ConditionInput[] {
  return conditions
    .filter(({ type }) => POOL_CONDITIONS.includes(type))
    .map(({ type, status, reason, message }) => ({
      type,
      status: status === 'Unknown' ? status : status === 'True',
      reason,
      message,
    }));
}
