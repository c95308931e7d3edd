/** The Kubernetes API as the controllers use it. */
import type { KubeObject, ResourceType } from '../api/resources.ts';

export interface ListPage<T> {
  items: T[];
  resourceVersion: string;
  continueToken: string | undefined;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** What an object must still be to be deleted. */
export interface DeletePreconditions {
  uid?: string | undefined;
  /** Nobody has changed it since. */
  resourceVersion?: string | undefined;
}

/**
 * Typed verbs on any resource. All reject with EhosError: `NotFound`, `Conflict` (409, stale or existing), `Invalid` (400, 422),
 * `Auth` (401, 403), `RateLimited` (429, with retryAfterMs), `Timeout`, `Transient`; mutations that may have happened have `maybeDone`.
 */
export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType, namespace: string, name: string, signal?: AbortSignal): Promise<T>;
  /** One page; `namespace` undefined lists all namespaces. */
  list<T extends KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    options?: { limit?: number; continueToken?: string; labelSelector?: string; fieldSelector?: string },
    signal?: AbortSignal,
  ): Promise<ListPage<T>>;
  create<T extends KubeObject>(type: ResourceType, object: T, signal?: AbortSignal): Promise<T>;
  /** JSON merge patch of metadata or spec. */
  patch<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    name: string,
    patch: unknown,
    signal?: AbortSignal,
  ): Promise<T>;
  /** JSON merge patch of the status subresource. */
  patchStatus<T extends KubeObject>(
    type: ResourceType,
    namespace: string,
    name: string,
    patch: unknown,
    signal?: AbortSignal,
  ): Promise<T>;
  /** Deletes. Absent already is no error; a precondition that does not hold rejects with `Conflict`. */
  delete(
    type: ResourceType,
    namespace: string,
    name: string,
    preconditions?: DeletePreconditions,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Watches from `resourceVersion`; ends with the stream. Rejects as above; an expired version yields an ERROR event with code 410. */
  watch<T extends KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    options: { resourceVersion: string; timeoutSeconds: number; labelSelector?: string; fieldSelector?: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Requests so far by verb and resource: `patchStatus ehosnodes` -> 3. */
  requests(): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** A local copy of all objects of a type, kept by list and watch. */
export interface Store<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): T[];
}
