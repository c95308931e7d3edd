/** A KubeClient that answers what the test tells it to, for what stands on the client. */
import { EhosError } from '../../../src/base/errors.ts';
import type { KubeObject, ResourceType } from '../../../src/api/resources.ts';
import type { KubeClient, ListPage, WatchEvent } from '../../../src/kube/types.ts';

export interface Item extends KubeObject {
  value?: string;
}

export const item = (name: string, version: number, value = '', metadata: object = {}): Item => ({
  metadata: { namespace: 'ns', name, resourceVersion: String(version), ...metadata },
  value,
});

export const page = (version: number, ...items: Item[]): ListPage<Item> => ({
  items,
  resourceVersion: String(version),
  continueToken: undefined,
});

/** One open watch, fed by the test. */
export class FakeWatch {
  readonly #waiting: (() => void)[] = [];
  readonly #events: WatchEvent<Item>[] = [];
  #end: { error?: Error } | undefined;
  /** True when the reader has left. */
  left = false;

  constructor(
    readonly options: { resourceVersion: string; timeoutSeconds: number },
    readonly namespace: string | undefined,
    signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.end(new EhosError('Transient', 'given up by the caller')));
    if (signal.aborted) this.end(new EhosError('Transient', 'given up by the caller'));
  }

  send(type: WatchEvent<Item>['type'], object: Item): void {
    this.#events.push({ type, object });
    this.#wake();
  }

  bookmark(version: number): void {
    this.send('BOOKMARK', { metadata: { name: '', resourceVersion: String(version) } });
  }

  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake();
  }

  async *events(): AsyncGenerator<WatchEvent<Item>> {
    try {
      for (;;) {
        for (let event = this.#events.shift(); event; event = this.#events.shift()) yield event;
        if (this.#end?.error) throw this.#end.error;
        if (this.#end) return;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      this.left = true;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

type ListAnswer = ListPage<Item> | Error | (() => Promise<ListPage<Item>>);

export class FakeClient implements KubeClient {
  /** Answers of the lists to come; the last one answers all further ones. */
  lists: ListAnswer[] = [];
  /** Errors of the watches to come; when there are none a watch is opened. */
  watchErrors: Error[] = [];
  readonly listed: { namespace: string | undefined; limit?: number; continueToken?: string }[] = [];
  readonly watches: FakeWatch[] = [];
  readonly written: { verb: string; namespace: string; name: string; body: unknown }[] = [];
  /** Errors of the writes to come. */
  writeErrors: (Error | undefined)[] = [];

  get openWatch(): FakeWatch {
    const last = this.watches.at(-1);
    if (!last) throw new Error('no watch is open');
    return last;
  }

  async list<T extends KubeObject>(
    _type: ResourceType,
    namespace: string | undefined,
    options: { limit?: number; continueToken?: string } = {},
  ): Promise<ListPage<T>> {
    this.listed.push({ namespace, ...options });
    const answer = this.lists.length > 1 ? this.lists.shift() : this.lists[0];
    if (answer === undefined) throw new Error('no list was expected');
    if (answer instanceof Error) throw answer;
    return (typeof answer === 'function' ? await answer() : answer) as unknown as ListPage<T>;
  }

  async *watch<T extends KubeObject>(
    _type: ResourceType,
    namespace: string | undefined,
    options: { resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const watch = new FakeWatch(options, namespace, signal);
    this.watches.push(watch);
    const error = this.watchErrors.shift();
    if (error) watch.end(error);
    yield* watch.events() as unknown as AsyncGenerator<WatchEvent<T>>;
  }

  create<T extends KubeObject>(_type: ResourceType, object: T): Promise<T> {
    return this.#write('create', object.metadata.namespace ?? '', object.metadata.name, object) as Promise<T>;
  }

  patch<T extends KubeObject>(_type: ResourceType, namespace: string, name: string, patch: unknown): Promise<T> {
    return this.#write('patch', namespace, name, patch) as Promise<T>;
  }

  get(): Promise<never> {
    return Promise.reject(new Error('not used'));
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

  async #write(verb: string, namespace: string, name: string, body: unknown): Promise<unknown> {
    // answers come later, as real ones do
    await Promise.resolve();
    const error = this.writeErrors.shift();
    this.written.push({ verb, namespace, name, body });
    if (error) throw error;
    return body;
  }
}
