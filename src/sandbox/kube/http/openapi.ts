/** OpenAPI v3: what `kubectl explain` shows, and by which kubectl learns that it may ask for strict validation. */
import { OBJECT_META } from '../schema/meta-schema.ts';
import type { SchemaNode } from '../schema/schema.ts';
import type { JsonObject } from '../json.ts';
import type { Resource } from '../resource.ts';
import { unknownPath } from '../status.ts';
import type { Cluster } from '../storage/cluster.ts';
import { groupVersions, hash, VERSION_INFO } from './discovery.ts';
import { META, operationPaths, schemaRef } from './openapi-paths.ts';
import { jsonAnswer, type Answer, type ApiRequest } from './request.ts';

const PREFIX = '/openapi/v3';

interface Document {
  text: string;
  etag: string;
}

export class OpenApi {
  readonly #cluster: Cluster;
  #documents = new Map<string, Document>();
  #madeFor = -1;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The answer to a request below /openapi, or undefined when the path is none. */
  answer(request: ApiRequest): Answer | undefined {
    if (!request.path.startsWith('/openapi/')) return undefined;
    if (request.method !== 'GET' || !request.path.startsWith(PREFIX)) throw unknownPath();
    const documents = this.#current();
    const path = request.path.slice(PREFIX.length).replace(/^\//, '');
    if (path === '') return indexAnswer(documents);
    const document = documents.get(path);
    if (!document) throw unknownPath();
    return { status: 200, text: document.text, headers: { etag: `"${document.etag}"`, vary: 'Accept' } };
  }

  /** Made anew only after a CRD came, went or changed. */
  #current(): Map<string, Document> {
    if (this.#madeFor !== this.#cluster.schemaVersion) {
      this.#madeFor = this.#cluster.schemaVersion;
      this.#documents = new Map();
      for (const [group, versions] of groupVersions(this.#cluster)) {
        for (const version of versions) this.#add(group, version);
      }
    }
    return this.#documents;
  }

  #add(group: string, version: string): void {
    const resources = this.#cluster.resources().filter((one) => one.group === group && one.version === version);
    const text = JSON.stringify(documentOf(resources));
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    this.#documents.set(path, { text, etag: hash(text).toUpperCase() });
  }
}

function indexAnswer(documents: Map<string, Document>): Answer {
  const paths = Object.fromEntries(
    [...documents].map(([path, { etag }]) => [path, { serverRelativeURL: `${PREFIX}/${path}?hash=${etag}` }]),
  );
  return { ...jsonAnswer(200, { paths }), contentType: 'text/plain; charset=utf-8' };
}

function documentOf(resources: Resource[]): object {
  const schemas: JsonObject = commonSchemas();
  for (const resource of resources) {
    const name = schemaName(resource);
    schemas[name] = objectSchema(resource);
    schemas[`${name}List`] = listSchema(resource, name);
  }
  return {
    openapi: '3.0.0',
    info: { title: 'EHOS sandbox', version: VERSION_INFO.gitVersion },
    paths: Object.assign({}, ...resources.map((resource) => operationPaths(resource, schemaName(resource)))) as object,
    components: { schemas },
  };
}

/** `io.ehos.v1alpha1.EhosNode`; core kinds stand where the real server has them, since tools know those names. */
function schemaName({ group, version, kind, custom }: Resource): string {
  if (!custom) return `io.k8s.api.${group === '' ? 'core' : (group.split('.')[0] ?? group)}.${version}.${kind}`;
  return [...group.split('.').reverse(), version, kind].join('.');
}

const COMMON: Record<string, SchemaNode> = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
};

function objectSchema(resource: Resource): JsonObject {
  const { group, version, kind, schema } = resource;
  const metadata = {
    description:
      "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    allOf: [schemaRef(`${META}.ObjectMeta`)],
  };
  return {
    ...schema,
    properties: { ...COMMON, ...schema.properties, metadata },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
    ...(resource.custom && resource.selectable.size > 0
      ? { 'x-kubernetes-selectable-fields': [...resource.selectable.keys()].map((fieldPath) => ({ fieldPath })) }
      : {}),
  };
}

function listSchema(resource: Resource, name: string): JsonObject {
  const { group, version, kind, listKind, plural } = resource;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...COMMON,
      items: { description: `List of ${plural}.`, type: 'array', items: schemaRef(name) },
      metadata: { description: 'Standard list metadata.', allOf: [schemaRef(`${META}.ListMeta`)] },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  };
}

function commonSchemas(): JsonObject {
  const text = { type: 'string' };
  return {
    [`${META}.ObjectMeta`]: OBJECT_META,
    [`${META}.ListMeta`]: {
      type: 'object',
      properties: {
        continue: text,
        remainingItemCount: { type: 'integer', format: 'int64' },
        resourceVersion: text,
        selfLink: text,
      },
    },
    [`${META}.DeleteOptions`]: {
      type: 'object',
      properties: {
        ...COMMON,
        dryRun: { type: 'array', items: text },
        gracePeriodSeconds: { type: 'integer', format: 'int64' },
        orphanDependents: { type: 'boolean' },
        preconditions: { type: 'object', properties: { resourceVersion: text, uid: text } },
        propagationPolicy: text,
      },
    },
    [`${META}.Patch`]: { type: 'object', description: 'A patch, in the form that its media type says.' },
    [`${META}.Status`]: {
      type: 'object',
      properties: {
        ...COMMON,
        code: { type: 'integer', format: 'int32' },
        message: text,
        reason: text,
        status: text,
        details: { type: 'object' },
      },
    },
    'io.k8s.api.autoscaling.v1.Scale': {
      type: 'object',
      description: 'Scale represents a scaling request for a resource.',
      properties: {
        ...COMMON,
        metadata: { allOf: [schemaRef(`${META}.ObjectMeta`)] },
        spec: { type: 'object', properties: { replicas: { type: 'integer', format: 'int32' } } },
        status: { type: 'object', properties: { replicas: { type: 'integer', format: 'int32' }, selector: text } },
      },
      'x-kubernetes-group-version-kind': [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }],
    },
  };
}
