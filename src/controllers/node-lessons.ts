/** What the fate of a node says of the place where it was made, of its pool's template, and of its master. */
import { errorClassOf, messageOf, type ErrorClass } from '../base/errors.ts';
import { keyOf, type EhosNode } from '../api/resources.ts';
import type { NodeDecision } from '../domain/lifecycle-types.ts';
import { placeOf } from '../domain/plan-types.ts';
import { bootFailed, bootWorks } from './boot-watch.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import type { Surroundings } from './node-surroundings.ts';
import { retryAfterOf } from './problem.ts';

export class NodeLessons {
  /** uids of nodes whose create was not answered. */
  readonly #unanswered = new Set<string>();

  constructor(private readonly context: Context) {}

  /**
   * Its server was not made. Who rests for a while: the place, that is the flavor in its zone of this cloud; only this pool's nodes, when the
   * cloud refused what they are made of (until the template changes) or they could not be prepared. What is written wrongly in one pool must
   * not hold up another.
   */
  notMade(
    { metadata, spec }: EhosNode,
    { masterSession }: Pick<Surroundings, 'masterSession'>,
    cloud: CloudSession,
    { kind, error }: { kind: 'Refused' | 'NotAsked' | 'Unknown'; error: unknown },
  ): void {
    const errorClass = errorClassOf(error);
    const failure = { errorClass, reason: messageOf(error), retryAfterMs: retryAfterOf(error) };
    const now = this.context.clock.now();
    if (kind === 'Unknown') this.#unanswered.add(metadata.uid ?? '');
    if (kind !== 'NotAsked')
      cloud.cooldowns.fail(errorClass === 'Invalid' ? spec.templateHash : placeOfNode(spec), failure, now);
    // what is invalid is found before the next node is planned, and a conflict is over with this one
    else if (!['Invalid', 'Conflict'].includes(errorClass))
      masterSession?.cooldowns.fail(spec.poolRef.name, failure, now);
  }

  /** Failures are evidence against the place and the template; a server that runs or a node that joins clears them. */
  lived(before: EhosNode, { cloud, pool }: Surroundings, { failure, status }: NodeDecision): void {
    if (!cloud) return;
    if (status.serverID !== undefined) this.#unanswered.delete(before.metadata.uid ?? '');
    const { context } = this;
    const place = placeOfNode(before.spec);
    if (failure) {
      // that no answer came was held against the place when it did not come, unless that was before a restart
      if (failure.kind === 'LostAnswer' && this.#unanswered.delete(before.metadata.uid ?? '')) return;
      const { kind, message: reason } = failure;
      const errorClass = failureClass(reason);
      const until = kind === 'BootTimeout' ? 'Joined' : 'Booted';
      cloud.cooldowns.fail(place, { errorClass, reason, until }, context.clock.now());
      // a full cloud, or one that did not answer, says nothing of what the server is made from
      if (pool && kind !== 'LostAnswer' && errorClass === 'Transient')
        bootFailed(context, cloud, pool, before, status.fault ?? reason);
    } else if (status.joined !== undefined && before.status?.joined === undefined) {
      cloud.cooldowns.succeed(place, 'Joined');
      if (pool) bootWorks(context, cloud, pool, before.spec.cloudRef.name);
    } else if (status.booted !== undefined && before.status?.booted === undefined)
      cloud.cooldowns.succeed(place, 'Booted');
    else return;
    if (pool) context.wake.pool(keyOf(pool));
  }
}

function placeOfNode({ availabilityZone, flavor }: EhosNode['spec']): string {
  return placeOf(availabilityZone, flavor);
}

function failureClass(message: string): ErrorClass {
  if (/quota|LimitExceeded/i.test(message)) return 'Quota';
  return /No valid host|Exhausted all hosts/i.test(message) ? 'NoCapacity' : 'Transient';
}
