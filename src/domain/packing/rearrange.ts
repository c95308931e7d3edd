/** Places the last jobs by moving others: exact search over the machines with the most unused room. */
import type { Packing } from './pack.ts';
import { leastOf } from './least.ts';
import { cheapestMachines, type MachineKind } from './search.ts';
import { stacksOf, type Stack } from './stock.ts';
import { weightOfJobs } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** Machines that are packed anew when a few jobs are left over, and the effort of that search. */
const MACHINES_REARRANGED = 12;
const SEARCH_EFFORT = 50_000;
/** Among more machines than this one more or less is no matter, and less is done to save it. */
const FULL_EFFORT_UP_TO = 100;

/** `usable`: the machines that can run any of the jobs. Tried only when the room of these machines would do for what is left, so it costs nothing when there is too little of everything. */
export function rearrange(
  packing: Packing,
  shapes: readonly Shape[],
  machines: readonly Shape[],
  usable: readonly Stack[],
): Packing {
  const { roomy, unused } = roomiest(packing, shapes, machines, usable);
  if (weightOfJobs(packing.rest, shapes) > unused) return packing;
  const counts = packing.rest.map((n, i) => n + roomy.reduce((sum, m) => sum + (packing.contents[m]?.[i] ?? 0), 0));
  const chosen = new Set(roomy);
  const stacks = stacksOf(machines, (m) => chosen.has(m));
  const forAll = shapes.map(() => true);
  const kinds = stacks.map((stack): MachineKind => ({ ...stack, madeFor: forAll, supply: stack.machines.length }));
  const effort = SEARCH_EFFORT * Math.min(1, FULL_EFFORT_UP_TO / machines.length);
  const limits = { bound: Infinity, effort, anyWillDo: true };
  const found = cheapestMachines(shapes, counts, kinds, limits);
  if (!found) return packing;
  const contents = packing.contents.map((content, m) => (chosen.has(m) ? undefined : content));
  for (const machine of found) {
    const m = stacks[machine.kind]?.machines.shift();
    if (m !== undefined) contents[m] = machine.contents;
  }
  return { rest: packing.rest.map(() => 0), contents };
}

/** The machines with the most unused room, and how much that is together. */
function roomiest(
  packing: Packing,
  shapes: readonly Shape[],
  machines: readonly Shape[],
  stacks: readonly Stack[],
): { roomy: number[]; unused: number } {
  const unused = new Float64Array(machines.length);
  for (const stack of stacks) {
    const weights = new Map<readonly number[] | undefined, number>([[undefined, 0]]);
    for (const m of stack.machines) {
      const contents = packing.contents[m];
      const held = weights.get(contents) ?? weightOfJobs(contents ?? [], shapes);
      weights.set(contents, held);
      unused[m] = stack.cost - held;
    }
  }
  const roomy = leastOf(machines.length, MACHINES_REARRANGED, (m) => -(unused[m] ?? 0), 0);
  return { roomy, unused: roomy.reduce((sum, m) => sum + (unused[m] ?? 0), 0) };
}
