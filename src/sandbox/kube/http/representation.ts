/** An object in the form that the Accept header asks for: as it is, as a table, or its metadata only. */
import { shown, type Resource } from '../resource.ts';
import { ApiError, badRequest } from '../status.ts';
import type { Cluster } from '../storage/cluster.ts';
import type { Entry } from '../storage/store.ts';
import { metadataOnly, table, type IncludeObject } from '../views/table.ts';
import { parseMediaTypes, type Answer, type ApiRequest } from './request.ts';

export type Form = 'object' | 'table' | 'metadata';

const FORMS: Record<string, Form> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/** The first alternative of the Accept header that can be given. Throws 406 when there is none. */
export function formOf(request: ApiRequest): Form {
  const accepted = parseMediaTypes(request.headers.accept);
  if (accepted.length === 0) return 'object';
  for (const { type, params } of accepted) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (params.as === undefined) return 'object';
    const form = FORMS[params.as];
    if (form !== undefined && params.g === 'meta.k8s.io' && params.v === 'v1') return form;
  }
  const message = 'only the following media types are accepted: application/json, application/yaml';
  throw new ApiError(406, 'NotAcceptable', message);
}

export function includeObjectOf(request: ApiRequest): IncludeObject {
  const given = request.query.get('includeObject') ?? 'Metadata';
  if (given === 'None' || given === 'Metadata' || given === 'Object') return given;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(given)}`);
}

export function entryAnswer(
  cluster: Cluster,
  resource: Resource,
  entry: Entry,
  request: ApiRequest,
  status: number,
  isUnsaved = false,
): Answer {
  const form = formOf(request);
  if (form === 'object') {
    return { status, text: isUnsaved ? JSON.stringify(withoutVersion(resource, entry)) : entry.json(resource) };
  }
  if (form === 'metadata') return { status, text: JSON.stringify(metadataOnly(shown(resource, entry.object))) };
  const listMeta = { resourceVersion: entry.object.metadata.resourceVersion };
  const options = { includeObject: includeObjectOf(request), now: cluster.clock.now(), withColumns: true, listMeta };
  return { status, text: JSON.stringify(table(resource, [entry.object], options)) };
}

/** A dry run's creation has no version: it is stored nowhere. */
function withoutVersion(resource: Resource, entry: Entry): object {
  const object = shown(resource, entry.object);
  const metadata = { ...object.metadata };
  delete metadata.resourceVersion;
  return { ...object, metadata };
}
