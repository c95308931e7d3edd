/** The verbs on objects: what a request to a resource does. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import { apiVersionOf, shown, type Resource } from '../resource.ts';
import {
  ApiError,
  badRequest,
  fieldInvalid,
  fieldNotSupported,
  invalidOptions,
  notFound,
  notSupported,
  unknownPath,
} from '../status.ts';
import { storeKey } from '../storage/cluster.ts';
import { selection } from '../storage/selectors.ts';
import type { Entry } from '../storage/store.ts';
import { requestDeletion, type DeleteOptions } from '../storage/deletion.ts';
import type { UpdateOptions } from '../storage/writer.ts';
import { admit, bodyObject, parseBody } from './bodies.ts';
import { patchedObject } from './patches.ts';
import { readAnswer } from './reads.ts';
import { isDryRun, jsonAnswer, type Answer, type ApiRequest, type StreamAnswer } from './request.ts';
import type { ResourceRoute } from './route.ts';
import { checkWriteOptions } from './write-options.ts';
import { scaleAnswer } from './scale.ts';
import { entryAnswer } from './representation.ts';
import { existing, managerOf, requireName, type NamedRoute, type ObjectContext } from './target.ts';

/** Answers one request to a resource. Throws ApiError. */
export async function objectAnswer(
  context: ObjectContext,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Answer | StreamAnswer> {
  const { resource, name, subresource } = route;
  if (subresource === 'scale' && resource.scale) return scaleAnswer(context, route, request);
  if (!hasSubresource(resource, subresource)) throw notFound(resource, name ?? '');
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return readAnswer(context.cluster, route, request);
    case 'POST':
      if (name !== undefined) throw notSupported(resource, 'create');
      return create(context, route, request);
    case 'PUT':
      return update(context, requireName(route), request);
    case 'PATCH':
      return patch(context, requireName(route), request);
    case 'DELETE':
      if (subresource !== '') throw notSupported(resource, 'delete');
      return name === undefined
        ? deleteCollection(context, route, request)
        : deleteOne(context, requireName(route), request);
    default:
      throw notSupported(resource, '');
  }
}

function hasSubresource(resource: Resource, subresource: string): boolean {
  if (subresource === '') return true;
  return subresource === 'status' ? resource.status : subresource === 'finalize' && resource.storage === 'namespaces';
}

function create(
  { cluster, writer }: ObjectContext,
  { resource, namespace }: ResourceRoute,
  request: ApiRequest,
): Answer {
  if (resource.namespaced && namespace === undefined) throw unknownPath();
  checkWriteOptions('CreateOptions', request);
  const object = bodyObject(parseBody(request, resource.kind), resource);
  checkNamespace(object, namespace);
  const admitted = { ...admit(object, resource, request) };
  if (resource.status && resource.custom) Reflect.deleteProperty(admitted, 'status');
  const manager = managerOf(request, resource, '', 'Update');
  const entry = writer.create(resource, namespace, admitted, { dryRun: isDryRun(request), manager });
  return entryAnswer(cluster, resource, entry, request, 201, isDryRun(request));
}

function update({ cluster, writer }: ObjectContext, route: NamedRoute, request: ApiRequest): Answer {
  const { resource, namespace, name, subresource } = route;
  checkWriteOptions('UpdateOptions', request);
  const object = bodyObject(parseBody(request, resource.kind), resource);
  checkNamespace(object, namespace);
  checkName(object, name);
  const old = existing(cluster, route);
  const options: UpdateOptions = {
    dryRun: isDryRun(request),
    manager: managerOf(request, resource, subresource, 'Update'),
    isPut: true,
    subresource: subresource as UpdateOptions['subresource'],
  };
  const kept = object.metadata.managedFields === undefined ? withOwners(object, old, resource) : object;
  const entry = writer.update(resource, old, admit(kept, resource, request), options);
  return entryAnswer(cluster, resource, entry, request, 200);
}

/** A client that does not send managedFields keeps those that are there. */
function withOwners(object: KubeJson, old: Entry, resource: Resource): KubeJson {
  const { managedFields } = shown(resource, old.object).metadata;
  if (managedFields !== undefined) object.metadata.managedFields = managedFields;
  return object;
}

function patch({ cluster, writer }: ObjectContext, route: NamedRoute, request: ApiRequest): Answer {
  const { resource, namespace, name, subresource } = route;
  const old = cluster.store(resource).get(storeKey(namespace, name));
  const isApply = (request.headers['content-type'] ?? '').startsWith('application/apply-patch');
  const manager = managerOf(request, resource, subresource, isApply ? 'Apply' : 'Update');
  checkWriteOptions('PatchOptions', request, isApply);
  if (!old && !(isApply && subresource === '')) throw notFound(resource, name);
  const object = admit(patchedObject(request, route, old, manager, cluster.timestamp()), resource, request);
  checkNamespace(object, namespace);
  checkName(object, name);
  const options = { isPut: false, dryRun: isDryRun(request), manager: isApply ? undefined : manager };
  if (!old) {
    const made = writer.create(resource, namespace, object, options);
    return entryAnswer(cluster, resource, made, request, 201, options.dryRun);
  }
  const sub = subresource as UpdateOptions['subresource'];
  return entryAnswer(
    cluster,
    resource,
    writer.update(resource, old, object, { ...options, subresource: sub }),
    request,
    200,
  );
}

function checkNamespace(object: KubeJson, namespace: string | undefined): void {
  const given = object.metadata.namespace;
  if (given === undefined || given === '' || given === namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function checkName(object: KubeJson, name: string): void {
  const given = object.metadata.name;
  // JSON patches can take all metadata away
  if ((given as string | undefined) === undefined || given === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (given === name) return;
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

function deleteOne(context: ObjectContext, route: NamedRoute, request: ApiRequest): Answer {
  const { resource, name } = route;
  const options = deleteOptions(request);
  const { gone, entry } = requestDeletion(context.cluster, resource, existing(context.cluster, route), options);
  if (!gone) return entryAnswer(context.cluster, resource, entry, request, 200);
  const { group } = resource;
  const details = { name, ...(group === '' ? {} : { group }), kind: resource.plural, uid: entry.object.metadata.uid };
  return jsonAnswer(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function deleteCollection(context: ObjectContext, { resource, namespace }: ResourceRoute, request: ApiRequest): Answer {
  const { cluster } = context;
  const selects = selection(resource, request.query.get('labelSelector'), request.query.get('fieldSelector'));
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const options = { ...deleteOptions(request), uid: undefined, resourceVersion: undefined };
  const entries = cluster
    .store(resource)
    .entries()
    .filter((entry) => entry.key.startsWith(prefix) && (!selects || selects(shown(resource, entry.object))));
  const items = entries.map((entry) =>
    shown(resource, requestDeletion(cluster, resource, entry, options).entry.object),
  );
  const metadata = { resourceVersion: String(cluster.revisions.current) };
  return jsonAnswer(200, { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items });
}

function parseDeleteOptions(request: ApiRequest): unknown {
  try {
    return parseBody(request, 'DeleteOptions');
  } catch (error) {
    // the real server leaves the frame of the message away here
    if (error instanceof ApiError && error.code === 400)
      throw badRequest(error.message.replace(/^the object.*?\): (.*) \(.*\)$/s, '$1'));
    throw error;
  }
}

const POLICIES = ['Background', 'Foreground', 'Orphan'] as const;

function deleteOptions(request: ApiRequest): DeleteOptions {
  checkWriteOptions('DeleteOptions', request);
  const body: unknown = request.body.length === 0 ? {} : parseDeleteOptions(request);
  const given: JsonObject = isObject(body) ? body : {};
  const preconditions = isObject(given.preconditions) ? given.preconditions : {};
  const policy = given.propagationPolicy ?? request.query.get('propagationPolicy') ?? 'Background';
  const propagation = POLICIES.find((known) => known === policy);
  if (!propagation) {
    const known = ['Foreground', 'Background', 'Orphan', 'nil'];
    throw invalidOptions('DeleteOptions', [fieldNotSupported('propagationPolicy', policy, known)]);
  }
  const dryRun = isDryRun(request) || (Array.isArray(given.dryRun) && given.dryRun.includes('All'));
  const orphan = given.orphanDependents === true;
  if (given.orphanDependents !== undefined && given.propagationPolicy !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalidOptions('DeleteOptions', [fieldInvalid('propagationPolicy', policy, why)]);
  }
  return {
    dryRun,
    uid: typeof preconditions.uid === 'string' ? preconditions.uid : undefined,
    resourceVersion: typeof preconditions.resourceVersion === 'string' ? preconditions.resourceVersion : undefined,
    propagation: orphan ? 'Orphan' : propagation,
  };
}
