/** Bodies of requests: JSON, YAML or protobuf, checked against the resource they are sent to. */
import { parse as parseYaml } from 'yaml';
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import { withDefaults } from '../schema/defaults.ts';
import { prune } from '../schema/prune.ts';
import { requireGoTypes } from '../schema/decode.ts';
import { pruneMeta } from '../schema/meta-schema.ts';
import { STANDARD_FINALIZERS } from '../schema/metadata.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { ApiError, badRequest, fieldInvalid, invalid, unsupportedMediaType } from '../status.ts';
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
  const text = (): string => request.body.toString();
  switch (type) {
    case 'application/yaml':
      return parseYamlBody(text(), kind);
    case 'application/vnd.kubernetes.protobuf':
      return decodeProtobuf(request.body);
    case 'application/json':
    case '*/*':
      return parseJson(text(), kind);
    default:
      throw unsupportedMediaType(ACCEPTED);
  }
}

export function parseJson(text: string, kind: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${goJsonError(text, error)}`, text);
  }
}

function parseYamlBody(text: string, kind: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw unrecognized(kind, `yaml: ${why}`, text);
  }
}

/** 400 for a body that is no object of a kind, with its beginning: as text if it looks like an object, else in hexadecimal. */
function unrecognized(kind: string, why: string, text: string): ApiError {
  const isLong = text.length > 30;
  const excerpt = text.startsWith('{') ? text.slice(0, 30) : Buffer.from(text).subarray(0, 30).toString('hex');
  const shown = text === '' ? '<empty>' : `${excerpt}${isLong ? ' ...' : ''}`;
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${shown})`);
}

function goJsonError(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/end of JSON input|Unterminated/.test(message) || text.trim() === '') return 'unexpected end of JSON input';
  const at = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
  const what = message.startsWith('Expected property name') ? 'object key string' : 'value';
  return `invalid character '${text[at] ?? ''}' looking for beginning of ${what}`;
}

/** The body as an object of `resource`; a built-in kind may leave its apiVersion and kind away. */
export function bodyObject(body: unknown, resource: Resource): KubeJson {
  if (!isObject(body)) throw unrecognized(resource.kind, notAnObject(body), JSON.stringify(body));
  const expected = apiVersionOf(resource);
  if (resource.custom && (typeof body.kind !== 'string' || body.kind === '')) {
    const text = JSON.stringify(body);
    throw unrecognized(resource.kind, `Object 'Kind' is missing in '${text}'`, text);
  }
  const apiVersion = resource.custom ? textOf(body.apiVersion, '') : textOf(body.apiVersion, expected);
  if (apiVersion !== expected) throw wrongVersion(apiVersion, expected, resource, body.kind);
  const kind = (body.kind ?? '') === '' ? resource.kind : body.kind;
  if (kind !== resource.kind && !resource.custom) {
    throw badRequest(
      `${String(kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}: converting (v1.${String(kind)}) to (core.${resource.kind}): unknown conversion`,
    );
  }
  return withIdentity(body, resource);
}

/** A text, or the fallback for what is empty or none. */
function textOf(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

function notAnObject(body: unknown): string {
  if (body === null) return `Object 'Kind' is missing in 'null'`;
  const found = Array.isArray(body) ? 'array' : typeof body;
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
}

function wrongVersion(found: string, expected: string, resource: Resource, kind: unknown): ApiError {
  if (!resource.custom && kind === resource.kind) {
    return badRequest(
      `${resource.kind} in version "${found}" cannot be handled as a ${resource.kind}: no kind "${resource.kind}" is registered for version "${found}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  return badRequest(`the API version in the data (${found}) does not match the expected API version (${expected})`);
}

/** The object with apiVersion, kind and metadata in their place. Throws 422 for another kind, 400 for metadata that is none. */
export function withIdentity(object: JsonObject, resource: Resource): KubeJson {
  const metadata = object.metadata ?? {};
  if (!isObject(metadata)) {
    const found = Array.isArray(metadata) ? 'array' : typeof metadata;
    const { kind, version } = resource;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${found} into Go value of type v1.ObjectMeta`,
    );
  }
  const apiVersion = (object.apiVersion ?? '') === '' ? apiVersionOf(resource) : String(object.apiVersion);
  const kind = (object.kind ?? '') === '' ? resource.kind : String(object.kind);
  const causes = [
    ...(kind === resource.kind ? [] : [fieldInvalid('kind', kind, `must be ${resource.kind}`)]),
    ...(apiVersion === apiVersionOf(resource)
      ? []
      : [fieldInvalid('apiVersion', apiVersion, `must be ${apiVersionOf(resource)}`)]),
  ];
  if (causes.length > 0) {
    const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    throw invalid(
      { group, plural: resource.plural, kind },
      typeof metadata.name === 'string' ? metadata.name : '',
      causes,
    );
  }
  return { ...object, apiVersion, kind, metadata: { ...metadata } } as unknown as KubeJson;
}

/** The object as it may go into the store: without unknown fields and with its defaults. */
export function admit(object: KubeJson, resource: Resource, request: ApiRequest): KubeJson {
  return withDefaults(withoutUnknown(object, resource, request), resource.schema);
}

/** A body is a bad request, the result of a patch an invalid one: with the whole object in the message, as the real server has it. */
function strictFault(request: ApiRequest, object: KubeJson, resource: Resource, why: string): ApiError {
  if (request.method === 'PATCH') {
    const cause = fieldInvalid('patch', JSON.stringify(object), why);
    return invalid({ group: '', plural: '', kind: '' }, '', [cause]);
  }
  const { kind, version } = resource;
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

function finalizerWarnings(object: KubeJson): string[] {
  return (object.metadata.finalizers ?? [])
    .filter((name) => !name.includes('/') && !STANDARD_FINALIZERS.has(name))
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );
}

/** Refuses, warns of or says nothing about unknown fields, as `fieldValidation` asks; Warn is the server's default. */
function withoutUnknown(object: KubeJson, resource: Resource, request: ApiRequest): KubeJson {
  const unknown: string[] = [];
  const kept = prune(pruneMeta(object, unknown), resource.schema, unknown);
  if (!resource.custom) requireGoTypes(kept, resource);
  else request.warnings.push(...finalizerWarnings(kept));
  if (unknown.length === 0) return kept;
  const words = unknown.sort().map((path) => `unknown field "${path}"`);
  const mode = request.query.get('fieldValidation');
  if (mode === 'Strict') throw strictFault(request, object, resource, `strict decoding error: ${words.join(', ')}`);
  if (mode !== 'Ignore') request.warnings.push(...words);
  return kept;
}
