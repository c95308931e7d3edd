/** Serves what CustomResourceDefinitions define, from their creation to their deletion. */
import { crds, establishedStatus, isEstablished, specOf } from '../builtin/crds.ts';
import { resourceOfCrd } from '../custom-resource.ts';
import type { KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { badRequest } from '../status.ts';
import type { Cluster } from '../storage/cluster.ts';
import type { Change } from '../storage/store.ts';
import type { Writer } from '../storage/writer.ts';

export class DefinitionController {
  readonly #cluster: Cluster;
  readonly #writer: Writer;

  constructor(cluster: Cluster, writer: Writer) {
    this.#cluster = cluster;
    this.#writer = writer;
    cluster.onChange((resource, change) => {
      if (resource.storage === 'customresourcedefinitions') this.#note(change);
    });
  }

  /** Makes a CRD as `kubectl create` would. Throws where it is none. */
  install(given: object): void {
    const object = structuredClone(given) as KubeJson;
    if (object.kind !== 'CustomResourceDefinition') throw badRequest('only CustomResourceDefinitions can be installed');
    this.#writer.create(crds, undefined, object, { dryRun: false, manager: undefined });
  }

  /** Objects go with their kind, whatever finalizers they have: nobody could remove those any more. */
  #withdraw(resource: Resource): void {
    const store = this.#cluster.store(resource);
    for (const entry of store.entries()) store.remove(entry.key);
    this.#cluster.withdraw(resource);
  }

  #note(change: Change): void {
    const { object } = change.entry;
    const spec = specOf(object);
    if (change.type === 'DELETED') {
      const version = spec.versions.find((candidate) => candidate.storage)?.name ?? '';
      const served = this.#cluster.find(spec.group, version, spec.names.plural);
      if (served) this.#withdraw(served);
      return;
    }
    if (change.type === 'ADDED' || change.before?.object.spec !== object.spec) this.#cluster.serve(resourceOfCrd(spec));
    if (isEstablished(object) || object.metadata.deletionTimestamp !== undefined) return;
    const manager = {
      name: 'kube-apiserver',
      operation: 'Update' as const,
      apiVersion: object.apiVersion,
      subresource: 'status',
    };
    const status = establishedStatus(object, this.#cluster.timestamp());
    this.#writer.update(
      crds,
      change.entry,
      { ...object, status },
      { dryRun: false, manager, subresource: 'status', isPut: false },
    );
  }
}
