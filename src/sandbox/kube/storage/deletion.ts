/** Deletion: at once, or when the last finalizer is gone. */
import { withMeta, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { conflict, forbidden } from '../status.ts';
import type { Cluster } from './cluster.ts';
import { Entry } from './store.ts';

/** Namespaces that the real server does not let go. */
const PROTECTED = new Set(['default', 'kube-system', 'kube-public']);
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

export interface DeleteOptions {
  dryRun: boolean;
  uid: string | undefined;
  resourceVersion: string | undefined;
  propagation: 'Background' | 'Foreground' | 'Orphan';
}

/** Asks for the deletion of an object. `gone` is false while finalizers keep it. */
export function requestDeletion(
  cluster: Cluster,
  resource: Resource,
  old: Entry,
  options: DeleteOptions,
): { gone: boolean; entry: Entry } {
  const { object } = old;
  checkPreconditions(resource, object, options);
  if (resource.storage === 'namespaces' && PROTECTED.has(object.metadata.name)) {
    throw forbidden(resource, object.metadata.name, 'this namespace may not be deleted', []);
  }
  const finalizers = finalizersFor(object.metadata.finalizers ?? [], options.propagation);
  const waits = finalizers.length > 0 || resource.storage === 'namespaces';
  if (!waits) {
    if (!options.dryRun) cluster.store(resource).remove(old.key);
    return { gone: true, entry: old };
  }
  if (object.metadata.deletionTimestamp !== undefined) return { gone: false, entry: old };
  const { generation } = object.metadata;
  const marked = withMeta(object, {
    deletionTimestamp: cluster.timestamp(),
    ...(resource.storage === 'namespaces' ? {} : { deletionGracePeriodSeconds: 0 }),
    ...(generation === undefined ? {} : { generation: generation + 1 }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  });
  const ready = resource.storage === 'namespaces' ? { ...marked, status: { phase: 'Terminating' } } : marked;
  if (options.dryRun) return { gone: false, entry: new Entry(old.key, old.revision, ready) };
  return { gone: false, entry: cluster.store(resource).put(old.key, ready) };
}

function checkPreconditions(resource: Resource, object: KubeJson, options: DeleteOptions): void {
  const { name, uid = '', resourceVersion = '' } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, why, resource.kind);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(resource, name, why, resource.kind);
  }
}

function finalizersFor(present: string[], propagation: DeleteOptions['propagation']): string[] {
  const wanted = propagation === 'Foreground' ? FOREGROUND : propagation === 'Orphan' ? ORPHAN : undefined;
  const others = present.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  return wanted === undefined ? others : [...others, wanted];
}
