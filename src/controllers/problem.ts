/** Why a peer cannot be read, and when to try it again. */
import { EhosError, errorClassOf, messageOf, type ErrorClass } from '../base/errors.ts';

export interface Problem {
  message: string;
  errorClass: ErrorClass;
  /** False: there is no login. True: there is one, and what was asked failed, wholly or in part. */
  connected: boolean;
}

export function problemOf(error: unknown, connected: boolean): Problem {
  return { message: messageOf(error), errorClass: errorClassOf(error), connected };
}

/** What the peer asked to wait, ms. */
export function retryAfterOf(error: unknown): number {
  return error instanceof EhosError ? (error.retryAfterMs ?? 0) : 0;
}

/** Does an admin have to mend it: a Secret, a spec, or an account? */
export function isForAdmin({ errorClass }: Problem): boolean {
  return errorClass === 'Invalid' || errorClass === 'Auth';
}

/**
 * While a peer cannot be read its Secrets are looked at this often, ms, which asks only Kubernetes. A credential that was refused is
 * tried seldom (repeated failures lock accounts and get addresses banned), a new one at once.
 */
export const MENDED_INTERVAL = 15_000;
