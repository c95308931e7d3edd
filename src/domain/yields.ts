/** What a node of a flavor really offers: a startd shows less memory and disk than the flavor says (incident I29). */
import type { EhosNode } from '../api/resources.ts';
import type { Flavor, Shape } from './snapshots.ts';

const GIB_IN_KIB = 1024 * 1024;

/** Before a node of a flavor has joined: the kernel and the system keep about a twentieth of the memory, the image some disk. */
export function estimateYield(flavor: Flavor, rootVolumeGiB: number | undefined): Shape {
  const disk = rootVolumeGiB === undefined ? flavor.disk : rootVolumeGiB * GIB_IN_KIB;
  return {
    cpus: flavor.cores,
    memory: Math.max(0, Math.floor(flavor.memory * 0.95) - 32),
    disk: Math.max(0, Math.floor(disk * 0.9 - Math.min(2 * GIB_IN_KIB, 0.4 * disk))),
    gpus: flavor.gpus,
  };
}

/**
 * What nodes of (cloud, flavor, image) that have joined were seen to offer; the least of each counts.
 * The nodes' own records are the memory, so that it survives a restart of the operator.
 */
export function learnedYields(
  nodes: readonly EhosNode[],
): (cloud: string, flavor: Flavor, image: string) => Shape | undefined {
  const seen = new Map<string, { cpus: number; memory: number; disk: number }>();
  const keyFor = (cloud: string, flavor: string, image: string): string => JSON.stringify([cloud, flavor, image]);
  for (const node of nodes) {
    const { cores, memory, disk } = node.status ?? {};
    if (cores === undefined || memory === undefined || disk === undefined) continue;
    const key = keyFor(node.spec.cloudRef.name, node.spec.flavor, node.spec.image);
    const before = seen.get(key);
    seen.set(key, {
      cpus: Math.min(before?.cpus ?? Infinity, cores),
      memory: Math.min(before?.memory ?? Infinity, memory),
      disk: Math.min(before?.disk ?? Infinity, disk),
    });
  }
  return (cloud, flavor, image) => {
    const found = seen.get(keyFor(cloud, flavor.name, image));
    return found && { ...found, gpus: flavor.gpus };
  };
}
