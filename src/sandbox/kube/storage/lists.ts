/** Lists: pages, consistent continuation, and lists as of a version. */
import { messageOf } from '../../../base/errors.ts';
import {
  ApiError,
  badRequest,
  expired,
  fieldForbidden,
  fieldNotSupported,
  invalidOptions,
  type Cause,
} from '../status.ts';
import { shown, type Resource } from '../resource.ts';
import type { Cluster } from './cluster.ts';
import type { Predicate } from './selectors.ts';
import type { Entry, Store } from './store.ts';

export interface ListPage {
  entries: Entry[];
  resourceVersion: number;
  continueToken: string;
  remaining: number | undefined;
}

export interface ListQuery {
  namespace: string | undefined;
  name: string | undefined;
  limit: number;
  continueToken: string | null;
  resourceVersion: string | null;
  resourceVersionMatch: string | null;
  sendInitialEvents: boolean;
}

/** What the real server's watch cache waits for a version that has not come yet, milliseconds. */
const FUTURE_WAIT_MS = 3000;

/** One page. Rejects with 410 for versions that compaction took, 504 for one from the future, 400 for a bad token. */
export async function listPage(
  cluster: Cluster,
  resource: Resource,
  query: ListQuery,
  selects: Predicate | undefined,
): Promise<ListPage> {
  checkListQuery(query);
  const store = cluster.store(resource);
  const { revision, after, entries } =
    query.continueToken === null || query.continueToken === ''
      ? await fromVersion(cluster, store, query)
      : fromToken(cluster, store, query.continueToken);
  const prefix = query.namespace === undefined ? '' : `${query.namespace}/`;
  const selected = entries.filter(
    (entry) =>
      entry.key.startsWith(prefix) && entry.key > after && (!selects || selects(shown(resource, entry.object))),
  );
  const page = query.limit > 0 ? selected.slice(0, query.limit) : selected;
  const last = page.at(-1);
  const isCut = page.length < selected.length && last !== undefined;
  return {
    entries: page,
    resourceVersion: revision,
    continueToken: isCut ? encodeToken(revision, last.key) : '',
    // with a selector the real server does not know how many remain
    remaining: isCut && !selects ? selected.length - page.length : undefined,
  };
}

interface Snapshot {
  revision: number;
  after: string;
  entries: Entry[];
}

async function fromVersion(cluster: Cluster, store: Store, query: ListQuery): Promise<Snapshot> {
  const current = cluster.revisions.current;
  const wanted = listVersion(query.resourceVersion ?? '');
  if (wanted > current) await waitFor(cluster, wanted);
  if (query.resourceVersionMatch === 'Exact') {
    const entries = store.at(wanted);
    if (!entries || wanted <= cluster.revisions.compacted)
      throw expired('The resourceVersion for the provided list is too old.');
    return { revision: wanted, after: '', entries };
  }
  return { revision: cluster.revisions.current, after: '', entries: store.entries() };
}

async function waitFor(cluster: Cluster, wanted: number): Promise<void> {
  await new Promise<void>((resolve) => cluster.clock.after(FUTURE_WAIT_MS, resolve));
  if (cluster.revisions.current < wanted) throw tooLargeVersion(wanted, cluster.revisions.current);
}

function tooLargeVersion(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** Refuses combinations of options that the real server refuses. */
function checkListQuery({ resourceVersion, resourceVersionMatch, sendInitialEvents, continueToken }: ListQuery): void {
  const causes: Cause[] = [];
  const field = 'resourceVersionMatch';
  const version = resourceVersion ?? '';
  if (resourceVersionMatch !== null && resourceVersionMatch !== '') {
    if (version === '')
      causes.push(fieldForbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (continueToken)
      causes.push(fieldForbidden(field, 'resourceVersionMatch is forbidden when continue is provided'));
    if (!MATCHES.includes(resourceVersionMatch))
      causes.push(fieldNotSupported(field, resourceVersionMatch, [...MATCHES, '']));
    if (resourceVersionMatch === 'Exact' && version === '0') {
      causes.push(fieldForbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (sendInitialEvents) causes.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
}

const MATCHES = ['Exact', 'NotOlderThan'];

/** A list answers 400 to a version that is no number, a watch 500. */
function listVersion(text: string): number {
  try {
    return parseVersion(text);
  } catch (error) {
    throw badRequest(`invalid resource version: ${messageOf(error)}`);
  }
}

/** A resourceVersion of a request; empty is 0. The real server answers 500 without a reason for what is no number. */
export function parseVersion(text: string): number {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const why = `strconv.ParseUint: parsing "${text}": invalid syntax`;
  throw new ApiError(500, undefined, `resourceVersion: Invalid value: "${text}": ${why}`);
}

interface Token {
  v: string;
  rv: number;
  start: string;
}

/** -1 as version: go on in whatever is there now. */
const INCONSISTENT = -1;

function encodeToken(revision: number, lastKey: string): string {
  const token: Token = { v: 'meta.k8s.io/v1', rv: revision, start: `/${lastKey}\u0000` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function fromToken(cluster: Cluster, store: Store, text: string): Snapshot {
  const token = decodeToken(text);
  const after = token.start.replace(/^\//, '').replace(/\0$/, '');
  if (token.rv === INCONSISTENT) return { revision: cluster.revisions.current, after, entries: store.entries() };
  const entries = token.rv <= cluster.revisions.compacted ? undefined : store.at(token.rv);
  if (entries) return { revision: token.rv, after, entries };
  throw expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    { continue: encodeToken(INCONSISTENT, after) },
  );
}

function decodeToken(text: string): Token {
  const json = Buffer.from(text, 'base64url').toString('latin1');
  try {
    const token = JSON.parse(json) as Token;
    if (typeof token.rv === 'number' && typeof token.start === 'string') return token;
  } catch {
    // worded below
  }
  const first = json[0] ?? '';
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character '${first}' looking for beginning of value`,
  );
}
