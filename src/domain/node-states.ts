/** The two state vocabularies of EHOS, and the phase that sums them up. */
import type { EhosNode, EhosNodeStatus } from '../api/resources.ts';
import type { Startd } from './snapshots.ts';

/** Reason of the Joined condition once the node's token request was approved: from then on it may join at any moment. */
export const TOKEN_APPROVED = 'TokenApproved';

export function isApproved(status: EhosNodeStatus | undefined): boolean {
  return status?.conditions?.some((c) => c.type === 'Joined' && c.reason === TOKEN_APPROVED) ?? false;
}

/**
 * It has no server and is to get none: no node any more. Its record only stays for a server that may still come late. Whoever counts nodes
 * must ask here: where the plan and the launch counted differently, the one would make what the other refuses, again and again.
 */
export function isGivenUp({ metadata, status }: Pick<EhosNode, 'metadata' | 'status'>): boolean {
  const leaving = status?.drainRequested !== undefined || metadata.deletionTimestamp !== undefined;
  return leaving && status?.serverID === undefined;
}

/** Conditions of a node that the plans of its pool write. */
export const DRIFTED = 'Drifted';
export const EXPIRED = 'Expired';
export const BLACK_HOLE = 'BlackHole';
export const POOL_CONDITIONS: readonly string[] = [DRIFTED, EXPIRED, BLACK_HOLE];

/** Jobs fail there as soon as they start: it takes none, and is kept for an admin to look at. */
export function isBlackHole(status: EhosNodeStatus | undefined): boolean {
  return isTrue(status, BLACK_HOLE);
}

function isTrue(status: EhosNodeStatus | undefined, type: string): boolean {
  return status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;
}

export type NodeState = NonNullable<EhosNodeStatus['nodeState']>;

/**
 * HTCondor's view of a node from its partitionable slot. A fully busy node's partitionable slot says Unclaimed/Idle:
 * only its dynamic slots tell (measured; incident I4).
 */
export function nodeStateOf(startd: Startd): NodeState {
  if (startd.dynamicSlots > 0) {
    const states = startd.children;
    if (states.length > 0 && states.every((c) => c.activity === 'Retiring')) return 'Retiring';
    if (states.length > 0 && states.every((c) => c.activity === 'Suspended')) return 'Suspended';
    if (states.some((c) => c.activity === 'Vacating')) return 'Vacating';
    if (states.some((c) => c.activity === 'Killing')) return 'Killing';
    return 'Busy';
  }
  if (isDrained(startd) || startd.draining) return 'Retiring';
  if (startd.activity === 'Benchmarking') return 'Benchmarking';
  return 'Idle';
}

/** The startd runs nothing and takes nothing any more: the state after an accepted `condor_drain`. */
export function isDrained(startd: Startd): boolean {
  return startd.state === 'Drained' && startd.dynamicSlots === 0 && startd.activity !== 'Retiring';
}

/**
 * Its last job has ended, and its drain is not over yet: the startd notices at its next look at itself (POLLING_INTERVAL, 5 s).
 * One that is called off before it has noticed grants no time to later jobs until it has been drained again (measured: RetirementTimeRemaining
 * stays 0; HTCondor's startd takes its override of MaxJobRetirementTime back when it goes from Drained/Retiring to Drained/Idle, ResState::eval).
 */
export function isDrainEnding(startd: Startd): boolean {
  return startd.state === 'Drained' && startd.dynamicSlots === 0 && startd.activity === 'Retiring';
}

/** Reasons of our own drains begin so. */
export const DRAIN_MARK = 'ehos: ';

/** It drains, and not because we asked for it: an admin's doing, which is not ours to call off. */
export function isForeignDrain(startd: Startd): boolean {
  return startd.draining && startd.drainReason?.startsWith(DRAIN_MARK) !== true;
}

/** It drains because we asked for it. */
export function isOurDrain(startd: Startd): boolean {
  return startd.draining && !isForeignDrain(startd);
}
