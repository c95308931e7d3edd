/** Packs groups of jobs into machines in the order of preference: O(groups x machines) at worst, whatever the number of jobs. */
import { asTheyCome } from './fillers.ts';
import { addTo, contentsOf, isWaiting, Load, type Groups, type Pattern } from './groups.ts';
import type { Shape } from '../snapshots.ts';

/** The last machine that was filled: an equal one after it takes the same. */
interface Filled {
  machine: Shape;
  pattern: Pattern;
  contents: number[];
}

/** What each machine takes; undefined for one that takes nothing, and for those with `skip`. Takes from `groups.rest`. */
export function firstFit(
  groups: Groups,
  machines: readonly Shape[],
  skip?: readonly boolean[],
): (number[] | undefined)[] {
  const load = new Load(groups);
  const filler = asTheyCome(groups);
  let last: Filled | undefined;
  return machines.map((machine, m) => {
    if (skip?.[m] || !filler.mayFit(machine)) return undefined;
    if (last && isEqual(machine, last.machine) && isWaiting(last.pattern, groups.rest)) {
      addTo(groups.rest, last.pattern, -1);
      return last.contents;
    }
    load.empty(machine);
    filler.fill(load);
    if (load.size === 0) return undefined;
    const pattern = load.pattern();
    addTo(groups.rest, pattern, -1);
    // a group of which none waits any more is stepped over no longer
    if (pattern.groups.some((group) => groups.rest[group] === 0)) filler.compact();
    last = { machine, pattern, contents: contentsOf(pattern, groups.shapes.length) };
    return last.contents;
  });
}

export function isEqual(a: Shape, b: Shape): boolean {
  return a.cpus === b.cpus && a.memory === b.memory && a.disk === b.disk && a.gpus === b.gpus;
}
