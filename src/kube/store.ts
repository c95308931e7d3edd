/** The local copy behind a reflector, and the rules by which an older state never replaces a newer one. */
import { keyOf, type KubeObject } from '../api/resources.ts';
import type { Store } from './types.ts';

interface Entry<T> {
  object: T;
  /** False while only the writer knows of it: everyone else is told when the server's own event comes. */
  announced: boolean;
}

export interface Change<T> {
  key: string;
  object: T | undefined;
  previous: T | undefined;
}

/**
 * Negative, zero or positive as `a` is older than, the same as, or newer than `b`. Resource versions are decimal numbers of one sequence
 * (etcd's revision; comparable by contract since Kubernetes 1.35); of other texts the second one given is taken as newer.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return -1;
  return a.length - b.length || (a < b ? -1 : 1);
}

export class ReflectedStore<T extends KubeObject> implements Store<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** How far lists and the watch have come; undefined before the first list. */
  #version: string | undefined;

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object;
  }

  list(): T[] {
    return Array.from(this.#entries.values(), (entry) => entry.object);
  }

  get version(): string | undefined {
    return this.#version;
  }

  /** A whole list as of `version`: what differs from before. */
  replace(objects: Iterable<T>, version: string): Change<T>[] {
    // a version from before what was already seen: etcd was restored from a backup, and what we know has never been
    const rewound = this.#version !== undefined && compareVersions(version, this.#version) < 0;
    const changes: Change<T>[] = [];
    const listed = new Set<string>();
    for (const listedObject of objects) {
      const key = keyOf(listedObject);
      listed.add(key);
      const entry = this.#entries.get(key);
      const object = entry && !rewound && isNewer(entry.object, listedObject) ? entry.object : slim(listedObject);
      if (entry?.announced && versionOf(entry.object) === versionOf(object)) continue;
      this.#entries.set(key, { object, announced: true });
      changes.push({ key, object, previous: entry?.object });
    }
    for (const [key, entry] of this.#entries) {
      // what was written after the list was made is not in it
      if (listed.has(key) || (!rewound && compareVersions(versionOf(entry.object), version) > 0)) continue;
      this.#entries.delete(key);
      changes.push({ key, object: undefined, previous: entry.object });
    }
    this.#version = version;
    return changes;
  }

  /** An ADDED or MODIFIED event. */
  applyEvent(object: T): Change<T> {
    this.advance(versionOf(object));
    const key = keyOf(object);
    const previous = this.get(key);
    const current = previous && isNewer(previous, object) ? previous : slim(object);
    this.#entries.set(key, { object: current, announced: true });
    return { key, object: current, previous };
  }

  /** A DELETED event; its object carries the version of the deletion. */
  removeEvent(object: T): Change<T> {
    this.advance(versionOf(object));
    const key = keyOf(object);
    const previous = this.get(key);
    // made again under the same name, and known here already from the answer to the creation
    if (previous && isNewer(previous, object)) return { key, object: previous, previous };
    this.#entries.delete(key);
    return { key, object: undefined, previous: previous ?? object };
  }

  /** A bookmark: nothing happened up to `version`. */
  advance(version: string): void {
    this.#version = version;
  }

  /** What a write of our own returned. The change is returned only if it ended the object: of others the server's event will tell. */
  patched(object: T): Change<T> | undefined {
    const key = keyOf(object);
    const previous = this.get(key);
    if (previous ? !isNewer(object, previous) : this.#isPast(object)) return undefined;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined || finalizers.length > 0) {
      this.#entries.set(key, { object: slim(object), announced: false });
      return undefined;
    }
    // with its last finalizer the object is gone; a list, unlike the watch, would never mention it again
    this.#entries.delete(key);
    return { key, object: undefined, previous: previous ?? object };
  }

  /** True of an object that is not here although events have gone past its version: it was deleted meanwhile. */
  #isPast(object: T): boolean {
    return this.#version !== undefined && compareVersions(versionOf(object), this.#version) <= 0;
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '';
}

function isNewer(a: KubeObject, b: KubeObject): boolean {
  return compareVersions(versionOf(a), versionOf(b)) > 0;
}

/** What kubectl keeps for itself: the whole object as it was last applied. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without managedFields and what kubectl keeps for itself: they are larger than the rest, and nobody here reads them. */
export function slim<T extends KubeObject>(object: T): T {
  const { annotations } = object.metadata;
  const applied = annotations !== undefined && LAST_APPLIED in annotations;
  if (!applied && !('managedFields' in object.metadata)) return object;
  // set to undefined, not left out: an object out of which something was taken costs more memory than one that is as all others are
  const metadata = { ...object.metadata, managedFields: undefined };
  if (applied)
    metadata.annotations = Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== LAST_APPLIED));
  return { ...object, metadata };
}
