/** What the operator lacks to do its work, one line each, with what to do about it. */
import { EhosError, messageOf } from '../base/errors.ts';
import { VERSION, type ResourceType } from '../api/resources.ts';
import type { CopyState } from '../kube/reflector.ts';

export interface Readiness {
  ready: boolean;
  /** `alone`: without leader election. A standby has listed everything, and waits. */
  role: 'alone' | 'leader' | 'standby';
  /** Empty when it is ready. */
  missing: string[];
}

/** A restart of an API server or a new leader of etcd takes less, ms. */
const PATIENCE = 2 * 60_000;

/** `obstacle`: why it cannot even begin to list. */
export function missingOf(obstacle: unknown, copies: readonly CopyState[], now: number): string[] {
  if (obstacle !== undefined) return [wordsOf(obstacle)];
  const missing = copies.flatMap(({ type, namespace, listed, problem, lastContact }) => {
    const what = namespace === undefined ? nameOf(type) : `${nameOf(type)} in namespace ${namespace}`;
    if (problem === undefined) return listed ? [] : [`${what}: not listed yet`];
    return listed && now - lastContact < PATIENCE ? [] : [wordsOf(problem, what)];
  });
  // an API server that does not answer does so for all of them
  return [...new Set(missing)];
}

function wordsOf(error: unknown, copy?: string): string {
  const message = messageOf(error);
  const { status, errorClass } = error instanceof EhosError ? error : { status: undefined, errorClass: 'Transient' };
  if (copy !== undefined && status === 404)
    return `${copy}: the CRD is not installed, or not in version ${VERSION}: kubectl apply -f crds/`;
  const what = copy === undefined ? '' : `${copy}: `;
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
