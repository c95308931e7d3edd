/** The path of a request below /api or /apis, taken apart. */
import type { Cluster } from '../storage/cluster.ts';
import type { Resource } from '../resource.ts';
import { unknownPath, unknownResource } from '../status.ts';

export interface ResourceRoute {
  resource: Resource;
  /** Undefined for cluster-scoped resources and for lists over all namespaces. */
  namespace: string | undefined;
  name: string | undefined;
  /** Empty for the object itself. */
  subresource: string;
}

/** The resource that a path names. Throws the plain 404 for a path that names none. */
export function resourceRoute(cluster: Cluster, path: string): ResourceRoute {
  const parts = path.split('/').filter((part) => part !== '');
  const [group, version, ...rest] = parts[0] === 'api' ? ['', ...parts.slice(1)] : parts.slice(1);
  if (group === undefined || version === undefined) throw unknownPath();
  // /namespaces/NAME and its subresources are the namespace itself
  const isInside = rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && isNamespacePart(rest[2]));
  const namespace = isInside ? rest[1] : undefined;
  const [plural = '', name, subresource = '', ...more] = isInside ? rest.slice(2) : rest;
  const resource = cluster.find(group, version, plural);
  if (!resource || more.length > 0) throw isBuiltIn(cluster, group) ? unknownResource() : unknownPath();
  const isMisplaced = resource.namespaced ? namespace === undefined && name !== undefined : namespace !== undefined;
  if (isMisplaced) throw isBuiltIn(cluster, group) ? unknownResource() : unknownPath();
  return { resource, namespace, name, subresource };
}

const isBuiltIn = (cluster: Cluster, group: string): boolean =>
  cluster.resources().some((resource) => resource.group === group && !resource.custom);

const isNamespacePart = (part: string | undefined): boolean => part === 'status' || part === 'finalize';
