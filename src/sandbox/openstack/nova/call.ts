/** What a Nova handler gets, and the few helpers that all of them use. */
import type { Token } from '../keystone/tokens.ts';
import { parseJson } from '../json.ts';
import { novaError } from '../reply.ts';
import type { Exchange, Params } from '../router.ts';
import type { Project, Server } from '../state.ts';
import type { World } from '../world.ts';
import type { ServerLife } from './life.ts';

export interface NovaCall {
  world: World;
  life: ServerLife;
  exchange: Exchange;
  token: Token;
  project: Project;
  /** The minor number of the microversion: 96 for 2.96. */
  version: number;
  /** `http://127.0.0.1:PORT/compute`: links are `BASE/v2.1/servers/ID` and `BASE/servers/ID`. */
  base: string;
}

/** The body as JSON; 400 when it is none. */
export function bodyOf(call: NovaCall): unknown {
  const body = parseJson(call.exchange.body);
  if (body === undefined) throw novaError(400, 'Malformed request body');
  return body;
}

/** The server of the path; 404 when it is unknown or gone. */
export function serverOf({ project }: NovaCall, params: Params): Server {
  const id = params.id ?? '';
  const server = project.servers.get(id);
  if (!server) throw novaError(404, `Instance ${id} could not be found.`);
  return server;
}

/** Like `serverOf`, for what a build request does not have yet (tags: 404, measured). */
export function scheduledServerOf(call: NovaCall, params: Params): Server {
  const server = serverOf(call, params);
  if (server.buildRequest) throw novaError(404, `Instance ${server.id} could not be found.`);
  return server;
}

/** self and bookmark, as every Nova resource has them. */
export function linksOf(base: string, resource: string): { rel: string; href: string }[] {
  return [
    { rel: 'self', href: `${base}/v2.1/${resource}` },
    { rel: 'bookmark', href: `${base}/${resource}` },
  ];
}

/** One page: at most 1000 items, `limit` of them if given, after `marker`; and the link to the next, if there may be more. */
export function pageOf<T>(
  call: NovaCall,
  resource: string,
  items: T[],
  idOf: (item: T) => string,
  badMarker: (marker: string) => string,
  knownParameter: (name: string) => boolean,
): { page: T[]; links: { rel: string; href: string }[] | undefined } {
  const { query } = call.exchange;
  const given = query.get('limit');
  if (given !== null && !/^[0-9]*$/.test(given)) {
    throw novaError(
      400,
      `Invalid input for query parameters limit. Value: ${given}. '${given}' does not match '^[0-9]*$'`,
    );
  }
  const limit = given === null || given === '' ? MAX_PAGE : Math.min(Number(given), MAX_PAGE);
  // an empty marker is none (measured)
  const marker = query.get('marker') === '' ? null : query.get('marker');
  const markerAt = marker === null ? -1 : items.findIndex((item) => idOf(item) === marker);
  if (marker !== null && markerAt < 0) throw novaError(400, badMarker(marker));
  const page = items.slice(markerAt + 1, markerAt + 1 + limit);
  const last = page.at(-1);
  if (last === undefined || page.length < limit) return { page, links: undefined };
  const pairs = [...query]
    .filter(([name]) => name !== 'marker' && knownParameter(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const next = new URLSearchParams([...pairs, ['marker', idOf(last)]]);
  return { page, links: [{ rel: 'next', href: `${call.base}/v2.1/${resource}?${next.toString()}` }] };
}

/** Nova's default for [api] max_limit. */
export const MAX_PAGE = 1000;
