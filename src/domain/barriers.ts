/** What bars a flavor of a cloud for good, whatever the load: nothing of it can ever be had until an admin changes something. */
import { RESOURCES, volumesTaken, type Amounts, type NodeVolumes } from './amounts.ts';
import type { PlanCloud, PlanFlavor, Unsatisfiable } from './plan-types.ts';
import { count, memoryWords } from './words.ts';

/** Why it can never be had, and what would have to change. */
export type Barrier = Pick<Unsatisfiable, 'reason' | 'remedy'>;

/** What a node of this flavor takes of the quota: its volumes count beside it. */
export function takesOf(cloud: NodeVolumes, { cores, memory }: PlanFlavor): Amounts {
  return { instances: 1, cores, memory, ...volumesTaken(cloud) };
}

/** undefined: nothing bars it. */
export function barrierOf(cloud: PlanCloud, flavor: PlanFlavor): Barrier | undefined {
  const name = `${flavor.name} on cloud ${cloud.name}`;
  if (!(flavor.cores > 0 && flavor.memory > 0))
    return { reason: `${name} has no cores or no memory`, remedy: 'name another flavor' };
  if (flavor.unfit !== undefined)
    return {
      reason: `${name} cannot boot the image: ${flavor.unfit}`,
      remedy: 'use a smaller image or another flavor',
    };
  const takes = takesOf(cloud, flavor);
  const resource = RESOURCES.find((one) => takes[one] > (cloud.ceilings[one]?.limit ?? Infinity));
  const ceiling = resource && cloud.ceilings[resource];
  if (!resource || !ceiling) return undefined;
  const words = (n: number): string => (resource === 'memory' ? memoryWords(n) : count(n, resource.slice(0, -1)));
  const reason = `${name} takes ${words(takes[resource])}${resource === 'memory' ? ' of memory' : ''}, and the ${ceiling.by} is ${words(ceiling.limit)}`;
  return { reason, remedy: ceiling.by === 'quota' ? 'ask for quota' : 'raise spec.limits of the EhosCloud' };
}
