/** Watches: one stream of events for each, JSON written once for all of them. */
import { jitter } from '../../../base/random.ts';
import type { ResponseStream } from '../http/request.ts';
import type { KubeJson } from '../json.ts';
import { apiVersionOf, shown, type Resource } from '../resource.ts';
import { expired, fieldForbidden, fieldNotSupported, invalidOptions, type Cause } from '../status.ts';
import type { Cluster } from './cluster.ts';
import { parseVersion } from './lists.ts';
import type { Predicate } from './selectors.ts';
import type { Change, Entry, Store } from './store.ts';

export interface WatchQuery {
  namespace: string | undefined;
  resourceVersion: string;
  resourceVersionMatch: string | null;
  sendInitialEvents: boolean;
  allowBookmarks: boolean;
  timeoutSeconds: number | undefined;
}

/** How an object stands in an event: whole, as a table, or as metadata. */
export interface Rendering {
  object(entry: Entry, isFirst: boolean): string;
  /** A bookmark is an object with nothing but a version. */
  bookmark(metadata: object): object;
}

const BOOKMARK_EVERY_MS = 60_000;
/** The last bookmark comes this long before the end. */
const LAST_BOOKMARK_MS = 1500;
/** Shorter watches end without one. */
const SHORTEST_WITH_BOOKMARK_MS = 2000;
/** min-request-timeout of the real server: a watch without timeoutSeconds ends between one and two of these. */
const DEFAULT_TIMEOUT_MS = 1_800_000;

/** Refuses combinations of options that the real server refuses. */
export function checkWatchQuery(query: WatchQuery): void {
  const causes: Cause[] = [];
  const field = 'resourceVersionMatch';
  const match = query.resourceVersionMatch;
  if (query.sendInitialEvents && match !== 'NotOlderThan') {
    causes.push(fieldForbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
    if (match !== null) causes.push(fieldNotSupported(field, match, ['NotOlderThan']));
  } else if (!query.sendInitialEvents && match !== null) {
    causes.push(
      fieldForbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (causes.length > 0) throw invalidOptions('ListOptions', causes);
  parseVersion(query.resourceVersion);
}

export class Watcher {
  readonly #cluster: Cluster;
  readonly #resource: Resource;
  readonly #query: WatchQuery;
  readonly #selects: Predicate | undefined;
  readonly #rendering: Rendering;
  readonly #stream: ResponseStream;
  readonly #stops: (() => void)[] = [];
  readonly #prefix: string;
  /** Events up to this version are already told, or were not asked for. */
  #seen = 0;
  #isFirst = true;

  constructor(
    cluster: Cluster,
    resource: Resource,
    query: WatchQuery,
    selects: Predicate | undefined,
    rendering: Rendering,
    stream: ResponseStream,
  ) {
    this.#cluster = cluster;
    this.#resource = resource;
    this.#query = query;
    this.#selects = selects;
    this.#rendering = rendering;
    this.#stream = stream;
    this.#prefix = query.namespace === undefined ? '' : `${query.namespace}/`;
  }

  /** Sends what is there, then what comes, until the timeout or until the client goes. */
  start(): void {
    const store = this.#cluster.store(this.#resource);
    if (!this.#catchUp(store)) return;
    this.#stops.push(store.subscribe((change) => this.#tell(change)));
    this.#stream.onClose(() => this.#stop());
    const timeoutMs =
      this.#query.timeoutSeconds === undefined
        ? DEFAULT_TIMEOUT_MS * (1 + this.#cluster.random.next())
        : this.#query.timeoutSeconds * 1000;
    this.#after(timeoutMs, () => this.#end());
    if (!this.#query.allowBookmarks) return;
    if (timeoutMs > SHORTEST_WITH_BOOKMARK_MS) this.#after(timeoutMs - LAST_BOOKMARK_MS, () => this.#bookmark());
    this.#bookmarkRegularly();
  }

  /** What the client has missed; false when that cannot be told any more. */
  #catchUp(store: Store): boolean {
    const from = parseVersion(this.#query.resourceVersion);
    const current = this.#cluster.revisions.current;
    if (from === 0 || this.#query.sendInitialEvents) {
      for (const entry of store.entries())
        if (this.#concerns(entry.key) && this.#isSelected(entry)) this.#send('ADDED', entry);
      this.#seen = current;
      if (this.#query.sendInitialEvents && this.#query.allowBookmarks) {
        this.#bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } });
      }
      return true;
    }
    // a version from the future: the real server answers 200 and stays silent until it is reached
    this.#seen = from;
    if (from > current) return true;
    const missed = from < this.#cluster.revisions.compacted ? undefined : store.since(from);
    if (!missed) {
      const error = expired(`too old resource version: ${from} (${store.oldest() - 1})`);
      this.#line('ERROR', JSON.stringify(error.body()));
      this.#stream.end();
      return false;
    }
    for (const change of missed) this.#tell(change);
    return true;
  }

  #tell(change: Change): void {
    if (!this.#concerns(change.entry.key) || change.entry.revision <= this.#seen) return;
    this.#seen = change.entry.revision;
    if (!this.#selects) {
      this.#send(change.type, change.entry);
      return;
    }
    const was = change.before !== undefined && this.#isSelected(change.before);
    const is = change.type !== 'DELETED' && this.#isSelected(change.entry);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', change.entry);
    else if (was) this.#sendGone(change);
  }

  /** An object that no longer matches is shown as it was when it did, with the version of the change. */
  #sendGone(change: Change): void {
    const last = change.before?.object ?? change.entry.object;
    const metadata = { ...last.metadata, resourceVersion: String(change.entry.revision) };
    const object: KubeJson = { ...last, metadata };
    this.#send('DELETED', change.entry.withObject(object));
  }

  #isSelected(entry: Entry): boolean {
    return !this.#selects || this.#selects(shown(this.#resource, entry.object));
  }

  #concerns(key: string): boolean {
    return key.startsWith(this.#prefix);
  }

  #send(type: Change['type'], entry: Entry): void {
    this.#line(type, this.#rendering.object(entry, this.#isFirst));
    this.#isFirst = false;
  }

  #bookmark(more: object = {}): void {
    const version = Math.max(this.#cluster.revisions.current, this.#seen);
    this.#line('BOOKMARK', JSON.stringify(this.#rendering.bookmark({ resourceVersion: String(version), ...more })));
  }

  #bookmarkRegularly(): void {
    this.#after(jitter(this.#cluster.random, BOOKMARK_EVERY_MS, 0.05), () => {
      this.#bookmark();
      this.#bookmarkRegularly();
    });
  }

  #line(type: string, object: string): void {
    this.#stream.write(`{"type":"${type}","object":${object}}\n`);
  }

  #after(ms: number, fn: () => void): void {
    this.#stops.push(this.#cluster.clock.after(ms, fn));
  }

  #end(): void {
    this.#stop();
    this.#stream.end();
  }

  #stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** Whole objects, with the JSON that all watchers share. */
export function wholeObjects(resource: Resource): Rendering {
  return {
    object: (entry) => entry.json(resource),
    bookmark: (metadata) => ({ kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }),
  };
}
