/** What the operator lacks to do its work, one line each, with what to do about it. */
import { EhosError, messageOf } from '../base/errors.ts';
import type { ResourceType } from '../api/resources.ts';

export interface Readiness {
  ready: boolean;
  /** What this replica does: the one that acts is the leader. */
  role: string;
  /** Empty when it is ready. */
  missing: string[];
}

/** How the local copy of a kind stands. */
export interface Copy {
  type: ResourceType;
  /** Whether it was listed once. */
  listed: boolean;
  /** Why the last try failed; undefined: it did not. */
  problem: unknown;
  /** When the server last answered, ms since the epoch; 0: never. */
  lastContact: number;
}

/** A restart of an API server or a new leader of etcd takes less, ms. */
const PATIENCE = 2 * 60_000;

export function missingOf(obstacle: unknown, copies: readonly Copy[], now: number): string[] {
  if (obstacle !== undefined) return [wordsOf(obstacle)];
  const missing = copies.flatMap(({ type, listed, problem, lastContact }) => {
    if (problem === undefined) return listed ? [] : [`${nameOf(type)}: not listed yet`];
    return listed && now - lastContact < PATIENCE ? [] : [wordsOf(problem, type)];
  });
  // an API server that does not answer does so for all of them
  return [...new Set(missing)];
}

function wordsOf(error: unknown, type?: ResourceType): string {
  const message = messageOf(error);
  const { status, errorClass } = error instanceof EhosError ? error : { status: undefined, errorClass: 'Transient' };
  if (type && status === 404)
    return `${nameOf(type)}: the CRD is not installed, or not in version ${type.version}: kubectl apply -f crds/`;
  const what = type ? `${nameOf(type)}: ` : '';
  if (status === 403) return `${what}permission is missing: ${message}`;
  if (status === 401) return `the API server does not accept the operator's credentials: ${message}`;
  if (status === undefined && (errorClass === 'Transient' || errorClass === 'Timeout'))
    // the call that failed tells them apart, and the cause is one
    return `the API server cannot be reached: ${message.replace(/^(?:get|list|watch) \S+(?: "[^"]*")?: /, '')}`;
  return `${what}${message}`;
}

function nameOf({ plural, group }: ResourceType): string {
  return `${plural}.${group}`;
}
