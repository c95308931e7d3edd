/** Who leads, decided from what was seen of the Lease and when by one's own clock: no other clock is ever compared with it. */
import type { LeaseSight, Scope } from './lease.ts';
import { overlapOf } from './lease.ts';

/** A Lease, and what follows from having watched it. */
export interface LeaseView {
  /** undefined: there is none. */
  lease: LeaseSight | undefined;
  /** Until when whoever was last seen to hold it may act, own time. */
  heldUntil: number;
}

export const NEVER_SEEN: LeaseView = { lease: undefined, heldUntil: -Infinity };

/**
 * Another look at it, at `now`. A holder's time begins anew whenever the Lease has changed. One that was deleted does not end it: the
 * holder need not know yet.
 */
export function look(before: LeaseView, lease: LeaseSight | undefined, now: number): LeaseView {
  if (lease === undefined) return { lease, heldUntil: before.heldUntil };
  if (lease.revision === before.lease?.revision) return { lease, heldUntil: before.heldUntil };
  if (lease.holder !== undefined) return { lease, heldUntil: now + lease.durationMs };
  // what was let go before it was ever seen held has been free for who knows how long
  return { lease, heldUntil: before.lease?.holder === undefined ? before.heldUntil : now };
}

export type Step =
  | { kind: 'Create' }
  | { kind: 'Take'; resourceVersion: string; transitions: number }
  | { kind: 'Renew'; resourceVersion: string }
  /** Another one holds it, for so long at least. */
  | { kind: 'Wait'; ms: number };

/** `leads`: the one who asks has held it until now, so that nobody else is to be waited for when it was deleted. */
export function nextStep({ lease, heldUntil }: LeaseView, identity: string, leads: boolean, now: number): Step {
  if (lease?.holder === identity) return { kind: 'Renew', resourceVersion: lease.resourceVersion };
  if (!lease && leads) return { kind: 'Create' };
  if (now < heldUntil) return { kind: 'Wait', ms: heldUntil - now };
  if (!lease) return { kind: 'Create' };
  return { kind: 'Take', resourceVersion: lease.resourceVersion, transitions: lease.transitions + 1 };
}

/** How long another installation that fell silent, or that let go, is left to come back before its namespaces may be taken over, ms. */
const FOREIGN_GRACE_MS = 60_000;

/** The same as `look` for the Lease of another installation, whose next leader is to have it rather than we. */
export function lookAtForeign(before: LeaseView, lease: LeaseSight | undefined, now: number): LeaseView {
  const view = look(before, lease, now);
  if (view.heldUntil === before.heldUntil) return view;
  return { ...view, heldUntil: view.heldUntil + FOREIGN_GRACE_MS };
}

/** Why this installation must not act, in one line, while others do; undefined: it may. */
export function conflictOf(
  own: { release: string; scope: Scope; lease: LeaseView },
  others: Iterable<LeaseView>,
  now: number,
): string | undefined {
  const { lease: held, heldUntil: until } = own.lease;
  const itsRelease = held?.release ?? own.release;
  if (held && itsRelease !== own.release && now < until + FOREIGN_GRACE_MS)
    return (
      `its Lease in namespace ${held.namespace} is that of the release "${itsRelease}" (${held.holder ?? 'held by nobody now'}), ` +
      `and this is "${own.release}": uninstall one of them, or install it in another namespace`
    );
  for (const { lease, heldUntil } of others) {
    const overlap = lease && now < heldUntil ? overlapOf(own.scope, lease.scope) : undefined;
    if (lease && overlap !== undefined)
      return (
        `${overlap}: served already by the release "${lease.release ?? 'unknown'}" in namespace ${lease.namespace}` +
        `${lease.holder === undefined ? '' : ` (${lease.holder})`}: uninstall one of them, or give them different namespaces`
      );
  }
  return undefined;
}
