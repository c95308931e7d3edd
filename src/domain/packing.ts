/**
 * Packing of queued jobs into machines that exist or are on their way. First fit in the order of preference is
 * O(groups x machines), whatever the number of jobs; more is done only when jobs are left over that better packing might place.
 */
import { inOrder } from './fillers.ts';
import { cheapestMachines, type MachineKind } from './search.ts';
import { fits, timesFit, weightOf, type Counts } from './shapes.ts';
import { NODE_COST, sizeNodes, type Choice } from './sizing.ts';
import type { Shape } from './snapshots.ts';

export interface Packing {
  /** Jobs that found no place. */
  rest: number[];
  /** What each machine takes; undefined for one that takes nothing. */
  contents: (number[] | undefined)[];
}

/** With more kinds of free room than this only first fit is tried: one machine more or less is no matter then. */
const MOST_KINDS = 40;
/** Machines that are packed anew when a few jobs are left over, and the effort of that search. */
const MACHINES_REARRANGED = 12;
const SEARCH_EFFORT = 50_000;

/** Packs groups (larger first) into machines (preferred first). */
export function pack(shapes: readonly Shape[], counts: Counts, machines: readonly Shape[]): Packing {
  const usable = machines.map((machine) => machine.cpus > 0 && shapes.some((shape) => fits(shape, machine)));
  let packing = firstFit(shapes, counts, machines, usable);
  if (isPlaced(packing)) return packing;
  const kinds = kindsOf(machines, usable);
  if (kinds.length <= MOST_KINDS) {
    const other = byValue(shapes, counts, machines, kinds);
    if (weightOfJobs(other.rest, shapes) < weightOfJobs(packing.rest, shapes)) packing = other;
  }
  return isPlaced(packing) ? packing : rearrange(packing, shapes, machines, usable);
}

export function isPlaced(packing: Packing): boolean {
  return packing.rest.every((n) => n === 0);
}

function firstFit(shapes: readonly Shape[], counts: Counts, machines: readonly Shape[], usable: boolean[]): Packing {
  const filler = inOrder(shapes.map((_, i) => i));
  const rest = [...counts];
  let waiting = rest.reduce((sum, n) => sum + n, 0);
  const contents = machines.map((machine, m) => {
    if (waiting === 0 || !usable[m]) return undefined;
    const taken = filler(shapes, rest, machine);
    const jobs = taken.reduce((sum, n) => sum + n, 0);
    if (jobs === 0) return undefined;
    waiting -= jobs;
    taken.forEach((n, i) => (rest[i] = (rest[i] ?? 0) - n));
    return taken;
  });
  return { rest, contents };
}

/** Machines of one size. */
interface Kind extends Choice {
  /** Indexes of those not taken, preferred first. */
  machines: number[];
}

function kindsOf(machines: readonly Shape[], usable: readonly boolean[]): Kind[] {
  const kinds = new Map<string, Kind>();
  machines.forEach((machine, m) => {
    if (!usable[m]) return;
    const key = `${machine.cpus}/${machine.memory}/${machine.disk}/${machine.gpus}`;
    const kind = kinds.get(key);
    if (kind) kind.machines.push(m);
    else kinds.set(key, { cloud: 0, capacity: machine, cost: weightOf(machine), machines: [m] });
  });
  return [...kinds.values()];
}

/** The way new nodes are chosen, so that what was planned on them is found again while they boot. */
function byValue(shapes: readonly Shape[], counts: Counts, machines: readonly Shape[], kinds: Kind[]): Packing {
  const contents: Packing['contents'] = machines.map(() => undefined);
  const stock = kinds.map((kind) => ({ ...kind, machines: [...kind.machines] }));
  const taken: number[] = [];
  const { nodes, rest } = sizeNodes({
    shapes,
    counts,
    source: {
      suitable: (shape) => stock.filter((kind) => fits(shape, kind.capacity)),
      isAvailable: (kind) => kind.machines.length > 0,
      take: (kind) => taken.push(...kind.machines.splice(0, 1)),
    },
    chooser: { choose: () => undefined },
    room: machines.length,
    nodeCost: NODE_COST,
  });
  nodes.forEach((node, n) => {
    const m = taken[n];
    if (m !== undefined) contents[m] = node.contents;
  });
  return { rest, contents };
}

/**
 * Places the last jobs by moving others: exact search over the machines with the most unused room. Tried only when their
 * room would do for what is left, so it costs nothing when there is too little of everything.
 */
function rearrange(packing: Packing, shapes: readonly Shape[], machines: readonly Shape[], usable: boolean[]): Packing {
  const roomy = roomiest(packing, shapes, machines, usable);
  const unused = roomy.reduce((sum, m) => sum + unusedOf(packing, shapes, machines, m), 0);
  if (weightOfJobs(packing.rest, shapes) > unused) return packing;
  const counts = packing.rest.map((n, i) => n + roomy.reduce((sum, m) => sum + (packing.contents[m]?.[i] ?? 0), 0));
  const kinds = kindsOf(
    machines,
    machines.map((_, m) => roomy.includes(m)),
  );
  const forAll = shapes.map(() => true);
  const stock = kinds.map((kind): MachineKind => ({ ...kind, madeFor: forAll, supply: kind.machines.length }));
  const limits = { bound: Infinity, effort: SEARCH_EFFORT, anyWillDo: true };
  const found = cheapestMachines(shapes, counts, stock, limits);
  if (!found) return packing;
  const contents = packing.contents.map((content, m) => (roomy.includes(m) ? undefined : content));
  for (const machine of found) {
    const m = kinds[machine.kind]?.machines.shift();
    if (m !== undefined) contents[m] = machine.contents;
  }
  return { rest: packing.rest.map(() => 0), contents };
}

function roomiest(packing: Packing, shapes: readonly Shape[], machines: readonly Shape[], usable: boolean[]): number[] {
  return machines
    .map((_, m) => ({ m, unused: unusedOf(packing, shapes, machines, m) }))
    .filter(({ m, unused }) => usable[m] && unused > 0)
    .sort((a, b) => b.unused - a.unused || a.m - b.m)
    .slice(0, MACHINES_REARRANGED)
    .map(({ m }) => m);
}

function unusedOf(packing: Packing, shapes: readonly Shape[], machines: readonly Shape[], m: number): number {
  const machine = machines[m];
  return machine ? weightOf(machine) - weightOfJobs(packing.contents[m] ?? [], shapes) : 0;
}

function weightOfJobs(counts: Counts, shapes: readonly Shape[]): number {
  return counts.reduce((sum, n, i) => {
    const shape = shapes[i];
    return n > 0 && shape ? sum + n * weightOf(shape) : sum;
  }, 0);
}

/** How many of the shapes such a machine can run at all. */
export function shapesServed(shapes: readonly Shape[], machine: Shape): number {
  return shapes.filter((shape) => timesFit(shape, machine) > 0).length;
}
