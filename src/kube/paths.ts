/** Where things are in the API. */
import type { ResourceType } from '../api/resources.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** `/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes/name/status?x=y`; without a namespace all namespaces, or a cluster-wide kind. */
export function resourcePath(
  type: ResourceType,
  where: { namespace?: string | undefined; name?: string; subresource?: string },
  query: Query = {},
): string {
  const parts = type.group === '' ? ['', 'api', type.version] : ['', 'apis', type.group, type.version];
  // the namespaces themselves live beside all others
  if (where.namespace) parts.push('namespaces', encodeURIComponent(where.namespace));
  parts.push(type.plural);
  if (where.name !== undefined) parts.push(encodeURIComponent(where.name));
  if (where.subresource !== undefined) parts.push(where.subresource);
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return parts.join('/') + (text === '' ? '' : `?${text}`);
}

/** `ehos.io/v1alpha1`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
