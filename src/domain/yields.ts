/** What a node of a flavor really offers: a startd shows less memory and disk than the flavor says (incident I29). */
import type { EhosCloud, EhosNode } from '../api/resources.ts';
import type { Flavor, Shape } from './snapshots.ts';
import { fromTime } from './times.ts';

const GIB_IN_KIB = 1024 * 1024;

/** What was seen of nodes of one flavor with one image in one cloud, as the status of the EhosCloud keeps it. */
export type SeenFlavor = NonNullable<NonNullable<EhosCloud['status']>['flavors']>[number];

/** Most pairs of flavor and image that are kept for a cloud (maxItems in the CRD). */
const MOST_SEEN = 256;
/** Boot times are rounded to this, seconds: they vary, and a status that varies with them would be written each time. */
const BOOT_STEP = 10;

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
 * What is known of the flavors of one cloud: what was known before, and what its nodes show now. Of each resource the least counts, of the
 * boot time the last. `nodes`: those of this cloud; `flavors`: those that the cloud has (others are forgotten; undefined: not known now).
 */
export function seenFlavors(
  before: readonly SeenFlavor[],
  nodes: readonly EhosNode[],
  flavors: ReadonlyMap<string, unknown> | undefined,
): SeenFlavor[] {
  const seen = new Map<string, SeenFlavor>();
  const last = new Map<string, string>();
  for (const one of before) seen.set(keyOf(one.flavor, one.image), { ...one });
  for (const { spec, status = {} } of nodes) {
    const { cores, memory, disk, joined = '' } = status;
    if (cores === undefined || memory === undefined || disk === undefined) continue;
    const key = keyOf(spec.flavor, spec.image);
    const known = seen.get(key) ?? { flavor: spec.flavor, image: spec.image, cores, memory, disk };
    seen.set(key, known);
    known.cores = Math.min(known.cores, cores);
    known.memory = Math.min(known.memory, memory);
    known.disk = Math.min(known.disk, disk);
    // times of one form: their order is that of their texts
    if (joined < (last.get(key) ?? '')) continue;
    last.set(key, joined);
    const boot = bootSeconds(status);
    if (boot !== undefined) known.bootSeconds = boot;
  }
  const kept = [...seen.values()].filter(({ flavor }) => flavors === undefined || flavors.has(flavor));
  const byName = (a: SeenFlavor, b: SeenFlavor): number =>
    keyOf(a.flavor, a.image) < keyOf(b.flavor, b.image) ? -1 : 1;
  return kept.sort(byName).slice(0, MOST_SEEN);
}

function bootSeconds(status: EhosNode['status']): number | undefined {
  const [launched, joined] = [fromTime(status?.launched), fromTime(status?.joined)];
  if (launched === undefined || joined === undefined || joined < launched) return undefined;
  return BOOT_STEP * Math.ceil((joined - launched) / 1000 / BOOT_STEP);
}

function keyOf(flavor: string, image: string): string {
  return `${flavor}\n${image}`;
}

/** The same by flavor, for one image. */
export function seenWith(seen: readonly SeenFlavor[], image: string | undefined): Map<string, SeenFlavor> {
  return new Map(seen.filter((one) => one.image === image).map((one) => [one.flavor, one]));
}
