/** Kubernetes objects in memory: what the controllers need of the API, with its rules on conflicts. */
import { EhosError } from '../../../src/base/errors.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../../src/api/resources.ts';
import type { DeletePreconditions, KubeClient, ListPage, Store } from '../../../src/kube/types.ts';
import { mergePatch } from '../../../src/sandbox/kube/patch/merge-patch.ts';

export class MemoryKube implements KubeClient {
  readonly #objects = new Map<string, KubeObject>();
  #version = 100;
  /** `patchStatus ehosnodes ns/name`, in the order of the writes. */
  readonly writes: string[] = [];
  /** Names of objects that are there, and that the local copies do not show yet. */
  readonly late = new Set<string>();
  /** Thrown by the writes and reads to come whose line, as in `writes` or `get secrets ns/name`, it matches. */
  failing: { line: RegExp; error: Error } | undefined;

  /** Puts an object there as it is; `namespace` is `ns` unless it says otherwise. */
  put<T extends KubeObject>(type: ResourceType, object: T): T {
    const metadata = { namespace: 'ns', uid: `uid-${object.metadata.name}`, generation: 1, ...object.metadata };
    return this.#store(type, { ...object, metadata }) as T;
  }

  remove(type: ResourceType, name: string): void {
    this.#objects.delete(`${type.plural} ns/${name}`);
  }

  find(type: ResourceType, name: string): KubeObject | undefined {
    return this.#objects.get(`${type.plural} ns/${name}`);
  }

  store<T extends KubeObject>(type: ResourceType): Store<T> {
    const all = (): T[] => this.#all<T>(type).filter(({ metadata }) => !this.late.has(metadata.name));
    return { get: (key) => all().find((object) => keyOf(object) === key), list: all };
  }

  get<T extends KubeObject>(type: ResourceType, namespace: string, name: string): Promise<T> {
    return this.#answer('get', type, namespace, name, () => this.#existing(type, namespace, name) as T);
  }

  create<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    const { namespace = '', name } = object.metadata;
    return this.#answer('create', type, namespace, name, () => {
      if (this.#objects.has(`${type.plural} ${namespace}/${name}`)) throw new EhosError('Conflict', 'already exists');
      return this.put(type, object);
    });
  }

  patch<T extends KubeObject>(type: ResourceType, namespace: string, name: string, patch: unknown): Promise<T> {
    return this.#answer('patch', type, namespace, name, () => this.#patched(type, namespace, name, patch) as T);
  }

  patchStatus<T extends KubeObject>(type: ResourceType, namespace: string, name: string, patch: unknown): Promise<T> {
    return this.#answer('patchStatus', type, namespace, name, () => this.#patched(type, namespace, name, patch) as T);
  }

  delete(
    type: ResourceType,
    namespace: string,
    name: string,
    { uid, resourceVersion }: DeletePreconditions = {},
  ): Promise<void> {
    return this.#answer('delete', type, namespace, name, () => {
      const key = `${type.plural} ${namespace}/${name}`;
      const { metadata } = this.#objects.get(key) ?? {};
      if (metadata && uid !== undefined && uid !== metadata.uid) throw new EhosError('Conflict', 'another object');
      if (metadata && resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
        throw new EhosError('Conflict', 'the object has been modified');
      this.#objects.delete(key);
    });
  }

  list<T extends KubeObject>(type: ResourceType, namespace: string | undefined): Promise<ListPage<T>> {
    return this.#answer('list', type, namespace ?? '', '', () => ({
      items: this.#all<T>(type).filter((object) => object.metadata.namespace === namespace),
      resourceVersion: String(this.#version),
      continueToken: undefined,
    }));
  }

  watch(): AsyncIterable<never> {
    throw new Error('not used');
  }

  requests(): ReadonlyMap<string, number> {
    return new Map();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #answer<T>(verb: string, type: ResourceType, namespace: string, name: string, act: () => T): Promise<T> {
    // answers come later, as real ones do
    await Promise.resolve();
    const line = `${verb} ${type.plural} ${namespace}/${name}`;
    if (this.failing?.line.test(line)) throw this.failing.error;
    if (verb !== 'get' && verb !== 'list') this.writes.push(line);
    return act();
  }

  #all<T extends KubeObject>(type: ResourceType): T[] {
    return [...this.#objects].flatMap(([key, object]) => (key.startsWith(`${type.plural} `) ? [object as T] : []));
  }

  #existing(type: ResourceType, namespace: string, name: string): KubeObject {
    const object = this.#objects.get(`${type.plural} ${namespace}/${name}`);
    if (!object) throw new EhosError('NotFound', `${type.plural} "${name}" not found`);
    return object;
  }

  #patched(type: ResourceType, namespace: string, name: string, patch: unknown): KubeObject {
    const before = this.#existing(type, namespace, name);
    const wanted = (patch as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion)
      throw new EhosError('Conflict', 'the object has been modified');
    return this.#store(type, mergePatch(before, patch) as KubeObject);
  }

  #store(type: ResourceType, object: KubeObject): KubeObject {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const stored = { ...object, kind: type.kind, metadata };
    this.#objects.set(`${type.plural} ${keyOf(stored)}`, stored);
    return stored;
  }
}
