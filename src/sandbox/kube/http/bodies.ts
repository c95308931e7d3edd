/** Bodies of requests: JSON, YAML or protobuf, checked against the resource they are sent to. */
import { parse as parseYaml } from 'yaml';
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import { withDefaults } from '../schema/defaults.ts';
import { prune } from '../schema/prune.ts';
import { pruneMeta } from '../schema/meta-schema.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { ApiError, badRequest, unsupportedMediaType } from '../status.ts';
import { decodeProtobuf } from './protobuf.ts';
import { parseMediaTypes, type ApiRequest } from './request.ts';

/** The real server's limit for a request, bytes. */
export const MAX_BODY = 3 * 1024 * 1024;

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function tooLarge(): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY}`);
}

/** The body as a JSON value; `kind` names what it should be, for the message. */
export function parseBody(request: ApiRequest, kind: string): unknown {
  const type = parseMediaTypes(request.headers['content-type'])[0]?.type ?? 'application/json';
  switch (type) {
    case 'application/yaml':
      return parseYamlBody(request.body.toString());
    case 'application/vnd.kubernetes.protobuf':
      return decodeProtobuf(request.body);
    case 'application/json':
    case '*/*':
      return parseJson(request.body.toString(), kind);
    default:
      throw unsupportedMediaType(ACCEPTED);
  }
}

export function parseJson(text: string, kind: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = goJsonError(text, error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${text.slice(0, 1024)})`,
    );
  }
}

export function parseYamlBody(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
}

function goJsonError(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/end of JSON input|Unterminated/.test(message) || text.trim() === '') return 'unexpected end of JSON input';
  const token = /Unexpected token '?(.)'?/.exec(message)?.[1];
  return token === undefined ? message : `invalid character '${token}' looking for beginning of value`;
}

/** The body as an object of `resource`; a built-in kind may leave its apiVersion and kind away. */
export function bodyObject(body: unknown, resource: Resource): KubeJson {
  if (!isObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
  const expected = apiVersionOf(resource);
  if (resource.custom) {
    if (typeof body.kind !== 'string' || body.kind === '') throw missing('Kind', body);
    if (typeof body.apiVersion !== 'string' || body.apiVersion === '') throw missing('apiVersion', body);
  }
  const apiVersion = body.apiVersion ?? expected;
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  const kind = body.kind ?? resource.kind;
  if (kind !== resource.kind) {
    throw badRequest(`${String(kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}: ` + `wrong kind`);
  }
  const metadata = isObject(body.metadata) ? body.metadata : {};
  return { ...body, apiVersion, kind, metadata: { ...metadata } } as unknown as KubeJson;
}

function missing(what: string, body: JsonObject): ApiError {
  return badRequest(`Object '${what}' is missing in '${JSON.stringify(body)}'`);
}

/** The object as it may go into the store: without unknown fields and with its defaults. */
export function admit(object: KubeJson, resource: Resource, request: ApiRequest): KubeJson {
  return withDefaults(withoutUnknown(object, resource, request), resource.schema);
}

/** Refuses, warns of or says nothing about unknown fields, as `fieldValidation` asks; Warn is the server's default. */
export function withoutUnknown(object: KubeJson, resource: Resource, request: ApiRequest): KubeJson {
  const unknown: string[] = [];
  const kept = prune(pruneMeta(object, unknown), resource.schema, unknown);
  if (unknown.length === 0) return kept;
  const words = unknown.sort().map((path) => `unknown field "${path}"`);
  const mode = request.query.get('fieldValidation');
  if (mode === 'Strict') {
    const { kind, version } = resource;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${words.join(', ')}`,
    );
  }
  if (mode !== 'Ignore') request.warnings.push(...words);
  return kept;
}
