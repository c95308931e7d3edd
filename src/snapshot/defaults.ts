/** What counts where a snapshot file says nothing: the writer leaves out what the reader would fill in. */
import type { EhosNodePool } from '../api/resources.ts';
import { NONE, plus, volumesTaken, type Amounts } from '../domain/amounts.ts';
import type { CloudSight } from '../domain/fleet-sight.ts';
import { promiseOf } from '../domain/plan-input.ts';
import type { PlanNode } from '../domain/plan-types.ts';
import { NOTHING } from '../domain/shapes.ts';
import type { Shape } from '../domain/snapshots.ts';

type OfferedBy = Pick<CloudSight, 'flavors' | 'seen'> | undefined;

/** What a node of a flavor is expected to offer altogether. */
export function expectedTotal(
  flavor: string,
  cloud: OfferedBy,
  image: string | undefined,
  rootVolumeGiB: number | undefined,
): Shape {
  return promiseOf(cloud?.flavors?.get(flavor), image ?? '', cloud?.seen ?? [], rootVolumeGiB);
}

export function expectedFree({ state, recallable }: Pick<PlanNode, 'state' | 'recallable'>, total: Shape): Shape {
  return state === 'Idle' || state === 'Starting' || recallable ? total : NOTHING;
}

export function rootVolumeOf({ spec }: Pick<EhosNodePool, 'spec'>): number | undefined {
  return spec.template?.rootVolume?.size;
}

function scratchVolumeOf({ spec }: Pick<EhosNodePool, 'spec'>, cloud: string): number | undefined {
  const entry = spec.clouds.find(({ name }) => name === cloud);
  return (entry?.scratchVolume ?? spec.template?.scratchVolume)?.size;
}

export interface Holding {
  nodes: readonly Pick<PlanNode, 'cloud' | 'flavor'>[];
  pool: Pick<EhosNodePool, 'spec'>;
}

/** What nodes take of the quota of each cloud, by name. */
export function takenOf(
  clouds: readonly { name: string; flavors: CloudSight['flavors'] }[],
  pools: readonly Holding[],
): Map<string, Amounts> {
  const flavors = new Map(clouds.map((cloud) => [cloud.name, cloud.flavors]));
  const taken = new Map<string, Amounts>();
  for (const { nodes, pool } of pools) {
    for (const { cloud, flavor } of nodes) {
      const { cores = 0, memory = 0 } = flavors.get(cloud)?.get(flavor) ?? {};
      const sizes = { rootVolumeGiB: rootVolumeOf(pool), scratchVolumeGiB: scratchVolumeOf(pool, cloud) };
      const each = { instances: 1, cores, memory, ...volumesTaken(sizes) };
      taken.set(cloud, plus(taken.get(cloud) ?? NONE, each));
    }
  }
  return taken;
}
