/** The scale subresource: autoscaling/v1 Scale in front of a custom resource. */
import { isObject, valueAt, withMeta, withValue, type JsonObject, type KubeJson } from '../json.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { shown, type ScalePaths } from '../resource.ts';
import { badRequest, fieldInvalid, invalid, methodNotAllowed, unsupportedMediaType } from '../status.ts';
import { parseBody, parseJson } from './bodies.ts';
import { existing, managerOf, requireName, type ObjectContext } from './target.ts';
import { isDryRun, jsonAnswer, parseMediaTypes, type Answer, type ApiRequest } from './request.ts';
import type { ResourceRoute } from './route.ts';

export function scaleAnswer({ cluster, writer }: ObjectContext, route: ResourceRoute, request: ApiRequest): Answer {
  const { resource } = route;
  const paths = resource.scale;
  if (!paths) throw methodNotAllowed();
  const old = existing(cluster, requireName(route));
  const object = shown(resource, old.object);
  if (request.method === 'GET') return jsonAnswer(200, scaleOf(object, paths));
  const wanted = wantedScale(request, scaleOf(object, paths));
  const spec = isObject(wanted.spec) ? wanted.spec : {};
  const replicas = spec.replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(
      'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32',
    );
  }
  const meta = isObject(wanted.metadata) ? wanted.metadata : {};
  if (meta.name !== undefined && meta.name !== object.metadata.name) {
    const named = { group: 'autoscaling', plural: 'scales', kind: 'Scale' };
    throw invalid(named, object.metadata.name, [fieldInvalid('metadata.name', meta.name, 'field is immutable')]);
  }
  const version =
    typeof meta.resourceVersion === 'string' && meta.resourceVersion !== ''
      ? meta.resourceVersion
      : String(old.revision);
  const changed = withValue(object, paths.specReplicas, replicas) as KubeJson;
  const entry = writer.update(resource, old, withMeta(changed, { resourceVersion: version }), {
    dryRun: isDryRun(request),
    manager: managerOf(request, resource, 'scale', 'Update'),
    subresource: 'scale',
    isPut: false,
  });
  return jsonAnswer(200, scaleOf(shown(resource, entry.object), paths));
}

function wantedScale(request: ApiRequest, current: JsonObject): JsonObject {
  if (request.method === 'PUT') return asObject(parseBody(request, 'Scale'));
  if (request.method !== 'PATCH') throw methodNotAllowed();
  const type = parseMediaTypes(request.headers['content-type'])[0]?.type ?? '';
  const patch = parseJson(request.body.toString(), 'Scale');
  if (type === 'application/merge-patch+json') return asObject(mergePatch(current, patch));
  if (type === 'application/json-patch+json') return asObject(jsonPatch(current, patch));
  throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json']);
}

function asObject(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw badRequest('the object provided is unrecognized (must be of type Scale)');
}

function scaleOf(object: KubeJson, paths: ScalePaths): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelector && valueAt(object, paths.labelSelector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: valueAt(object, paths.specReplicas) ?? 0 },
    status: {
      replicas: valueAt(object, paths.statusReplicas) ?? 0,
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  };
}
