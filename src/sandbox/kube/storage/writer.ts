/** What happens to an object between a request and the store: identity, generation, validation, finalizers, owners. */
import { jsonEqual, withMeta, type JsonObject, type KubeJson } from '../json.ts';
import { trackUpdate, type Manager } from '../patch/ownership.ts';
import { shown, type Resource } from '../resource.ts';
import { metadataCauses } from '../schema/metadata.ts';
import {
  alreadyExists,
  ApiError,
  conflict,
  fieldInvalid,
  forbidden,
  invalid,
  notFound,
  staleVersion,
  type Cause,
} from '../status.ts';
import { randomSuffix } from '../../../base/random.ts';
import { storeKey, type Cluster } from './cluster.ts';
import { Entry, type Store } from './store.ts';

/** etcd's limit for one object, bytes: the real server's default. */
const MAX_STORED = 2 * 1024 * 1024;
/** Whose write it is; `manager` undefined keeps the owners of fields as the object brings them (apply has done it). */
export interface WriteOptions {
  dryRun: boolean;
  manager: Manager | undefined;
}

export interface UpdateOptions extends WriteOptions {
  subresource: '' | 'status' | 'scale' | 'finalize';
  /** A PUT takes the uid for a precondition (409), a patch for a change that is refused (422). */
  isPut: boolean;
}

export class Writer {
  readonly #cluster: Cluster;
  readonly #managedFields: boolean;

  /** Without `managedFields` nobody owns a field. */
  constructor(cluster: Cluster, managedFields = true) {
    this.#cluster = cluster;
    this.#managedFields = managedFields;
  }

  /** Creates `object`, which is the caller's own and already pruned and defaulted. */
  create(resource: Resource, namespace: string | undefined, given: KubeJson, options: WriteOptions): Entry {
    const store = this.#cluster.store(resource);
    let object = this.#newIdentity(resource, namespace, given);
    if (namespace !== undefined) this.#requireNamespace(resource, namespace, object.metadata.name);
    resource.prepare?.(object, undefined);
    this.#validate(resource, object, undefined, false);
    const key = storeKey(namespace, object.metadata.name);
    const present = store.get(key);
    if (present)
      throw alreadyExists(resource, object.metadata.name, present.object.metadata.deletionTimestamp !== undefined);
    if (options.manager && this.#managedFields)
      object = trackUpdate(undefined, object, resource.schema, options.manager, this.#cluster.timestamp());
    return this.#save(resource, store, key, object, options.dryRun);
  }

  /** Replaces `old` by `given`, which the caller has pruned and defaulted. Nothing is written where nothing changes. */
  update(resource: Resource, old: Entry, given: KubeJson, options: UpdateOptions): Entry {
    const before = shown(resource, old.object);
    checkVersion(resource, old, given, options.isPut);
    let object = this.#settle(resource, before, given, options.subresource);
    resource.prepare?.(object, before);
    this.#validate(resource, object, before, options.subresource === 'status');
    if (isSameContent(before, object)) {
      const isSame =
        options.manager !== undefined || jsonEqual(before.metadata.managedFields, object.metadata.managedFields);
      if (isSame) return old;
    }
    if (resource.generation && !isSameSpec(resource, before, object)) {
      object = withMeta(object, { generation: (before.metadata.generation ?? 0) + 1 });
    }
    if (options.manager && this.#managedFields)
      object = trackUpdate(before, object, resource.schema, options.manager, this.#cluster.timestamp());
    const store = this.#cluster.store(resource);
    if (isFinished(object)) return this.#finish(resource, store, old, object, options.dryRun);
    return this.#save(resource, store, old.key, object, options.dryRun);
  }

  #newIdentity(resource: Resource, namespace: string | undefined, given: KubeJson): KubeJson {
    const { generateName } = given.metadata;
    const name =
      given.metadata.name ||
      (generateName ? `${generateName.slice(0, 58)}${randomSuffix(this.#cluster.random, 5)}` : '');
    return withMeta(given, {
      name,
      namespace,
      uid: this.#cluster.uuid(),
      resourceVersion: undefined,
      generation: resource.generation ? 1 : undefined,
      creationTimestamp: this.#cluster.timestamp(),
      deletionTimestamp: undefined,
      deletionGracePeriodSeconds: undefined,
      selfLink: undefined,
    });
  }

  #requireNamespace(resource: Resource, namespace: string, name: string): void {
    const object = this.#cluster.namespace(namespace);
    const namespaces = { group: '', plural: 'namespaces', kind: 'Namespace' };
    if (!object) throw notFound(namespaces, namespace);
    if (object.metadata.deletionTimestamp === undefined) return;
    throw forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }

  /** The new state with everything from the old one that this kind of write may not touch. */
  #settle(resource: Resource, old: KubeJson, given: KubeJson, subresource: UpdateOptions['subresource']): KubeJson {
    if (subresource === 'status') {
      const kept: JsonObject = { ...old, status: given.status };
      if (given.status === undefined) Reflect.deleteProperty(kept, 'status');
      return withMeta(kept as KubeJson, { managedFields: given.metadata.managedFields });
    }
    const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, namespace } =
      old.metadata;
    const object = withMeta(given, {
      name: given.metadata.name || old.metadata.name,
      namespace,
      uid: given.metadata.uid === '' ? uid : (given.metadata.uid ?? uid),
      creationTimestamp,
      deletionTimestamp: given.metadata.deletionTimestamp ?? deletionTimestamp,
      deletionGracePeriodSeconds,
      generation,
      selfLink: undefined,
      resourceVersion: old.metadata.resourceVersion,
    });
    if (!resource.status) return object;
    if (old.status === undefined) Reflect.deleteProperty(object, 'status');
    else object.status = old.status;
    return object;
  }

  #validate(resource: Resource, object: KubeJson, old: KubeJson | undefined, statusOnly: boolean): void {
    const found: Cause[] = [
      ...(statusOnly ? [] : metadataCauses(resource, object, old)),
      ...(resource.check?.(object, old) ?? []),
    ];
    const causes = resource.validation?.causes(object, old, statusOnly, found) ?? found;
    // core and events.k8s.io events are one type inside the server, and errors name that
    if (causes.length > 0) {
      throw invalid(
        resource.storage === 'events' ? { ...resource, group: '' } : resource,
        object.metadata.name,
        causes,
      );
    }
  }

  #save(resource: Resource, store: Store, key: string, object: KubeJson, dryRun: boolean): Entry {
    const stored = resource.view?.toStored(object) ?? object;
    // measured only where it could matter: serialising every write twice would cost more than the limit is worth
    const size = roughSize(stored);
    if (size > MAX_STORED) {
      const message = `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${size} vs. ${MAX_STORED})`;
      throw new ApiError(500, undefined, message);
    }
    if (dryRun) return new Entry(key, this.#cluster.revisions.current, stored);
    return store.put(key, stored);
  }

  /** The last finalizer is gone. The answer is the last state, with the version before the deletion. */
  #finish(resource: Resource, store: Store, old: Entry, object: KubeJson, dryRun: boolean): Entry {
    const stored = resource.view?.toStored(object) ?? object;
    if (!dryRun) store.remove(old.key);
    return new Entry(old.key, old.revision, stored);
  }
}

function checkVersion(resource: Resource, old: Entry, given: KubeJson, isPut: boolean): void {
  const { name, uid, resourceVersion } = given.metadata;
  const before = old.object.metadata;
  if (isPut && uid !== undefined && uid !== '' && uid !== before.uid) {
    const group = resource.group === '' ? '' : `${resource.group}/`;
    throw conflict(
      resource,
      before.name,
      `StorageError: invalid object, Code: 4, Key: /registry/${group}${resource.plural}/${old.key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.uid ?? ''}`,
    );
  }
  if (resourceVersion === undefined || resourceVersion === '') {
    if (resource.unconditionalUpdate) return;
    throw invalid(
      resource,
      name,
      [fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update')],
      resource.plural,
    );
  }
  if (!/^\d+$/.test(resourceVersion)) throw unparsableVersion(resourceVersion);
  if (resourceVersion !== String(old.revision)) throw staleVersion(resource, before.name);
}

/** The real server answers 500 without a reason to a version that is no number. */
function unparsableVersion(text: string): ApiError {
  return new ApiError(500, undefined, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const isFinished = (object: KubeJson): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).length === 0 &&
  !(object.kind === 'Namespace' && object.apiVersion === 'v1');

/** Whether only what the server writes differs. */
function isSameContent(a: KubeJson, b: KubeJson): boolean {
  return jsonEqual(
    withMeta(a, { managedFields: undefined, resourceVersion: undefined }),
    withMeta(b, { managedFields: undefined, resourceVersion: undefined }),
  );
}

function isSameSpec(resource: Resource, a: KubeJson, b: KubeJson): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete('metadata');
  if (resource.status) keys.delete('status');
  return [...keys].every((key) => jsonEqual(a[key], b[key]));
}

/** Bytes of an object's JSON if they may exceed the limit, else a lower number: long texts decide. */
function roughSize(object: KubeJson): number {
  let length = 0;
  const add = (value: unknown): void => {
    if (typeof value === 'string') length += value.length + 2;
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        length += key.length + 4;
        add(item);
      }
    } else length += 8;
  };
  add(object);
  return length > MAX_STORED / 4 ? Buffer.byteLength(JSON.stringify(object)) : length;
}
