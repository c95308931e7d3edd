/** Counted requests: how often each was made. */

/** Of the Kubernetes API, as `patchStatus ehosnodes` -> 12. */
export type Requests = ReadonlyMap<string, number>;

const READS = ['get', 'list', 'watch'];

export const writes = (requests: Requests): Requests => pick(requests, false);

export const reads = (requests: Requests): Requests => pick(requests, true);

function pick(requests: Requests, read: boolean): Requests {
  return new Map([...requests].filter(([request]) => READS.includes(request.split(' ')[0] ?? '') === read));
}

/** What was added since `before`; what did not change is left out. */
export function since(before: Requests, after: Requests): Requests {
  const added = [...after].map(([key, n]): [string, number] => [key, n - (before.get(key) ?? 0)]);
  return new Map(added.filter(([, n]) => n > 0));
}

export const total = (requests: Requests): number => [...requests.values()].reduce((sum, n) => sum + n, 0);

/** `12 patchStatus ehosnodes, 2 get secrets`, the most frequent first. */
export function listed(requests: Requests): string {
  const ordered = [...requests].sort(([, a], [, b]) => b - a);
  return ordered.map(([key, n]) => `${n} ${key}`).join(', ');
}
