/** GET /snapshot: what the pools of a namespace are planned from, as a file for `ehos plan`. */
import type { FleetSight } from '../domain/fleet-sight.ts';
import { toJson, toYaml } from '../snapshot/render.ts';
import { fileOf } from '../snapshot/write.ts';
import { VERSION } from '../version.ts';
import { plain, type Answer } from './http.ts';

/** One for each namespace that has pools; of `namespace` only, if it is given. */
export interface SnapshotSource {
  snapshot(namespace?: string): { namespace: string; sight: FleetSight }[];
}

/** `accept`: the header of that name. */
export function snapshotAnswer(url: URL, accept: string | undefined, source: SnapshotSource): Answer {
  const wanted = url.searchParams.get('namespace') ?? undefined;
  const found = source.snapshot(wanted);
  const [first] = found;
  if (!first) {
    const where =
      wanted === undefined
        ? 'in any namespace that this operator serves, or none was planned yet'
        : `in namespace ${JSON.stringify(wanted)}`;
    return plain(404, `there is no EhosNodePool ${where}`);
  }
  if (found.length > 1) {
    const names = found.map(({ namespace }) => namespace).join(', ');
    return plain(
      400,
      `there are pools in several namespaces: name one of ${names} (?namespace=NAME, --namespace NAME)`,
    );
  }
  const file = fileOf({ ...first, version: VERSION });
  return wantsJson(url.pathname, accept)
    ? { status: 200, type: 'application/json', body: toJson(file) }
    : { status: 200, type: 'application/yaml; charset=utf-8', body: toYaml(file) };
}

/** The ending of the path says more than the header. */
function wantsJson(path: string, accept = ''): boolean {
  if (path.endsWith('.json')) return true;
  return !path.endsWith('.yaml') && accept.includes('application/json') && !accept.includes('yaml');
}
