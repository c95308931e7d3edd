/** What is checked: objects of files, and for whatever they do not hold those that are applied. */
import {
  CLOUDS,
  keyOf,
  MASTERS,
  POOLS,
  type EhosCloud,
  type EhosMaster,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../api/resources.ts';
import { EhosError, errorClassOf } from '../../base/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import { listAll } from '../connect.ts';
import type { Manifest } from './manifests.ts';

/** Reads single objects; the part of a client that reading Secrets needs. */
export type Reader = Pick<KubeClient, 'get'>;

export interface Subjects {
  clouds: EhosCloud[];
  masters: EhosMaster[];
  pools: EhosNodePool[];
}

/** An object of a file hides the one of the same name in the cluster: that is what will be there. */
export function overlay(manifests: readonly Manifest[], client: Reader | undefined): Reader {
  const files = new Map(manifests.map(({ type, object }) => [`${type.kind}/${keyOf(object)}`, object]));
  return {
    get: async <T extends KubeObject>(
      type: ResourceType,
      namespace: string,
      name: string,
      signal?: AbortSignal,
    ): Promise<T> => {
      const found = files.get(`${type.kind}/${namespace}/${name}`);
      if (found) return found as T;
      if (client) return await client.get<T>(type, namespace, name, signal);
      throw new EhosError('NotFound', `${type.kind} "${name}" is in none of the files`);
    },
  };
}

/** Those of the files, or, without any, all that are applied. Those that pools of the files refer to are looked for in the cluster, too. */
export async function subjectsOf(
  manifests: readonly Manifest[],
  client: KubeClient | undefined,
  scope: string | undefined,
): Promise<Subjects> {
  if (manifests.length === 0) {
    if (!client) return { clouds: [], masters: [], pools: [] };
    const [clouds, masters, pools] = await Promise.all([
      listAll<EhosCloud>(client, CLOUDS, scope),
      listAll<EhosMaster>(client, MASTERS, scope),
      listAll<EhosNodePool>(client, POOLS, scope),
    ]);
    return { clouds, masters, pools };
  }
  const of = <T extends KubeObject>({ kind }: ResourceType): T[] =>
    manifests.filter(({ type }) => type.kind === kind).map(({ object }) => object as T);
  const subjects = { clouds: of<EhosCloud>(CLOUDS), masters: of<EhosMaster>(MASTERS), pools: of<EhosNodePool>(POOLS) };
  for (const { metadata, spec } of subjects.pools) {
    const { namespace = '' } = metadata;
    for (const { name } of spec.clouds)
      if (!has(subjects.clouds, namespace, name))
        subjects.clouds.push(...(await find<EhosCloud>(client, CLOUDS, namespace, name)));
    const { name } = spec.masterRef;
    if (!has(subjects.masters, namespace, name))
      subjects.masters.push(...(await find<EhosMaster>(client, MASTERS, namespace, name)));
  }
  return subjects;
}

function has(known: readonly KubeObject[], namespace: string, name: string): boolean {
  return known.some((object) => keyOf(object) === `${namespace}/${name}`);
}

async function find<T extends KubeObject>(
  client: Reader | undefined,
  type: ResourceType,
  namespace: string,
  name: string,
): Promise<T[]> {
  try {
    return client ? [await client.get<T>(type, namespace, name)] : [];
  } catch (error) {
    // that it is not there, or may not be read, is found where it is used
    if (['NotFound', 'Auth', 'Transient', 'Timeout'].includes(errorClassOf(error))) return [];
    throw error;
  }
}
