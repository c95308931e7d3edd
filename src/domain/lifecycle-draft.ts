/** A decision in the making: the steps of the life cycle note what they see and conclude here. */
import type { EhosNodeStatus } from '../api/resources.ts';
import type { NodeAction, NodeDecision, NodeEvent, NodeFailure, NodeObservation } from './lifecycle-types.ts';
import { fromTime, toTime } from './times.ts';

export type TimeField =
  | 'requested'
  | 'launched'
  | 'booted'
  | 'joined'
  | 'firstBusy'
  | 'idleSince'
  | 'lostSince'
  | 'drainRequested'
  | 'mustLeaveSince'
  | 'forced'
  | 'drained'
  | 'deleted';

export class Draft {
  readonly status: EhosNodeStatus;
  readonly events: NodeEvent[] = [];
  failure: NodeFailure | undefined;
  /** What the node waits for, in words: becomes the message of its Ready condition. */
  waitsFor: string | undefined;
  /** What stands in the way of its removal, in words: becomes the message of its Drained condition. */
  drainMessage: string | undefined;
  #requeueAfter: number | undefined;

  constructor(readonly seen: NodeObservation) {
    this.status = structuredClone(seen.node.status ?? {});
  }

  get name(): string {
    return this.seen.node.metadata.name;
  }

  time(field: TimeField): number | undefined {
    return fromTime(this.status[field]);
  }

  setTime(field: TimeField, ms: number | undefined): void {
    if (ms === undefined) Reflect.deleteProperty(this.status, field);
    else this.status[field] = toTime(ms);
  }

  /** Milliseconds since a step; Infinity before it. */
  since(field: TimeField): number {
    const at = this.time(field);
    return at === undefined ? Infinity : this.seen.now - at;
  }

  /** The node must leave; the first reason stays. */
  leave(reason: string): void {
    if (this.status.drainRequested !== undefined) return;
    this.setTime('drainRequested', this.seen.now);
    this.status.drainReason = reason.slice(0, 1024);
  }

  /** It leaves though it runs jobs, which are waited for: from now on nothing calls it back by itself. */
  mustLeave(reason: string): void {
    if (this.status.mustLeaveSince !== undefined) return;
    this.leave(reason);
    this.setTime('mustLeaveSince', this.seen.now);
    this.status.drainReason = reason.slice(0, 1024);
    Reflect.deleteProperty(this.status, 'unneeded');
  }

  event(type: NodeEvent['type'], reason: string, note: string): void {
    this.events.push({ type, reason, note });
  }

  fail(kind: NodeFailure['kind'], message: string): void {
    this.failure = { kind, message };
  }

  /** The soonest of all calls counts. */
  lookAgainIn(ms: number): void {
    this.#requeueAfter = Math.min(this.#requeueAfter ?? Infinity, Math.max(0, ms));
  }

  decide(action: NodeAction): NodeDecision {
    return {
      action,
      status: this.status,
      events: this.events,
      failure: this.failure,
      requeueAfter: this.#requeueAfter,
    };
  }
}
