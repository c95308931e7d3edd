/**
 * Packing of queued jobs into machines that exist or are on their way. First fit in the order of preference comes first;
 * more is done only when jobs are left over that better packing might place.
 */
import { firstFit } from './first-fit.ts';
import { groupsOf } from './groups.ts';
import { leastOf } from './least.ts';
import { rearrange } from './rearrange.ts';
import { NODE_COST, sizeNodes } from './sizing.ts';
import { stacksOf, Stock, type Stack } from './stock.ts';
import { fits, timesFit, weightOfJobs, type Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

export interface Packing {
  /** Jobs that found no place. */
  rest: number[];
  /** What each machine takes; undefined for one that takes nothing. Equal machines may share one list: it is only read. */
  contents: (number[] | undefined)[];
}

/** Most sizes of machines that are packed by value; the machines of all other sizes by first fit. */
const MOST_STACKS = 40;
/** Groups x sizes up to which packing by value costs next to nothing, so that it is tried though there is too little room for all. */
const SMALL = 600;

/** Packs groups (larger first) into machines (preferred first). */
export function pack(shapes: readonly Shape[], counts: Counts, machines: readonly Shape[]): Packing {
  let packing = inOrder(shapes, counts, machines);
  if (isPlaced(packing)) return packing;
  const stacks = usable(stacksOf(machines), shapes, counts);
  const mayHoldAll =
    weightOfJobs(counts, shapes) <= stacks.reduce((sum, { cost, machines: all }) => sum + cost * all.length, 0);
  if (mayHoldAll || stacks.length * shapes.length <= SMALL) {
    const other = byValue(shapes, counts, machines, stacks);
    if (weightOfJobs(other.rest, shapes) < weightOfJobs(packing.rest, shapes)) packing = other;
  }
  return isPlaced(packing) || !mayHoldAll ? packing : rearrange(packing, shapes, machines, stacks);
}

export function isPlaced(packing: Packing): boolean {
  return packing.rest.every((n) => n === 0);
}

/** How many of the shapes such a machine can run at all. */
export function shapesServed(shapes: readonly Shape[], machine: Shape): number {
  return shapes.filter((shape) => timesFit(shape, machine) > 0).length;
}

function inOrder(shapes: readonly Shape[], counts: Counts, machines: readonly Shape[]): Packing {
  const groups = groupsOf(shapes, counts);
  const contents = firstFit(groups, machines);
  return { rest: Array.from(groups.rest), contents };
}

/** The machines that can run any of the jobs. */
function usable(stacks: readonly Stack[], shapes: readonly Shape[], counts: Counts): Stack[] {
  // the one that asks least is tried first: it nearly always fits
  const queued = shapes.filter((_, i) => (counts[i] ?? 0) > 0).reverse();
  return stacks.filter(({ capacity }) => capacity.cpus > 0 && queued.some((shape) => fits(shape, capacity)));
}

/** The way new nodes are chosen, so that what was planned on them is found again while they boot. */
function byValue(
  shapes: readonly Shape[],
  counts: Counts,
  machines: readonly Shape[],
  stacks: readonly Stack[],
): Packing {
  const highest = leastOf(stacks.length, MOST_STACKS, (i) => -(stacks[i]?.machines.length ?? 0));
  const chosen = highest.sort((a, b) => a - b).flatMap((i) => stacks[i] ?? []);
  const inStacks = machines.map(() => false);
  for (const stack of chosen) for (const m of stack.machines) inStacks[m] = true;
  const groups = groupsOf(shapes, counts);
  const contents = firstFit(groups, machines, inStacks);
  const { nodes, rest } = sizeNodes({
    shapes,
    counts: Array.from(groups.rest),
    source: new Stock(chosen),
    chooser: { choose: () => undefined },
    room: machines.length,
    nodeCost: NODE_COST,
  });
  const given = new Map<Stack, number>();
  for (const { offer, contents: held } of nodes) {
    const n = given.get(offer) ?? 0;
    given.set(offer, n + 1);
    const m = offer.machines[n];
    if (m !== undefined) contents[m] = held;
  }
  return { rest, contents };
}
