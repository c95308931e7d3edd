/** What a Kubernetes API server's refusal means. Decided by status and reason, never by the words of the message. */
import { EhosError, messageOf, type ErrorClass, type EhosErrorOptions } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { redactText } from '../base/redact.ts';
import { TransportFailure } from './transport.ts';

/** One of the `details.causes` of a Status. */
export interface Cause {
  reason?: string;
  message?: string;
  field?: string;
}

/** An EhosError that remembers the API server's own reason. */
export class KubeError extends EhosError {
  /** `AlreadyExists`, `Conflict`, `Expired`, `NamespaceTerminating`, ...; undefined where the server gave none. */
  readonly reason: string | undefined;

  constructor(
    errorClass: ErrorClass,
    message: string,
    options: EhosErrorOptions & { reason?: string | undefined } = {},
  ) {
    super(errorClass, message, options);
    this.reason = options.reason;
  }
}

/** The request that failed, for messages. */
export interface Attempt {
  /** `create ehosnodes "a"`. */
  what: string;
  /** True when the request asked for a change. */
  mutates: boolean;
}

interface Status {
  message?: string;
  reason?: string;
  details?: { causes?: Cause[]; retryAfterSeconds?: number };
}

/** A server that wants to be left alone for longer than a day is not believed. */
const MAX_SECONDS = 24 * 3600;
/** Longest piece of the server's text that goes into a message. */
const MAX_TEXT = 1000;

/**
 * The error for an answer that is no success. `body` need not be a Status: unknown paths and flow control answer in plain text.
 * `retryAfter` is the header's value.
 */
export function answerError(attempt: Attempt, status: number, body: string, retryAfter: string | undefined): KubeError {
  const parsed = parseStatus(body);
  const causes = parsed?.details?.causes ?? [];
  // the one refusal that a right to create does not cure: the namespace is going away, and all in it
  const terminating = status === 403 && causes.some((cause) => cause.reason === 'NamespaceTerminating');
  const reason = terminating ? 'NamespaceTerminating' : parsed?.reason;
  const seconds = retryAfter === undefined ? parsed?.details?.retryAfterSeconds : Number(retryAfter);
  const errorClass = terminating ? 'NotFound' : classOf(status, parsed !== undefined);
  const field = errorClass === 'Invalid' ? causes.find((cause) => cause.field)?.field : undefined;
  return new KubeError(errorClass, `${attempt.what}: ${textOf(status, parsed, body)}`, {
    status,
    reason,
    ...(field === undefined ? {} : { field }),
    ...(seconds !== undefined && seconds >= 0 && seconds < MAX_SECONDS ? { retryAfterMs: seconds * 1000 } : {}),
    // an answer of 5xx may come from a proxy in between, or after etcd has committed (504 after 34 s was measured)
    maybeDone: attempt.mutates && status >= 500,
  });
}

/** The error for a request that got no answer; what is an EhosError already stays as it is. */
export function failureError(attempt: Attempt, error: unknown): EhosError {
  if (error instanceof EhosError) return error;
  if (!(error instanceof TransportFailure)) {
    return new KubeError('Transient', `${attempt.what}: ${messageOf(error)}`, {
      cause: error,
      maybeDone: attempt.mutates,
    });
  }
  const errorClass = error.kind === 'timeout' ? 'Timeout' : 'Transient';
  const maybeDone = attempt.mutates && error.kind !== 'unreachable';
  return new KubeError(errorClass, `${attempt.what}: ${redactText(error.message, MAX_TEXT)}`, {
    cause: error,
    maybeDone,
  });
}

/** The error of an ERROR event in a watch, whose object is a Status. */
export function watchError(what: string, object: unknown): KubeError {
  const { code } = object as { code?: unknown };
  return answerError(
    { what, mutates: false },
    typeof code === 'number' ? code : 500,
    JSON.stringify(object),
    undefined,
  );
}

/** True when the history that a list or watch wanted to go on from is no longer there: only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof EhosError && error.status === 410;
}

function classOf(status: number, isStatus: boolean): ErrorClass {
  switch (status) {
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422:
      return 'Invalid';
    case 401:
    case 403:
      return 'Auth';
    case 404:
      // in plain text it is the path that is unknown, not the object: the CRD is missing, or not served yet
      return isStatus ? 'NotFound' : 'Transient';
    case 408:
    case 504:
      return 'Timeout';
    case 409:
      return 'Conflict';
    case 429:
      return 'RateLimited';
    default:
      return 'Transient';
  }
}

/** A Status, of which what has another form than it must have is left out. */
function parseStatus(body: string): Status | undefined {
  let parsed: unknown;
  try {
    parsed = parseJson(body);
  } catch {
    return undefined;
  }
  if (!isJson(parsed) || parsed.kind !== 'Status') return undefined;
  const details = isJson(parsed.details) ? parsed.details : {};
  const causes = Array.isArray(details.causes) ? details.causes.filter(isJson) : [];
  const { retryAfterSeconds } = details;
  return {
    ...textsOf(parsed, 'message', 'reason'),
    details: {
      causes: causes.map((cause) => textsOf(cause, 'reason', 'message', 'field')),
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
    },
  };
}

function isJson(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsOf<K extends string>(from: Record<string, unknown>, ...keys: K[]): Partial<Record<K, string>> {
  return Object.fromEntries(
    keys.flatMap((key) => (typeof from[key] === 'string' ? [[key, from[key]]] : [])),
  ) as Partial<Record<K, string>>;
}

function textOf(status: number, parsed: Status | undefined, body: string): string {
  if (status === 404 && !parsed)
    return 'the server does not know this resource (HTTP 404): is its CustomResourceDefinition installed?';
  const said = redactText(parsed?.message ?? body, MAX_TEXT).trim();
  return said === '' ? `HTTP ${status}` : `${said} (HTTP ${status})`;
}
