/** Amounts of what a cloud's quota counts. Infinity: no limit. */

/** What all pools of a cloud share. Memory MiB, gigabytes GiB. */
export const RESOURCES = ['instances', 'cores', 'memory', 'volumes', 'gigabytes'] as const;

export type Resource = (typeof RESOURCES)[number];

export type Amounts = Record<Resource, number>;

export function amountsOf(value: (resource: Resource) => number): Amounts {
  return {
    instances: value('instances'),
    cores: value('cores'),
    memory: value('memory'),
    volumes: value('volumes'),
    gigabytes: value('gigabytes'),
  };
}

export const NONE: Amounts = amountsOf(() => 0);
export const UNLIMITED: Amounts = amountsOf(() => Infinity);

/** `a` + `times` x `b`, never NaN: what is unlimited stays so. */
export function plus(a: Amounts, b: Amounts, times = 1): Amounts {
  return amountsOf((r) => (a[r] === Infinity ? Infinity : a[r] + times * b[r]));
}

/** Sizes of the volumes that a node has beside its flavor, GiB. */
export interface NodeVolumes {
  rootVolumeGiB: number | undefined;
  scratchVolumeGiB?: number | undefined;
}

/** What they take of the quota. */
export function volumesTaken({ rootVolumeGiB, scratchVolumeGiB }: NodeVolumes): Pick<Amounts, 'volumes' | 'gigabytes'> {
  const sizes = [rootVolumeGiB, scratchVolumeGiB].filter((size) => size !== undefined);
  return { volumes: sizes.length, gigabytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** How often `each` can be taken from `left`; Infinity when nothing limits it. */
export function timesIn(left: Amounts, each: Amounts): number {
  let most = Infinity;
  for (const r of RESOURCES) if (each[r] > 0) most = Math.min(most, left[r] / each[r]);
  return most === Infinity ? most : Math.max(0, Math.floor(most));
}
