/** Local copies of the objects of one type in the namespaces that are served: one reflector for each, or one for all. */
import { splitKey, type KubeObject } from '../api/resources.ts';
import { Reflector, type CopyState, type ReflectorOptions } from './reflector.ts';
import type { Store } from './types.ts';

export class Reflectors<T extends KubeObject> implements Store<T> {
  readonly #byNamespace: ReadonlyMap<string | undefined, Reflector<T>>;
  readonly #all: readonly Reflector<T>[];

  /** `namespaces` undefined: all. */
  constructor(options: Omit<ReflectorOptions<T>, 'namespace'>, namespaces: readonly string[] | undefined) {
    this.#byNamespace = new Map(
      namespaces === undefined
        ? [[undefined, new Reflector(options)]]
        : namespaces.map((namespace) => [namespace, new Reflector({ ...options, namespace })]),
    );
    this.#all = [...this.#byNamespace.values()];
  }

  get(key: string): T | undefined {
    return this.#of(key)?.store.get(key);
  }

  list(): T[] {
    const [first] = this.#all;
    return first && this.#all.length === 1 ? first.store.list() : this.#all.flatMap(({ store }) => store.list());
  }

  start(): void {
    for (const reflector of this.#all) reflector.start();
  }

  /** Resolves after the first list of each; rejects if one is stopped before. */
  async synced(): Promise<void> {
    await Promise.all(this.#all.map(async (reflector) => await reflector.synced));
  }

  /** Lists all of them anew; see Reflector. */
  async refresh(): Promise<void> {
    await Promise.all(this.#all.map(async (reflector) => await reflector.refresh()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(async (reflector) => await reflector.stop()));
  }

  /** Takes over what a write returned; see Reflector. */
  patched(object: T): void {
    this.#of(`${object.metadata.namespace ?? ''}/`)?.patched(object);
  }

  /** How each copy stands. */
  states(): CopyState[] {
    return this.#all.map((reflector) => reflector.state());
  }

  #of(key: string): Reflector<T> | undefined {
    return this.#byNamespace.get(undefined) ?? this.#byNamespace.get(splitKey(key).namespace);
  }
}
