/** GET: one object, a list, or a watch. */
import { apiVersionOf, shown, type Resource } from '../resource.ts';
import { badRequest } from '../status.ts';
import { storeKey, type Cluster } from '../storage/cluster.ts';
import { listPage, type ListPage } from '../storage/lists.ts';
import { selection, type Predicate } from '../storage/selectors.ts';
import { checkWatchQuery, Watcher, wholeObjects, type Rendering, type WatchQuery } from '../storage/watcher.ts';
import { notFound } from '../status.ts';
import { metadataOnly, table } from '../views/table.ts';
import { entryAnswer, formOf, includeObjectOf, type Form } from './representation.ts';
import type { Answer, ApiRequest, StreamAnswer } from './request.ts';
import type { ResourceRoute } from './route.ts';

export async function readAnswer(
  cluster: Cluster,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<Answer | StreamAnswer> {
  const { resource, namespace, name } = route;
  if (name !== undefined) {
    const entry = cluster.store(resource).get(storeKey(namespace, name));
    if (!entry) throw notFound(resource, name);
    return entryAnswer(cluster, resource, entry, request, 200);
  }
  const { query } = request;
  const selects = selection(resource, query.get('labelSelector'), query.get('fieldSelector'));
  if (isTrue(query.get('watch'))) return watchAnswer(cluster, route, request, selects);
  const page = await listPage(
    cluster,
    resource,
    {
      namespace,
      name,
      limit: numberOf(query.get('limit')) ?? 0,
      continueToken: query.get('continue'),
      resourceVersion: query.get('resourceVersion'),
      resourceVersionMatch: query.get('resourceVersionMatch'),
      sendInitialEvents: query.has('sendInitialEvents'),
    },
    selects,
  );
  return { status: 200, text: listText(cluster, resource, page, formOf(request), request) };
}

/** As the server reads flags: present and not `false` or `0`. */
const isTrue = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0';

function numberOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Lists of custom resources name an empty token, lists of built-in kinds none. */
function listMetaOf(page: ListPage, alwaysToken: boolean): object {
  const { continueToken, remaining } = page;
  return {
    ...(continueToken === '' && !alwaysToken ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    resourceVersion: String(page.resourceVersion),
  };
}

function listText(cluster: Cluster, resource: Resource, page: ListPage, form: Form, request: ApiRequest): string {
  const metadata = listMetaOf(page, form === 'object' && resource.custom);
  switch (form) {
    case 'table': {
      const objects = page.entries.map((entry) => entry.object);
      const options = {
        includeObject: includeObjectOf(request),
        now: cluster.clock.now(),
        withColumns: true,
        listMeta: metadata,
      };
      return JSON.stringify(table(resource, objects, options));
    }
    case 'metadata': {
      const items = page.entries.map((entry) => metadataOnly(shown(resource, entry.object)));
      return JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items });
    }
    case 'object': {
      const head = { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata };
      // the JSON of each object is there already: a list of thousands is a join
      return `${JSON.stringify(head).slice(0, -1)},"items":[${page.entries.map((entry) => entry.itemJson(resource)).join(',')}]}`;
    }
  }
}

function watchAnswer(
  cluster: Cluster,
  route: ResourceRoute,
  request: ApiRequest,
  selects: Predicate | undefined,
): StreamAnswer {
  const { resource, namespace } = route;
  const { query } = request;
  const options: WatchQuery = {
    namespace,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch'),
    sendInitialEvents: isTrue(query.get('sendInitialEvents')),
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: numberOf(query.get('timeoutSeconds')),
  };
  checkWatchQuery(options);
  const rendering = renderingOf(cluster, resource, formOf(request), request);
  return { status: 200, run: (stream) => new Watcher(cluster, resource, options, selects, rendering, stream).start() };
}

function renderingOf(cluster: Cluster, resource: Resource, form: Form, request: ApiRequest): Rendering {
  if (form === 'object') return wholeObjects(resource);
  if (form === 'metadata') {
    return {
      object: (entry) => JSON.stringify(metadataOnly(shown(resource, entry.object))),
      bookmark: (metadata) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }),
    };
  }
  const includeObject = includeObjectOf(request);
  return {
    object: (entry, isFirst) => {
      const listMeta = { resourceVersion: entry.object.metadata.resourceVersion };
      return JSON.stringify(
        table(resource, [entry.object], { includeObject, now: cluster.clock.now(), withColumns: isFirst, listMeta }),
      );
    },
    bookmark: (metadata) => ({
      ...table(resource, [], { includeObject, now: cluster.clock.now(), withColumns: false, listMeta: metadata }),
      rows: [{ cells: [], object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } }],
    }),
  };
}
