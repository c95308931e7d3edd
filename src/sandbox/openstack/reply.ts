/** What goes back over HTTP, and the error bodies of each service (each has its own form). */

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Thrown by a handler to answer with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(readonly reply: Reply) {
    super(`HTTP ${reply.status}`);
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: '' };
}

/** webob's HTML error page: Glance for everything, Nova and Cinder for paths that do not exist. */
export function htmlError(status: number, title: string, text: string, headers: Record<string, string> = {}): Reply {
  const body = `<html>\n <head>\n  <title>${status} ${title}</title>\n </head>\n <body>\n  <h1>${status} ${title}</h1>\n  ${text}<br /><br />\n\n\n\n </body>\n</html>`;
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8', ...headers }, body };
}

export function htmlNotFound(): Reply {
  return htmlError(404, 'Not Found', 'The resource could not be found.');
}

const NOVA_KINDS: Record<number, string> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  406: 'computeFault',
  409: 'conflictingRequest',
  500: 'computeFault',
};

/** `{"badRequest": {"code": 400, "message": ...}}`; unlike its other answers Nova names the charset here. */
export function novaError(status: number, message: string): ApiError {
  const kind = NOVA_KINDS[status] ?? 'computeFault';
  return new ApiError(
    json(status, { [kind]: { code: status, message } }, { 'content-type': 'application/json; charset=UTF-8' }),
  );
}

/** Cinder's errors look like Nova's, but without a charset; over quota is 413 (measured). */
export function cinderError(status: number, message: string): ApiError {
  if (status === 413) {
    return new ApiError(json(413, { overLimit: { code: 413, message, retryAfter: '0' } }, { 'retry-after': '0' }));
  }
  const kind = NOVA_KINDS[status] ?? 'computeFault';
  return new ApiError(json(status, { [kind]: { code: status, message } }));
}

export function neutronError(status: number, type: string, message: string): ApiError {
  return new ApiError(json(status, { NeutronError: { type, message, detail: '' } }));
}

const KEYSTONE_TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};

export function keystoneError(status: number, message: string, extra: Record<string, unknown> = {}): ApiError {
  return new ApiError(
    json(status, { error: { code: status, ...extra, message, title: KEYSTONE_TITLES[status] ?? '' } }),
  );
}

/** What keystonemiddleware answers in Nova, Neutron and Cinder for a missing, bad or expired token. */
export function middlewareUnauthorized(keystoneUri: string): Reply {
  const error = { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' };
  return json(401, { error }, { 'www-authenticate': `Keystone uri="${keystoneUri}"` });
}
