/** The life of namespaces: what a new one gets, and how a deleted one is emptied before it goes. */
import { namespaces, serviceAccounts } from '../builtin/core.ts';
import type { JsonObject, KubeJson } from '../json.ts';
import { qualified } from '../status.ts';
import { storeKey, type Cluster } from '../storage/cluster.ts';
import type { Entry } from '../storage/store.ts';
import { requestDeletion } from '../storage/deletion.ts';
import type { Writer } from '../storage/writer.ts';

/** A real namespace takes 5 s even when empty; nobody waits that long for a sandbox, but clients should see Terminating. */
const DELAY_MS = 250;

const INITIAL = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export class NamespaceController {
  readonly #cluster: Cluster;
  readonly #writer: Writer;
  readonly #terminating = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(cluster: Cluster, writer: Writer) {
    this.#cluster = cluster;
    this.#writer = writer;
    cluster.onChange((resource, change) => {
      const { metadata } = change.entry.object;
      if (resource.storage === 'namespaces') this.#noteNamespace(change.type, change.entry);
      // something has left a namespace that waits for it
      else if (change.type === 'DELETED' && this.#terminating.has(metadata.namespace ?? '')) this.#schedule();
    });
  }

  /** Makes the namespaces that every cluster has. */
  start(): void {
    for (const name of INITIAL) {
      this.#writer.create(
        namespaces,
        undefined,
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
        { dryRun: false, manager: undefined },
      );
    }
  }

  close(): void {
    this.#cancel?.();
  }

  #noteNamespace(type: string, { object }: Entry): void {
    const { name, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') this.#terminating.delete(name);
    else if (type === 'ADDED') this.#addAccount(name);
    else if (deletionTimestamp !== undefined && !this.#terminating.has(name)) {
      this.#terminating.add(name);
      this.#schedule();
    }
  }

  #addAccount(namespace: string): void {
    const account: KubeJson = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
    this.#writer.create(serviceAccounts, namespace, account, { dryRun: false, manager: undefined });
  }

  #schedule(): void {
    this.#cancel ??= this.#cluster.clock.after(DELAY_MS, () => {
      this.#cancel = undefined;
      for (const name of [...this.#terminating]) this.#empty(name);
    });
  }

  #empty(name: string): void {
    const remaining = new Map<string, Entry[]>();
    for (const resource of this.#cluster.resources()) {
      if (!resource.namespaced || resource.view) continue;
      const store = this.#cluster.store(resource);
      const inside = (): Entry[] => store.entries().filter((entry) => entry.key.startsWith(`${name}/`));
      for (const entry of inside()) {
        requestDeletion(this.#cluster, resource, entry, {
          dryRun: false,
          uid: undefined,
          resourceVersion: undefined,
          propagation: 'Background',
        });
      }
      const left = inside();
      if (left.length > 0) remaining.set(qualified(resource.group, resource.plural), left);
    }
    const store = this.#cluster.store(namespaces);
    const entry = store.get(storeKey(undefined, name));
    if (!entry) return;
    if (remaining.size === 0) {
      store.remove(entry.key);
      return;
    }
    const status = { phase: 'Terminating', conditions: this.#conditions(remaining) };
    const manager = {
      name: 'kube-controller-manager',
      operation: 'Update' as const,
      apiVersion: 'v1',
      subresource: 'status',
    };
    this.#writer.update(
      namespaces,
      entry,
      { ...entry.object, status },
      { dryRun: false, manager, subresource: 'status', isPut: false },
    );
  }

  /** In the real controller's words: `kubectl get namespace -o yaml` is where an admin looks for what hangs. */
  #conditions(remaining: Map<string, Entry[]>): JsonObject[] {
    const lastTransitionTime = this.#cluster.timestamp();
    const condition = (type: string, status: string, reason: string, message: string): JsonObject => ({
      type,
      status,
      lastTransitionTime,
      reason,
      message,
    });
    const counts = [...remaining].map(([name, entries]) => `${name} has ${entries.length} resource instances`);
    const finalizers = new Map<string, number>();
    for (const entry of [...remaining.values()].flat()) {
      for (const finalizer of entry.object.metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
    const waits = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
    return [
      condition(
        'NamespaceDeletionDiscoveryFailure',
        'False',
        'ResourcesDiscovered',
        'All resources successfully discovered',
      ),
      condition(
        'NamespaceDeletionGroupVersionParsingFailure',
        'False',
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ),
      condition(
        'NamespaceDeletionContentFailure',
        'False',
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ),
      condition(
        'NamespaceContentRemaining',
        'True',
        'SomeResourcesRemain',
        `Some resources are remaining: ${counts.join(', ')}`,
      ),
      condition(
        'NamespaceFinalizersRemaining',
        'True',
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${waits.join(', ')}`,
      ),
    ];
  }
}
