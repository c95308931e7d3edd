/** The state of the sandbox: which resources there are, their stores, and what is shared between them. */
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import type { KubeJson } from '../json.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { Revisions, Store, type Change, type Entry } from './store.ts';

/** A new cluster's versions do not begin at 1: clients that take 0 or 1 for real versions should notice. */
const FIRST_REVISION = 100;

export class Cluster {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly revisions = new Revisions(FIRST_REVISION);
  readonly #resources = new Map<string, Resource>();
  readonly #stores = new Map<string, Store>();
  readonly #byUid = new Map<string, { resource: Resource; key: string }>();
  readonly #listeners: ((resource: Resource, change: Change) => void)[] = [];
  /** Counts changes of the set of resources, for caches of discovery and OpenAPI. */
  #schemaVersion = 0;

  constructor(clock: Clock, random: Random, log: Log) {
    this.clock = clock;
    this.random = random;
    this.log = log;
  }

  get schemaVersion(): number {
    return this.#schemaVersion;
  }

  /** Serves a resource from now on, or serves it with another schema. */
  serve(resource: Resource): void {
    this.#resources.set(resourceKey(resource.group, resource.version, resource.plural), resource);
    this.#schemaVersion++;
    if (this.#stores.has(resource.storage)) return;
    const store = new Store(this.revisions);
    this.#stores.set(resource.storage, store);
    store.subscribe((change) => {
      this.#index(resource, change);
      for (const listener of this.#listeners) listener(resource, change);
    });
  }

  /** Stops serving a resource; its objects must be gone. */
  withdraw(resource: Resource): void {
    this.#resources.delete(resourceKey(resource.group, resource.version, resource.plural));
    this.#stores.delete(resource.storage);
    this.#schemaVersion++;
  }

  resources(): Resource[] {
    return [...this.#resources.values()];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#resources.get(resourceKey(group, version, plural));
  }

  /** The resource of an ownerReference. */
  findKind(apiVersion: string, kind: string): Resource | undefined {
    return this.resources().find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  }

  /** A resource known by its plural alone, as tests name it; the first one served wins. */
  findPlural(plural: string): Resource | undefined {
    return this.resources().find((resource) => resource.plural === plural);
  }

  store(resource: Resource): Store {
    const store = this.#stores.get(resource.storage);
    if (!store) throw new Error(`${resource.plural} is not served`);
    return store;
  }

  stores(): Iterable<Store> {
    return this.#stores.values();
  }

  /** Calls `listener` at each change of any object, before the write returns; `resource` is one that shows the object. */
  onChange(listener: (resource: Resource, change: Change) => void): void {
    this.#listeners.push(listener);
  }

  byUid(uid: string): { resource: Resource; entry: Entry } | undefined {
    const place = this.#byUid.get(uid);
    const entry = place && this.store(place.resource).get(place.key);
    return place && entry && { resource: place.resource, entry };
  }

  namespace(name: string): KubeJson | undefined {
    const namespaces = this.find('', 'v1', 'namespaces');
    return namespaces && this.store(namespaces).get(storeKey(undefined, name))?.object;
  }

  /** A random UUID (version 4). */
  uuid(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.random.next() * 16).toString(16));
    hex[12] = '4';
    hex[16] = '89ab'[Math.floor(this.random.next() * 4)] ?? '8';
    const text = hex.join('');
    return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
  }

  /** Now as Kubernetes writes times: whole seconds. */
  timestamp(): string {
    return new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  #index(resource: Resource, change: Change): void {
    const uid = change.entry.object.metadata.uid;
    if (uid === undefined) return;
    if (change.type === 'DELETED') this.#byUid.delete(uid);
    else if (change.type === 'ADDED') this.#byUid.set(uid, { resource, key: change.entry.key });
  }
}

const resourceKey = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

/** Where an object stands in its store; the order of these keys is the order of lists. */
export const storeKey = (namespace: string | undefined, name: string): string =>
  namespace === undefined ? name : `${namespace}/${name}`;
