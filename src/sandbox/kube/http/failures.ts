/** What went wrong with a request, as an answer. */
import { messageOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { ApiError } from '../status.ts';
import { jsonAnswer, type Answer, type ApiRequest } from './request.ts';

export function errorAnswer(error: ApiError): Answer {
  const retryAfter = error.details?.retryAfterSeconds;
  const headers = typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {};
  if (error.plainText)
    return { status: error.code, text: error.message, contentType: 'text/plain; charset=utf-8', headers };
  return { ...jsonAnswer(error.code, error.body()), headers };
}

/** A refusal as it is; anything else is a fault of the sandbox, and is logged. */
export function failureAnswer(error: unknown, request: Pick<ApiRequest, 'method' | 'path'>, log: Log): Answer {
  if (error instanceof ApiError) return errorAnswer(error);
  log.error('a request failed inside the sandbox', { method: request.method, path: request.path, error });
  return errorAnswer(new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`));
}
