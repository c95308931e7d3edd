/**
 * Errors with a class: what one can do about it, not where it came from.
 *
 * - `Invalid`: the user wrote something that can never work; terminal until the spec changes.
 * - `Auth`: credentials or rights are wrong; retried slowly, since a Secret or a role may change.
 * - `Quota`: a quota or limit is used up.           - `NoCapacity`: the cloud has no host for it.
 * - `NotFound`, `Conflict`: about the one object.   - `RateLimited`: asked to slow down.
 * - `Timeout`: no answer in time.                   - `Transient`: everything else; retried with backoff.
 */
import { redactSentence } from './redact.ts';
import { oneLine } from './text.ts';

export type ErrorClass =
  'Invalid' | 'Auth' | 'Quota' | 'NoCapacity' | 'NotFound' | 'Conflict' | 'RateLimited' | 'Timeout' | 'Transient';

export interface EhosErrorOptions {
  /** Path of the field that is wrong, for `Invalid`: `spec.template.image.name`. */
  field?: string;
  /** The peer asked to wait this long before the next try, milliseconds. */
  retryAfterMs?: number;
  /** True when a change may have taken effect although it failed: look before trying again. */
  maybeDone?: boolean;
  /** The peer's id of the failed request (OpenStack: x-openstack-request-id). */
  requestId?: string;
  /** HTTP status, where there was one. */
  status?: number;
  cause?: unknown;
}

/**
 * The one error type that crosses module borders. Its message is fit for status, events and terminals, whatever words of a peer are in it:
 * bounded, one line, no secrets, nothing that a terminal would act upon.
 */
export class EhosError extends Error {
  override readonly name = 'EhosError';
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly maybeDone: boolean;
  readonly requestId: string | undefined;
  readonly status: number | undefined;

  constructor(
    readonly errorClass: ErrorClass,
    message: string,
    options: EhosErrorOptions = {},
  ) {
    super(presentable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.field = options.field;
    this.retryAfterMs = options.retryAfterMs;
    this.maybeDone = options.maybeDone ?? false;
    this.requestId = options.requestId;
    this.status = options.status;
  }
}

/** The class of any thrown value; what is not an EhosError is Transient. */
export function errorClassOf(error: unknown): ErrorClass {
  return error instanceof EhosError ? error.errorClass : 'Transient';
}

/** One line of text for any thrown value. */
export function messageOf(error: unknown): string {
  return presentable(error instanceof Error ? error.message : String(error));
}

function presentable(message: string): string {
  return oneLine(redactSentence(message));
}
