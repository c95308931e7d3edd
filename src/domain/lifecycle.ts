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
import { isApproved, isOurDrain, TOKEN_APPROVED } from './node-states.ts';

export function decideNode(seen: NodeObservation): NodeDecision {
  const draft = new Draft(seen);
  observe(draft);
  if (seen.node.metadata.deletionTimestamp !== undefined) draft.leave('the node was deleted by hand or with its pool');
  const action = chooseAction(draft);
  draft.status.phase = phaseOf(draft, action);
  draft.status.conditions = conditions(draft);
  if (seen.node.metadata.generation !== undefined) draft.status.observedGeneration = seen.node.metadata.generation;
  return draft.decide(action);
}

function chooseAction(draft: Draft): NodeAction {
  const { seen, status } = draft;
  const leaving = status.drainRequested !== undefined;
  if (seen.hold !== undefined && seen.node.metadata.deletionTimestamp === undefined) {
    // what was asked for must still be found; nothing else is touched
    const unanswered = status.requested !== undefined && status.serverID === undefined && !seen.launching;
    draft.waitsFor = seen.hold;
    if (unanswered) draft.lookAgainIn(5_000);
    return unanswered ? { do: 'Find' } : { do: 'None' };
  }
  if (leaving) return decideLeave(draft);
  if (status.serverID === undefined) return decideLaunch(draft);
  return stayOpen(draft);
}

/** A node that stays takes jobs: a drain of ours that was called off, or that took effect after that, is ended. Another's drain is not ours to end. */
function stayOpen(draft: Draft): NodeAction {
  const { startd, fresh } = draft.seen.master;
  if (!fresh || !startd || draft.status.joined === undefined || !isOurDrain(startd)) return { do: 'None' };
  draft.waitsFor = 'its drain is called off';
  draft.lookAgainIn(10_000);
  return { do: 'CancelDrain', slotName: startd.name };
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
        : { type: 'Drained', status: true, reason: 'ProvedIdle', message: status.drainReason ?? 'to be removed' },
    );
  const ready = phase === 'Ready';
  inputs.push({
    type: 'Ready',
    status: ready,
    reason: phase,
    message: status.fault ?? draft.waitsFor ?? (ready ? `in the pool, ${status.nodeState ?? 'Idle'}` : phase),
  });
  return conditionsOf(status.conditions, inputs, seen.now, seen.node.metadata.generation);
}
