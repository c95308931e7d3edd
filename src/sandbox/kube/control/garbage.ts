/** The garbage collector: what is owned goes with its last owner, or before it (foreground), or stays (orphan). */
import { withMeta, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { Cluster } from '../storage/cluster.ts';
import type { Change, Entry } from '../storage/store.ts';
import { FOREGROUND, ORPHAN, requestDeletion } from '../storage/deletion.ts';
import type { Writer } from '../storage/writer.ts';
import { shown } from '../resource.ts';

/** The real collector acts within 0.2 s; so does this one, after the answer to the deletion is out. */
const DELAY_MS = 20;

export class GarbageCollector {
  readonly #cluster: Cluster;
  readonly #writer: Writer;
  /** Owner's uid to the uids of its dependants. */
  readonly #dependants = new Map<string, Set<string>>();
  /** Uids to look at in the next round. */
  readonly #owners = new Set<string>();
  readonly #dependantsToCheck = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(cluster: Cluster, writer: Writer) {
    this.#cluster = cluster;
    this.#writer = writer;
    cluster.onChange((_resource, change) => this.#note(change));
  }

  close(): void {
    this.#cancel?.();
  }

  #note(change: Change): void {
    const { metadata } = change.entry.object;
    const uid = metadata.uid ?? '';
    const before = ownersOf(change.before?.object);
    const after = change.type === 'DELETED' ? [] : ownersOf(change.entry.object);
    for (const owner of before) if (!after.includes(owner)) this.#unlink(owner, uid);
    for (const owner of after) this.#link(owner, uid);
    if (after.length > 0 && change.type === 'ADDED') this.#dependantsToCheck.add(uid);
    if (after.length > 0 && before.join() !== after.join()) this.#dependantsToCheck.add(uid);
    if (change.type === 'DELETED') for (const owner of before) this.#owners.add(owner);
    const waits = metadata.finalizers?.some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);
    if (change.type === 'DELETED' || waits === true) this.#owners.add(uid);
    if (this.#owners.size > 0 || this.#dependantsToCheck.size > 0) this.#schedule();
  }

  #link(owner: string, dependant: string): void {
    const set = this.#dependants.get(owner);
    if (set) set.add(dependant);
    else this.#dependants.set(owner, new Set([dependant]));
  }

  #unlink(owner: string, dependant: string): void {
    const set = this.#dependants.get(owner);
    set?.delete(dependant);
    if (set?.size === 0) this.#dependants.delete(owner);
  }

  #schedule(): void {
    this.#cancel ??= this.#cluster.clock.after(DELAY_MS, () => {
      this.#cancel = undefined;
      this.#round();
    });
  }

  #round(): void {
    const owners = [...this.#owners];
    const dependants = [...this.#dependantsToCheck];
    this.#owners.clear();
    this.#dependantsToCheck.clear();
    for (const uid of owners) this.#visitOwner(uid);
    for (const uid of dependants) this.#visitDependant(uid);
  }

  #visitOwner(uid: string): void {
    const found = this.#cluster.byUid(uid);
    const dependants = [...(this.#dependants.get(uid) ?? [])];
    if (!found) {
      for (const dependant of dependants) this.#visitDependant(dependant);
      return;
    }
    const finalizers = found.entry.object.metadata.finalizers ?? [];
    if (found.entry.object.metadata.deletionTimestamp === undefined) return;
    if (finalizers.includes(ORPHAN)) {
      for (const dependant of dependants) this.#disown(dependant, uid);
      this.#removeFinalizer(found, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) this.#deleteInForeground(found, dependants, uid);
  }

  /** Dependants first; those that block the owner's deletion are waited for. */
  #deleteInForeground(owner: { resource: Resource; entry: Entry }, dependants: string[], uid: string): void {
    let isBlocked = false;
    for (const dependant of dependants) {
      const found = this.#cluster.byUid(dependant);
      if (!found) continue;
      const { object } = found.entry;
      if (object.metadata.deletionTimestamp === undefined) this.#delete(found, 'Foreground');
      const still = this.#cluster.byUid(dependant);
      const blocks = object.metadata.ownerReferences?.some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion,
      );
      if (still && blocks === true) isBlocked = true;
    }
    if (!isBlocked) this.#removeFinalizer(owner, FOREGROUND);
  }

  /** An object none of whose owners exists goes; dead references beside live ones are taken away. */
  #visitDependant(uid: string): void {
    const found = this.#cluster.byUid(uid);
    const references = found?.entry.object.metadata.ownerReferences ?? [];
    if (!found || references.length === 0) return;
    const living = references.filter((reference) => this.#mayExist(reference, found.entry.object));
    if (living.length === 0) this.#delete(found, 'Background');
    else if (living.length < references.length) this.#rewrite(found, { ownerReferences: living });
  }

  /** An owner of a kind that is not served cannot be looked up: the real collector then does nothing. */
  #mayExist(reference: { apiVersion: string; kind: string; uid: string }, dependant: KubeJson): boolean {
    if (!this.#cluster.findKind(reference.apiVersion, reference.kind)) return true;
    const owner = this.#cluster.byUid(reference.uid);
    if (!owner) return false;
    return !owner.resource.namespaced || owner.entry.object.metadata.namespace === dependant.metadata.namespace;
  }

  #delete(found: { resource: Resource; entry: Entry }, propagation: 'Background' | 'Foreground'): void {
    const hasDependants = this.#dependants.has(found.entry.object.metadata.uid ?? '');
    const policy = hasDependants ? propagation : 'Background';
    requestDeletion(this.#cluster, found.resource, found.entry, {
      dryRun: false,
      uid: undefined,
      resourceVersion: undefined,
      propagation: policy,
    });
  }

  #disown(dependant: string, owner: string): void {
    const found = this.#cluster.byUid(dependant);
    const references = found?.entry.object.metadata.ownerReferences?.filter((reference) => reference.uid !== owner);
    if (found) this.#rewrite(found, { ownerReferences: references?.length === 0 ? undefined : references });
  }

  #removeFinalizer(found: { resource: Resource; entry: Entry }, finalizer: string): void {
    const finalizers = found.entry.object.metadata.finalizers?.filter((other) => other !== finalizer);
    this.#rewrite(found, { finalizers: finalizers?.length === 0 ? undefined : finalizers });
  }

  #rewrite({ resource, entry }: { resource: Resource; entry: Entry }, meta: Parameters<typeof withMeta>[1]): void {
    this.#writer.update(resource, entry, withMeta(shown(resource, entry.object), meta), {
      dryRun: false,
      manager: {
        name: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: entry.object.apiVersion,
        subresource: undefined,
      },
      subresource: '',
      isPut: false,
    });
  }
}

function ownersOf(object: KubeJson | undefined): string[] {
  return (object?.metadata.ownerReferences ?? []).map((reference) => reference.uid);
}
