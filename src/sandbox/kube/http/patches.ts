/** What a PATCH makes of an object, by the patch's media type. */
import { parse as parseYaml } from 'yaml';
import { messageOf } from '../../../base/errors.ts';
import { isObject, withMeta, type JsonObject, type KubeJson } from '../json.ts';
import { applyConfig } from '../patch/apply.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { ownedSchema, type Manager } from '../patch/ownership.ts';
import { strategicPatch } from '../patch/strategic.ts';
import { apiVersionOf, shown, type Resource } from '../resource.ts';
import { ApiError, badRequest, conflict, notFound, unsupportedMediaType } from '../status.ts';
import { pruneMeta } from '../schema/meta-schema.ts';
import { prune } from '../schema/prune.ts';
import type { Entry } from '../storage/store.ts';
import { bodyObject, withIdentity } from './bodies.ts';
import { parseMediaTypes, type ApiRequest } from './request.ts';
import type { NamedRoute } from './target.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

/** The object after the patch: a copy, the caller's own. `old` is undefined only where an apply creates. */
export function patchedObject(
  request: ApiRequest,
  route: NamedRoute,
  old: Entry | undefined,
  manager: Manager,
  time: string,
): KubeJson {
  const { resource } = route;
  const type = parseMediaTypes(request.headers['content-type'])[0]?.type ?? '';
  if (type === APPLY_PATCH || type === 'application/apply-patch+json')
    return applied(request, route, old, manager, time);
  if (!old) throw notFound(resource, route.name);
  const live = shown(resource, old.object);
  const body = parsePatch(request);
  const patched = patchedBy(type, live, body, resource);
  if (!isObject(patched)) throw badRequest('the patch leaves no object');
  return withIdentity(patched, resource);
}

function patchedBy(type: string, live: KubeJson, body: unknown, resource: Resource): unknown {
  switch (type) {
    case JSON_PATCH:
      return jsonPatch(live, body);
    case MERGE_PATCH:
      if (!isObject(body))
        throw badRequest(
          'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
        );
      return mergePatch(live, body);
    case STRATEGIC_PATCH:
      if (!resource.custom) return strategicPatch(live, body, ownedSchema(resource.schema));
  }
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(resource.custom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH];
  throw unsupportedMediaType(accepted);
}

function parsePatch(request: ApiRequest): unknown {
  try {
    return JSON.parse(request.body.toString());
  } catch {
    throw badRequest('invalid JSON patch');
  }
}

function applied(
  request: ApiRequest,
  route: NamedRoute,
  old: Entry | undefined,
  manager: Manager,
  time: string,
): KubeJson {
  const { resource, name, namespace } = route;
  const given = bodyObject(parseApply(request), resource);
  if (given.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  if (!given.metadata.name) given.metadata.name = name;
  if (given.metadata.name !== name) {
    throw badRequest(`the name of the object (${given.metadata.name}) does not match the name on the URL (${name})`);
  }
  requireKnown(given, resource);
  const config = given;
  const apiVersion = apiVersionOf(resource);
  const live = old ? shown(resource, old.object) : emptyObject(apiVersion, resource.kind, name, namespace);
  checkApplied(resource, name, config, old);
  const { subresource } = route;
  const part = subresource === 'status' ? statusPart(config) : config;
  return applyConfig(live, withMeta(part, { resourceVersion: undefined, uid: undefined }), resource.schema, manager, {
    force: request.query.get('force') === 'true',
    time,
  });
}

/** Throws 400 for what is no object of a kind. */
function parseApply(request: ApiRequest): JsonObject {
  let value: unknown;
  try {
    value = parseYaml(request.body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: error converting YAML to JSON: yaml: ${messageOf(error)}`);
  }
  if (!isObject(value) || !value.kind || !value.apiVersion) throw badRequest('invalid object type: /, Kind=');
  return value;
}

/** An apply knows no pruning: the server answers 500 without a reason for a field that the schema does not name. */
function requireKnown(config: KubeJson, resource: Resource): void {
  const unknown: string[] = [];
  prune(pruneMeta(config, unknown), resource.schema, unknown);
  if (unknown.length === 0) return;
  const { namespace = '', name } = config.metadata;
  const what = `${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  const why = unknown.map((path) => `.${path}: field not declared in schema`).join('\n');
  throw new ApiError(
    500,
    undefined,
    `failed to create typed patch object (${what}): ${unknown.length === 1 ? why : `errors:\n  ${why.replaceAll('\n', '\n  ')}`}`,
  );
}

/** The status subresource takes nothing but the status. */
function statusPart(config: KubeJson): KubeJson {
  const { apiVersion, kind, metadata, status } = config;
  return { apiVersion, kind, metadata: { name: metadata.name }, ...(status === undefined ? {} : { status }) };
}

/** A uid or resourceVersion in an applied configuration is a precondition. */
function checkApplied(resource: Resource, name: string, config: KubeJson, old: Entry | undefined): void {
  const { uid, resourceVersion } = config.metadata;
  if (old && resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== String(old.revision)) {
    throw conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
  if (uid !== undefined && uid !== '' && uid !== old?.object.metadata.uid) {
    throw conflict(
      resource,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
}

function emptyObject(apiVersion: string, kind: string, name: string, namespace: string | undefined): KubeJson {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}
