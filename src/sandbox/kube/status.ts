/** Errors as the API server words them: a Status object, or plain text where the real server has no Status. Source: test/fixtures/kubernetes. */
import type { JsonObject } from './json.ts';

/** What names a resource in error messages: plural or kind, with the group. */
export interface Named {
  group: string;
  plural: string;
  kind: string;
}

export interface Cause {
  reason?: string;
  message: string;
  field?: string;
}

/** A refusal with the answer that the client gets. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: number,
    readonly reason: string | undefined,
    message: string,
    readonly details?: JsonObject,
    /** Sent as text instead of a Status. */
    readonly plainText = false,
    readonly listMeta: JsonObject = {},
  ) {
    super(message);
  }

  /** The Status object, as it is sent and as it stands in an ERROR event of a watch. */
  body(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.listMeta,
      status: 'Failure',
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `pools.rig.example.com`; a core resource has no group. */
export const qualified = (group: string, name: string): string => (group === '' ? name : `${name}.${group}`);

const detailsOf = (of: Named, name: string, kind = of.plural): JsonObject => ({
  ...(name === '' ? {} : { name }),
  ...(of.group === '' ? {} : { group: of.group }),
  ...(kind === '' ? {} : { kind }),
});

export function notFound(of: Named, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(of.group, of.plural)} "${name}" not found`, detailsOf(of, name));
}

/** No such path. */
export function unknownPath(): ApiError {
  return new ApiError(404, undefined, '404 page not found\n', undefined, true);
}

export function alreadyExists(of: Named, name: string, deleting: boolean): ApiError {
  const message = `${deleting ? 'object is being deleted: ' : ''}${qualified(of.group, of.plural)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', message, detailsOf(of, name));
}

export function conflict(of: Named, name: string, why: string, kind = of.plural): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(of.group, kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(of, name, kind));
}

export function staleVersion(of: Named, name: string): ApiError {
  return conflict(
    of,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(of: Named, name: string, why: string, causes: Cause[]): ApiError {
  const message = `${qualified(of.group, of.plural)} "${name}" is forbidden: ${why}`;
  return new ApiError(403, 'Forbidden', message, {
    ...detailsOf(of, name),
    ...(causes.length === 0 ? {} : { causes }),
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 422 with all that is wrong; several causes stand in brackets. `kind` overrides the word that names the object. */
export function invalid(of: Named, name: string, causes: Cause[], kind = of.kind): ApiError {
  const lines = [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message}`))];
  const what = lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
  const message = `${qualified(of.group, kind)} "${name}" is invalid: ${what}`;
  return new ApiError(422, 'Invalid', message, { ...detailsOf(of, name, kind), causes });
}

/** 422 about the options of a request: `ListOptions`, `PatchOptions`, `DeleteOptions`. */
export function invalidOptions(kind: string, causes: Cause[]): ApiError {
  return invalid({ group: 'meta.k8s.io', plural: kind, kind }, '', causes);
}

/** What the server says to a JSON patch that does not fit, whatever the reason. */
export function patchRefused(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** A verb that the resource does not have; it is empty for HTTP methods that are no verb. */
export function notSupported(of: Named, verb: string): ApiError {
  const message = `${verb} is not supported on resources of kind "${qualified(of.group, of.plural)}"`;
  return new ApiError(405, 'MethodNotAllowed', message, detailsOf(of, ''));
}

/** A resource that a built-in group does not have; in a group of custom resources it is an unknown path. */
export function unknownResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function expired(message: string, listMeta: JsonObject = {}): ApiError {
  return new ApiError(410, 'Expired', message, undefined, false, listMeta);
}

/** The reasons of causes and the words that go before them. */
export const fieldInvalid = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${goValue(value)}: ${why}`,
  field,
});
export const fieldRequired = (field: string, why = ''): Cause => ({
  reason: 'FieldValueRequired',
  message: why === '' ? 'Required value' : `Required value: ${why}`,
  field,
});
export const fieldForbidden = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
export const fieldNotSupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${goValue(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  field,
});
export const fieldTooLong = (field: string, max: number): Cause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${max} bytes`,
  field,
});
export const fieldDuplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${goValue(value)}`,
  field,
});

/** A value inside a message. Go escapes <, > and & in the JSON of objects, not in texts. */
function goValue(value: unknown): string {
  const json = value === undefined ? 'null' : JSON.stringify(value);
  if (typeof value === 'string') return json;
  return json.replace(/[<>&]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
