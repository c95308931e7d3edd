/** The paths of a resource in OpenAPI: kubectl looks here for what a verb accepts. */
import type { JsonObject } from '../json.ts';
import { apiVersionOf, type Resource } from '../resource.ts';

export const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

const query = (name: string, type: string, description: string): JsonObject => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});

const DRY_RUN = query('dryRun', 'string', 'All: the request is checked and nothing is stored.');
const FIELD_MANAGER = query('fieldManager', 'string', 'Name of the actor that makes the change. Required for apply.');
const FIELD_VALIDATION = query('fieldValidation', 'string', 'What to do about unknown fields: Ignore, Warn or Strict.');
const FORCE = query('force', 'boolean', 'Take over fields that others own. For apply only.');
const WRITE = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const DELETE = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'Seconds until the object goes.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
];
const LIST = [
  query('allowWatchBookmarks', 'boolean', 'Whether bookmarks are wanted.'),
  query('continue', 'string', 'The token of the page before.'),
  query('fieldSelector', 'string', 'Selects by fields.'),
  query('labelSelector', 'string', 'Selects by labels.'),
  query('limit', 'integer', 'Most objects in one answer.'),
  query('resourceVersion', 'string', 'The version to read or to watch from.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant.'),
  query('sendInitialEvents', 'boolean', 'Whether a watch begins with what is there.'),
  query('timeoutSeconds', 'integer', 'When the call ends.'),
  query('watch', 'boolean', 'Whether to watch.'),
];

interface Operation {
  action: string;
  takes?: JsonObject;
  gives: string;
  parameters: JsonObject[];
}

/** The paths of one resource; `name` is that of its schema. */
export function operationPaths(resource: Resource, name: string): JsonObject {
  const root = `/${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`;
  const collection = `${root}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}`;
  const one = `${collection}/{name}`;
  const paths: JsonObject = {
    [collection]: collectionItem(resource, name),
    [one]: objectItem(resource, name),
  };
  if (resource.status) paths[`${one}/status`] = subresourceItem(resource, name, resource.kind);
  if (resource.scale) paths[`${one}/scale`] = subresourceItem(resource, 'io.k8s.api.autoscaling.v1.Scale', 'Scale');
  if (resource.namespaced) {
    paths[`${root}/${resource.plural}`] = {
      get: operation(resource, { action: 'list', gives: `${name}List`, parameters: [] }),
      parameters: LIST,
    };
  }
  return paths;
}

function collectionItem(resource: Resource, name: string): JsonObject {
  return {
    get: operation(resource, { action: 'list', gives: `${name}List`, parameters: LIST }),
    post: operation(resource, { action: 'post', takes: json(name), gives: name, parameters: WRITE }),
    ...(resource.verbs.includes('deletecollection')
      ? {
          delete: operation(resource, {
            action: 'deletecollection',
            gives: `${META}.Status`,
            parameters: [...DELETE, ...LIST],
          }),
        }
      : {}),
    ...(resource.namespaced ? { parameters: [inPath('namespace')] } : {}),
  };
}

function objectItem(resource: Resource, name: string): JsonObject {
  return {
    get: operation(resource, { action: 'get', gives: name, parameters: [] }),
    put: operation(resource, { action: 'put', takes: json(name), gives: name, parameters: WRITE }),
    patch: operation(resource, {
      action: 'patch',
      takes: patches(resource),
      gives: name,
      parameters: [...WRITE, FORCE],
    }),
    delete: operation(resource, {
      action: 'delete',
      takes: json(`${META}.DeleteOptions`),
      gives: `${META}.Status`,
      parameters: DELETE,
    }),
    parameters: pathParameters(resource),
  };
}

function subresourceItem(resource: Resource, schema: string, kind: string): JsonObject {
  const of = { ...resource, kind, ...(kind === 'Scale' ? { group: 'autoscaling', version: 'v1' } : {}) };
  return {
    get: operation(of, { action: 'get', gives: schema, parameters: [] }),
    put: operation(of, { action: 'put', takes: json(schema), gives: schema, parameters: WRITE }),
    patch: operation(of, { action: 'patch', takes: patches(resource), gives: schema, parameters: [...WRITE, FORCE] }),
    parameters: pathParameters(resource),
  };
}

const json = (name: string): JsonObject => ({ 'application/json': { schema: schemaRef(name) } });

function patches(resource: Resource): JsonObject {
  const types = [
    'apply-patch+yaml',
    'json-patch+json',
    'merge-patch+json',
    ...(resource.custom ? [] : ['strategic-merge-patch+json']),
  ];
  return Object.fromEntries(types.map((type) => [`application/${type}`, { schema: schemaRef(`${META}.Patch`) }]));
}

const inPath = (name: string): JsonObject => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', uniqueItems: true },
});
const pathParameters = (resource: Resource): JsonObject[] => [
  inPath('name'),
  ...(resource.namespaced ? [inPath('namespace')] : []),
];

function operation(
  resource: Pick<Resource, 'group' | 'version' | 'kind'>,
  { action, takes, gives, parameters }: Operation,
): JsonObject {
  const { group, version, kind } = resource;
  return {
    description: `${action} ${kind}`,
    parameters,
    ...(takes ? { requestBody: { content: takes, required: action !== 'delete' } } : {}),
    responses: { '200': { description: 'OK', content: json(gives) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
