/** Objects that are simply there: a fleet of thousands is made without a request for each. */
import { withMeta, type JsonObject, type KubeJson } from './json.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import type { Manager } from './patch/ownership.ts';
import { withDefaults } from './schema/defaults.ts';
import type { ObjectContext } from './http/target.ts';
import { storeKey } from './storage/cluster.ts';

/** What the server does with the requests of a client of this name, validation and all. */
export class Seeder {
  readonly #context: ObjectContext;
  readonly #client: string;

  constructor(context: ObjectContext, client: string) {
    this.#context = context;
    this.#client = client;
  }

  /** Creates an object, as a POST does; what it has as status is left out. Returns it as stored. */
  create(plural: string, object: KubeJson): KubeJson {
    const resource = this.#resource(plural);
    const made: JsonObject = { ...object, metadata: { ...object.metadata } };
    if (resource.status) Reflect.deleteProperty(made, 'status');
    const options = { dryRun: false, manager: this.#manager(resource, undefined) };
    const given = withMeta(withDefaults(made, resource.schema) as KubeJson, { managedFields: undefined });
    return this.#context.writer.create(resource, object.metadata.namespace, given, options).object;
  }

  /** Replaces the status of an object, as a PUT to its status does. */
  setStatus(plural: string, object: KubeJson, status: JsonObject): void {
    const resource = this.#resource(plural);
    const { namespace, name } = object.metadata;
    const old = this.#context.cluster.store(resource).get(storeKey(namespace, name));
    if (!old) throw new Error(`there is no ${resource.kind} "${name}"`);
    const options = {
      dryRun: false,
      isPut: true,
      subresource: 'status',
      manager: this.#manager(resource, 'status'),
    } as const;
    this.#context.writer.update(resource, old, { ...old.object, status }, options);
  }

  #resource(plural: string): Resource {
    const resource = this.#context.cluster.findPlural(plural);
    if (!resource) throw new Error(`${plural} is not served`);
    return resource;
  }

  #manager(resource: Resource, subresource: Manager['subresource']): Manager {
    return { name: this.#client, operation: 'Update', apiVersion: apiVersionOf(resource), subresource };
  }
}
