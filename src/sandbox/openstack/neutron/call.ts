/** What a Neutron handler gets; lists with filters, fields and pages, the same for every resource. */
import { isObject, parseJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { json, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Exchange } from '../router.ts';
import type { Project } from '../state.ts';
import type { World } from '../world.ts';

export interface NeutronCall {
  world: World;
  project: Project;
  exchange: Exchange;
  /** `http://127.0.0.1:PORT/network` */
  base: string;
}

type View = Record<string, unknown>;

/** The object at `key` of the body (`{"port": {...}}`); 400 when there is none. */
export function resourceOf(call: NeutronCall, key: string): JsonObject {
  const body = parseJson(call.exchange.body);
  const resource = isObject(body) ? body[key] : undefined;
  if (!isObject(resource)) throw neutronError(400, 'HTTPBadRequest', `Resource '${key}' not found in request body.`);
  return resource;
}

const CONTROL = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir']);
const TAG_FILTERS = new Set(['tags', 'tags-any', 'not-tags', 'not-tags-any']);

/** Filters by any attribute (an unknown one is 400, measured), picks fields, pages. */
export function listReply(call: NeutronCall, collection: string, views: View[], attributes: string[]): Reply {
  const { query } = call.exchange;
  const names = [...new Set(query.keys())].filter((name) => !CONTROL.has(name));
  const unknown = names.filter((name) => !TAG_FILTERS.has(name) && !attributes.includes(name));
  if (unknown.length > 0) {
    const list = unknown.map((name) => `'${name}'`).join(', ');
    throw neutronError(400, 'HTTPBadRequest', `[${list}] is invalid attribute for filtering`);
  }
  const found = views.filter((view) => names.every((name) => matches(view, name, query.getAll(name))));
  const { page, links } = pageOf(call, collection, found);
  const fields = query.getAll('fields');
  const picked = fields.length === 0 ? page : page.map((view) => pick(view, fields));
  return json(200, { [collection]: picked, ...(links ? { [`${collection}_links`]: links } : {}) });
}

function matches(view: View, name: string, wanted: string[]): boolean {
  if (TAG_FILTERS.has(name)) return hasTags(view.tags, name, wanted.join(',').split(','));
  const actual = view[name];
  if (name === 'fixed_ips')
    return wanted.every((value) => JSON.stringify(actual).includes(value.replace(/^[a-z_]+=/, '')));
  const values = (Array.isArray(actual) ? actual : [actual ?? '']).map((value) => String(value).toLowerCase());
  return wanted.some((value) => values.includes(value.toLowerCase()));
}

function hasTags(tags: unknown, filter: string, wanted: string[]): boolean {
  const has = (tag: string): boolean => Array.isArray(tags) && tags.includes(tag);
  const hit = filter.endsWith('-any') ? wanted.some(has) : wanted.every(has);
  return filter.startsWith('not-') ? !hit : hit;
}

function pick(view: View, fields: string[]): View {
  return Object.fromEntries(Object.entries(view).filter(([name]) => fields.includes(name)));
}

/** Without `limit` there is one page of everything (measured: no default page size). */
function pageOf(call: NeutronCall, collection: string, views: View[]): { page: View[]; links: View[] | undefined } {
  const { query } = call.exchange;
  const limit = query.get('limit');
  if (limit === null) return { page: views, links: undefined };
  if (!/^\d+$/.test(limit))
    throw neutronError(
      400,
      'BadRequest',
      `Bad limit request: The limit must be an integer greater than or equal to 0: ${limit}.`,
    );
  const marker = query.get('marker');
  const start = marker === null ? 0 : views.findIndex((view) => view.id === marker) + 1;
  const page = views.slice(start, start + Number(limit));
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return { page, links: undefined };
  const href = (id: unknown, reverse: boolean): string => {
    const pairs = [...query].filter(([name]) => name !== 'marker' && name !== 'page_reverse');
    const extra: [string, string][] = [
      ['marker', String(id)],
      ...(reverse ? [['page_reverse', 'True'] as [string, string]] : []),
    ];
    return `${call.base}/v2.0/${collection}?${new URLSearchParams([...pairs, ...extra]).toString()}`;
  };
  const next = page.length === Number(limit) ? [{ rel: 'next', href: href(last.id, false) }] : [];
  return { page, links: [...next, { rel: 'previous', href: href(first.id, true) }] };
}

/** `If-Match: revision_number=N`: 412 when the resource has changed since (measured). */
export function checkRevision({ exchange }: NeutronCall, current: number): void {
  const wanted = /^revision_number=(\d+)$/.exec(exchange.headers['if-match'] ?? '')?.[1];
  if (wanted === undefined || Number(wanted) === current) return;
  const message = `Constrained to ${wanted}, but current revision is ${current}`;
  throw neutronError(412, 'RevisionNumberConstraintFailed', message);
}

/** 409 OverQuota when one more would be too many; -1 is unlimited. */
export function checkQuota(resource: string, limit: number, used: number): void {
  if (limit >= 0 && used + 1 > limit)
    throw neutronError(409, 'OverQuota', `Quota exceeded for resources: ['${resource}'].`);
}
