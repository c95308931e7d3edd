/** What the verbs on objects have in common: where the object is, and who writes. */
import type { Manager } from '../patch/ownership.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { badRequest, notFound } from '../status.ts';
import { storeKey, type Cluster } from '../storage/cluster.ts';
import type { Entry } from '../storage/store.ts';
import type { Writer } from '../storage/writer.ts';
import { fieldManagerOf, type ApiRequest } from './request.ts';
import type { ResourceRoute } from './route.ts';

export interface ObjectContext {
  cluster: Cluster;
  writer: Writer;
}

export type NamedRoute = ResourceRoute & { name: string };

export function requireName(route: ResourceRoute): NamedRoute {
  if (route.name === undefined) throw badRequest('name must be provided');
  return { ...route, name: route.name };
}

/** The stored object of a route. Throws 404. */
export function existing(cluster: Cluster, route: NamedRoute): Entry {
  const entry = cluster.store(route.resource).get(storeKey(route.namespace, route.name));
  if (!entry) throw notFound(route.resource, route.name);
  return entry;
}

export function managerOf(
  request: ApiRequest,
  resource: Resource,
  subresource: string,
  operation: Manager['operation'],
): Manager {
  return {
    name: fieldManagerOf(request),
    operation,
    apiVersion: apiVersionOf(resource),
    subresource: subresource === '' ? undefined : subresource,
  };
}
