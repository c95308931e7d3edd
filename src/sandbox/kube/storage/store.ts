/** All objects of one kind with their recent past, in the order of their resource versions. */
import type { JsonObject, KubeJson } from '../json.ts';
import { apiVersionOf, shown, type Resource } from '../resource.ts';

/** The one counter of resource versions, and the versions that compaction has taken. */
export class Revisions {
  #current: number;
  /** Nothing at or below this version can be read or watched from any more. */
  compacted: number;

  constructor(first: number) {
    this.#current = first;
    this.compacted = first - 1;
  }

  get current(): number {
    return this.#current;
  }

  next(): number {
    return ++this.#current;
  }
}

/** One stored state of an object. Its JSON is written at most once for each resource that shows it. */
export class Entry {
  readonly key: string;
  readonly revision: number;
  readonly object: KubeJson;
  readonly #texts = new Map<string, string>();

  constructor(key: string, revision: number, object: KubeJson) {
    this.key = key;
    this.revision = revision;
    this.object = object;
  }

  /** The same place and version with another content. */
  withObject(object: KubeJson): Entry {
    return new Entry(this.key, this.revision, object);
  }

  json(resource: Resource): string {
    return this.#text(apiVersionOf(resource), () => shown(resource, this.object));
  }

  /** As it stands in a list: items of built-in kinds come without apiVersion and kind. */
  itemJson(resource: Resource): string {
    if (resource.custom) return this.json(resource);
    return this.#text(`${apiVersionOf(resource)} item`, () => {
      const item: JsonObject = { ...shown(resource, this.object) };
      Reflect.deleteProperty(item, 'apiVersion');
      Reflect.deleteProperty(item, 'kind');
      return item;
    });
  }

  #text(form: string, content: () => object): string {
    let text = this.#texts.get(form);
    if (text === undefined) this.#texts.set(form, (text = JSON.stringify(content())));
    return text;
  }
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The new state; of a deletion the last one, with the deletion's own resource version. */
  entry: Entry;
  /** The state before; undefined for ADDED. */
  before: Entry | undefined;
}

/** Changes kept for watches and consistent lists; older ones answer 410, as from the watch cache of a real server. */
const HISTORY = 10_000;

export class Store {
  readonly #revisions: Revisions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  /** The newest version that the history no longer tells about. */
  #forgotten: number;
  /** Keys in order; undefined after one came or went. */
  #sorted: string[] | undefined;

  constructor(revisions: Revisions) {
    this.#revisions = revisions;
    this.#forgotten = revisions.current;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** All entries in the order of their keys. */
  entries(): Entry[] {
    this.#sorted ??= [...this.#entries.keys()].sort(byteOrder);
    return this.#sorted.map((key) => this.#entries.get(key)).filter((entry) => entry !== undefined);
  }

  /** Creates or replaces; sets the resource version. */
  put(key: string, object: KubeJson): Entry {
    const revision = this.#revisions.next();
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    const entry = new Entry(key, revision, { ...object, metadata });
    const before = this.#entries.get(key);
    this.#entries.set(key, entry);
    if (!before) this.#sorted = undefined;
    this.#record({ type: before ? 'MODIFIED' : 'ADDED', entry, before });
    return entry;
  }

  /** Removes. Watchers see the last stored state, with the deletion's own version. */
  remove(key: string): void {
    const before = this.#entries.get(key);
    if (!before) return;
    const revision = this.#revisions.next();
    const { object } = before;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    this.#entries.delete(key);
    this.#sorted = undefined;
    this.#record({ type: 'DELETED', entry: new Entry(key, revision, { ...object, metadata }), before });
  }

  /** Calls `listener` at each change, before the write returns. The returned function ends it. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes after `revision`; undefined when the history no longer reaches back so far. */
  since(revision: number): Change[] | undefined {
    if (revision < this.oldest() - 1) return undefined;
    let from = this.#history.length;
    while (from > 0 && (this.#history[from - 1]?.entry.revision ?? 0) > revision) from--;
    return this.#history.slice(from);
  }

  /** The entries as they were at `revision`; undefined when that is too long ago. */
  at(revision: number): Entry[] | undefined {
    const later = this.since(revision);
    if (!later) return undefined;
    if (later.length === 0) return this.entries();
    const past = new Map(this.#entries);
    for (const change of later.reverse()) {
      if (change.before) past.set(change.before.key, change.before);
      else past.delete(change.entry.key);
    }
    return [...past.values()].sort((a, b) => byteOrder(a.key, b.key));
  }

  /** The oldest version from which changes are told completely is one less than this. */
  oldest(): number {
    return Math.max(this.#forgotten, this.#revisions.compacted) + 1;
  }

  /** Drops what is at or below the compacted version. */
  compact(): void {
    this.#history = this.#history.filter((change) => change.entry.revision > this.#revisions.compacted);
  }

  #record(change: Change): void {
    this.#history.push(change);
    // cut in halves, so that a write does not pay for the length of the history
    if (this.#history.length > HISTORY) {
      const cut = this.#history.length - HISTORY / 2;
      this.#forgotten = this.#history[cut - 1]?.entry.revision ?? this.#forgotten;
      this.#history = this.#history.slice(cut);
    }
    for (const listener of this.#listeners) listener(change);
  }
}

/** etcd's order of keys. Names are ASCII, for which it is the order of UTF-16 units. */
function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
