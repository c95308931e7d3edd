/** Leases as an API server keeps them: versions, conflicts, watches; and what can go wrong between. */
import { EhosError } from '../../../src/base/errors.ts';
import type { KubeObject, ResourceType } from '../../../src/api/resources.ts';
import type { Lease } from '../../../src/kube/lease.ts';
import type { KubeClient, ListPage, WatchEvent } from '../../../src/kube/types.ts';

interface Watcher {
  events: WatchEvent<Lease>[];
  wake: () => void;
}

export class LeaseServer {
  readonly #leases = new Map<string, Lease>();
  readonly #watchers = new Set<Watcher>();
  #version = 100;

  get(key: string): Lease | undefined {
    return this.#leases.get(key);
  }

  holder(key: string): unknown {
    return this.get(key)?.spec?.holderIdentity;
  }

  put(key: string, lease: Pick<Lease, 'spec'> & { metadata?: Partial<Lease['metadata']> }): Lease {
    const [namespace = '', name = ''] = key.split('/');
    const before = this.#leases.get(key);
    const metadata = { uid: `uid-${this.#version}`, ...before?.metadata, ...lease.metadata, namespace, name };
    const made = { metadata: { ...metadata, resourceVersion: String(++this.#version) }, spec: lease.spec ?? {} };
    this.#leases.set(key, made);
    this.#tell({ type: before ? 'MODIFIED' : 'ADDED', object: made });
    return made;
  }

  remove(key: string): void {
    const gone = this.#leases.get(key);
    this.#leases.delete(key);
    if (!gone) return;
    const metadata = { ...gone.metadata, resourceVersion: String(++this.#version) };
    this.#tell({ type: 'DELETED', object: { ...gone, metadata } });
  }

  list(): ListPage<Lease> {
    return { items: [...this.#leases.values()], resourceVersion: String(this.#version), continueToken: undefined };
  }

  async *watch(signal: AbortSignal): AsyncGenerator<WatchEvent<Lease>> {
    const watcher: Watcher = { events: [], wake: () => undefined };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => watcher.wake());
    try {
      for (;;) {
        for (let event = watcher.events.shift(); event; event = watcher.events.shift()) yield event;
        if (signal.aborted) throw new EhosError('Transient', 'given up by the caller');
        await new Promise<void>((resolve) => (watcher.wake = resolve));
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  #tell(event: WatchEvent<Lease>): void {
    for (const watcher of this.#watchers) {
      watcher.events.push(event);
      watcher.wake();
    }
  }
}

/** How one replica reaches it. */
export class LeaseWire implements KubeClient {
  /** Errors of the requests to come, by verb; `after`: it was done all the same. */
  readonly faults: { verb: string; error: EhosError; after?: boolean }[] = [];
  /** Requests that hang until the caller gives up. */
  silent = false;
  /** No events of the watch arrive. */
  deaf = false;
  readonly asked: string[] = [];

  constructor(private readonly server: LeaseServer) {}

  async get<T extends KubeObject>(_: ResourceType, namespace: string, name: string, signal?: AbortSignal): Promise<T> {
    return await this.#ask('get', signal, () => this.#found(`${namespace}/${name}`) as unknown as T);
  }

  async list<T extends KubeObject>(
    _type: ResourceType,
    _namespace: string | undefined,
    _options: object | undefined,
    signal?: AbortSignal,
  ): Promise<ListPage<T>> {
    return await this.#ask('list', signal, () => this.server.list() as ListPage<unknown> as ListPage<T>);
  }

  async create<T extends KubeObject>(_: ResourceType, object: T, signal?: AbortSignal): Promise<T> {
    const { namespace = '', name } = object.metadata;
    return await this.#ask('create', signal, () => {
      if (this.server.get(`${namespace}/${name}`)) throw new EhosError('Conflict', 'it exists', { status: 409 });
      return this.server.put(`${namespace}/${name}`, object) as unknown as T;
    });
  }

  async patch<T extends KubeObject>(
    _type: ResourceType,
    namespace: string,
    name: string,
    patch: unknown,
    signal?: AbortSignal,
  ): Promise<T> {
    return await this.#ask('patch', signal, () => {
      const before = this.#found(`${namespace}/${name}`);
      const { metadata, spec } = patch as Lease;
      if (metadata.resourceVersion !== before.metadata.resourceVersion)
        throw new EhosError('Conflict', 'it was changed', { status: 409 });
      const merged = Object.fromEntries(
        Object.entries({ ...before.spec, ...spec }).filter(([, value]) => value !== null),
      );
      const annotations = { ...before.metadata.annotations, ...metadata.annotations };
      return this.server.put(`${namespace}/${name}`, { metadata: { annotations }, spec: merged }) as unknown as T;
    });
  }

  async *watch<T extends KubeObject>(
    _type: ResourceType,
    _namespace: string | undefined,
    _options: object,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    for await (const event of this.server.watch(signal)) if (!this.deaf) yield event as unknown as WatchEvent<T>;
  }

  patchStatus(): Promise<never> {
    return Promise.reject(new Error('not used'));
  }

  delete(): Promise<never> {
    return Promise.reject(new Error('not used'));
  }

  requests(): ReadonlyMap<string, number> {
    return new Map();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #found(key: string): Lease {
    const lease = this.server.get(key);
    if (!lease) throw new EhosError('NotFound', 'there is none', { status: 404 });
    return lease;
  }

  async #ask<T>(verb: string, signal: AbortSignal | undefined, answer: () => T): Promise<T> {
    this.asked.push(verb);
    // answers come later, as real ones do
    await Promise.resolve();
    if (this.silent)
      await new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new EhosError('Timeout', 'given up', { maybeDone: true }))),
      );
    const at = this.faults.findIndex((fault) => fault.verb === verb);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault && !fault.after) throw fault.error;
    const result = answer();
    if (fault) throw fault.error;
    return result;
  }
}
